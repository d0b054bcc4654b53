package mirror

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// damagedFolder holds what was moved out of the way until something sound stands in its place.
const damagedFolder = "derived/damaged"

// Damage is what [Mirror.SetAside] found to be no longer as it came.
type Damage struct {
	Documents map[Reference]string // what is wrong with each, for people
	Snapshots map[string]string    // the same, by snapshot
}

// SetAside proves the whole mirror, as [Mirror.Verify] does, and moves every damaged document and snapshot out of the way, so
// that a fetch brings the document again. Nothing is destroyed; [Mirror.PutBack] ends it. A snapshot stays aside: what it told
// of the time before is in the others, and [Mirror.Adopt] takes it from an archive. The lock must be held.
func (m *Mirror) SetAside(ctx context.Context, sink ledger.Sink) (*Damage, error) {
	verified, err := m.Verify(ctx, sink)
	if err != nil {
		return nil, err
	}
	damage := &Damage{Documents: map[Reference]string{}, Snapshots: map[string]string{}}
	for _, f := range verified.Faults {
		damage.note(f)
	}
	for d := range damage.Documents {
		if err := m.moveAside(documentPath(d.Kind, d.BlobID)); err != nil {
			return nil, err
		}
	}
	for id := range damage.Snapshots {
		if err := m.moveAside(path.Join("snapshots", id)); err != nil {
			return nil, err
		}
	}
	return damage, nil
}

// note takes a fault for one of a document or a snapshot. What only lies among them and does not belong there harms neither.
func (d *Damage) note(f Fault) {
	if f.Kind == FaultExtra {
		return
	}
	parts := strings.Split(f.Path, "/")
	if len(parts) > 1 && parts[0] == "snapshots" {
		d.Snapshots[parts[1]] = f.Detail
		return
	}
	if len(parts) < 3 {
		return
	}
	if blobid, err := strconv.ParseInt(parts[2], 10, 64); err == nil {
		d.Documents[Reference{ejm.Kind(parts[0]), ejm.ID(blobid)}] = f.Detail
	}
}

// moveAside moves a folder of the mirror, which may not be there at all, out of the way.
func (m *Mirror) moveAside(place string) error {
	aside := path.Join(damagedFolder, place)
	if err := m.root.MkdirAll(path.Dir(aside), dirMode); err != nil {
		return err
	}
	if _, err := m.root.Stat(place); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := m.root.RemoveAll(aside); err != nil { // of an earlier time
		return err
	}
	if err := m.root.Rename(place, aside); err != nil {
		return err
	}
	return errors.Join(m.syncDir(path.Dir(aside)), m.syncDir(path.Dir(place)))
}

// PutBack ends what SetAside began. A document that is there again and sound has its damaged copy removed; that of one
// which did not come is put back, and the document returned: only an archive can give it back.
func (m *Mirror) PutBack(ctx context.Context, damage *Damage) (lost []Reference, err error) {
	order := slices.SortedFunc(maps.Keys(damage.Documents), func(a, b Reference) int {
		return strings.Compare(documentPath(a.Kind, a.BlobID), documentPath(b.Kind, b.BlobID))
	})
	for _, d := range order {
		place := documentPath(d.Kind, d.BlobID)
		aside := path.Join(damagedFolder, place)
		if m.Has(d.Kind, d.BlobID) {
			_, faults, err := m.VerifyDocument(ctx, d.Kind, d.BlobID)
			if err != nil {
				return lost, err
			}
			if len(faults) == 0 {
				if err := m.root.RemoveAll(aside); err != nil {
					return lost, err
				}
				continue
			}
		} else if err := m.root.Rename(aside, place); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return lost, err
		}
		lost = append(lost, d)
	}
	return lost, ctx.Err()
}
