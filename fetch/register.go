package fetch

import (
	"cmp"
	"slices"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// register carries the history of document versions from the snapshot before into the new one.
type register struct {
	past   []mirror.Version // no longer current, never to change
	latest map[mirror.Slot]mirror.Version
	now    []mirror.Version
}

func newRegister(previous *mirror.Snapshot) (*register, error) {
	r := &register{latest: map[mirror.Slot]mirror.Version{}}
	if previous == nil {
		return r, nil
	}
	for v, err := range mirror.Records[mirror.Version](previous, mirror.Documents) {
		if err != nil {
			return nil, err
		}
		if v.Current() {
			r.latest[v.Slot()] = v
		} else {
			r.past = append(r.past, v)
		}
	}
	return r, nil
}

// before is the version that stood in the same place in the snapshot before, if it is of the same contents.
func (r *register) before(v mirror.Version) (mirror.Version, bool) {
	old, known := r.latest[v.Slot()]
	return old, known && old.BlobID == v.BlobID && old.ID == v.ID && old.Digest == v.Digest
}

// current enters what stands in a place now. Another version that stood there ends.
func (r *register) current(v mirror.Version, now string) {
	v.Since = now
	if old, same := r.before(v); same {
		v.Since = old.Since
	} else if old, known := r.latest[v.Slot()]; known {
		r.ended(old, now)
	}
	delete(r.latest, v.Slot())
	r.now = append(r.now, v)
}

// ended keeps a version of a document that had contents in the history.
func (r *register) ended(v mirror.Version, now string) {
	if v.State == mirror.Absent || v.Kind == mirror.KindApplication {
		return // there was nothing, or the snapshots have it
	}
	v.Until = now
	r.past = append(r.past, v)
}

// finish gives the whole register in a fixed order. Places that EJM does not list any more end here, but those of a
// posting that retired as a whole stay as they were: nobody withdrew them.
func (r *register) finish(now string, listed map[ejm.ID]string) []mirror.Version {
	for _, old := range r.latest {
		if _, open := listed[old.PosID]; open {
			r.ended(old, now)
		} else {
			r.now = append(r.now, old)
		}
	}
	all := slices.Concat(r.past, r.now)
	slices.SortFunc(all, func(a, b mirror.Version) int {
		return cmp.Or(
			cmp.Compare(a.PosID, b.PosID), cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.ID, b.ID), cmp.Compare(a.RecID, b.RecID), cmp.Compare(a.Since, b.Since), cmp.Compare(a.BlobID, b.BlobID),
		)
	})
	return all
}
