package exporter

import (
	"context"
	"errors"
	"slices"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// lookBack reads what workbook and site tell of the past, where there is something new to tell: the export before, and what
// people typed into its workbook. Whatever goes wrong is said where it is needed.
func (e *export) lookBack(context.Context) error {
	if !e.isNewer() {
		return nil // most likely nothing is made again
	}
	_, _ = e.changes()
	_, _ = e.earlierBooks()
	return nil
}

// sinceLast gives the changes since the export before; none at a first export.
func (e *export) sinceLast() ([]dossier.Change, error) {
	since := e.since()
	if since == "" {
		return nil, nil
	}
	then, err := e.earlier(since)
	if err != nil || then == nil {
		return nil, err
	}
	return e.compare(then)
}

// news gives the changes that Options ask for, and the snapshot they are since. Mostly it is that of the export before.
func (e *export) news() (from string, changes []dossier.Change, err error) {
	if e.NewsSince == "" {
		return "", nil, nil
	}
	then, err := e.earlier(e.NewsSince)
	if err != nil || then == nil {
		return "", nil, err
	}
	if then.ID == e.since() {
		changes, err = e.changes()
	} else {
		changes, err = e.compare(then)
	}
	return then.ID, changes, err
}

func (e *export) earlier(since string) (*mirror.Snapshot, error) {
	return earlier(e.season.Mirror, e.posting.Snapshot.ID, e.posting.PosID, since)
}

// compare gives the changes of the applications exported since a snapshot.
func (e *export) compare(then *mirror.Snapshot) ([]dossier.Change, error) {
	now := e.posting
	e.mu.Lock()
	damaged := len(e.damaged) > 0
	e.mu.Unlock()
	if damaged { // what the mirror lost meanwhile is no news from EJM
		snapshot, err := e.season.Mirror.Snapshot(now.Snapshot.ID)
		if err == nil {
			now, err = gated(e.season, snapshot, now.PosID, e.Edition, "")
		}
		if err != nil {
			return nil, err
		}
	}
	changes, err := changesSince(e.season, then, now)
	if e.Only != nil {
		changes = changesOf(e.posting.Dossiers, changes)
	}
	return changes, err
}

// changesSince says what became different in a posting since a snapshot. Both its states are cut to the edition that the
// posting has been cut to. Of the past only those applications are read with which something has happened: they are few.
func changesSince(season *Season, then *mirror.Snapshot, posting *dossier.Posting) ([]dossier.Change, error) {
	touched, err := touchedSince(season, then, posting)
	if err != nil || len(touched) == 0 {
		return nil, err
	}
	before, err := gatedOf(season, then, posting.PosID, posting.Edition, "", func(appid ejm.ID) bool { return touched[appid] })
	if err != nil {
		return nil, err
	}
	now := *posting
	now.Dossiers = nil
	for _, d := range posting.Dossiers {
		if touched[d.AppID] {
			now.Dossiers = append(now.Dossiers, d)
		}
	}
	return dossier.Compare(before, &now), nil
}

// touchedSince gives the applications of a posting of which a record is not what it was in an earlier snapshot: its own, one
// of its applicant or of its files, or one of the register of its documents.
func touchedSince(season *Season, then *mirror.Snapshot, posting *dossier.Posting) (map[ejm.ID]bool, error) {
	now, err := season.Mirror.Snapshot(posting.Snapshot.ID)
	if err != nil {
		return nil, err
	}
	touched, people, documents := map[ejm.ID]bool{}, map[ejm.ID]bool{}, map[ejm.ID]bool{}
	err = errors.Join(
		eachDiffering(then, now, mirror.Applications, func(a ejm.Application) { touched[a.AppID] = true }),
		eachDiffering(then, now, mirror.Documents, func(v mirror.Version) { touched[v.AppID] = true }),
		eachDiffering(then, now, mirror.Applicants, func(a ejm.Applicant) { people[a.AID] = true }),
		eachDiffering(then, now, mirror.Files, func(f ejm.File) { documents[f.FileID] = true }),
	)
	if err != nil {
		return nil, err
	}
	for _, d := range posting.Dossiers {
		isTouched := people[d.AID]
		for i := range d.Documents {
			doc := &d.Documents[i] // no copy: where it stands in its packet may be written at the same time
			isTouched = isTouched || doc.Kind == ejm.KindFile && documents[doc.ID]
		}
		if isTouched {
			touched[d.AppID] = true
		}
	}
	return touched, nil
}

// eachDiffering notes the records of a list that only one of two snapshots has.
func eachDiffering[T any](then, now *mirror.Snapshot, method mirror.Method, note func(T)) error {
	for record, err := range mirror.Differing[T](then, now, method) {
		if err != nil {
			return err
		}
		note(record)
	}
	return nil
}

// changesOf gives those changes of a posting that are of some of its applications.
func changesOf(some []*dossier.Dossier, changes []dossier.Change) []dossier.Change {
	return slices.DeleteFunc(changes, func(c dossier.Change) bool {
		return !slices.ContainsFunc(some, func(d *dossier.Dossier) bool { return d.AppID == c.AppID })
	})
}

// Changes says what became different in a posting between two moments: from the snapshot since to the newest that has
// all of the posting. An empty since is the one before.
func Changes(season *Season, posid ejm.ID, edition *dossier.Edition, since string) (from, to string, changes []dossier.Change, err error) {
	now, err := newest(season.Mirror, posid)
	if err != nil {
		return "", "", nil, err
	}
	then, err := earlier(season.Mirror, now.ID, posid, since)
	if err != nil || then == nil {
		return "", now.ID, nil, err
	}
	after, err := gated(season, now, posid, edition, "")
	if err != nil {
		return "", "", nil, err
	}
	changes, err = changesSince(season, then, after)
	return then.ID, now.ID, changes, err
}

// earlier gives the newest snapshot that has all of a posting and is not later than since; with an empty since the one
// before now. nil says that there is none.
func earlier(m *mirror.Mirror, now string, posid ejm.ID, since string) (*mirror.Snapshot, error) {
	snapshots, err := m.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(snapshots) {
		if s.Postings[posid].Held && (since == "" && s.ID < now || since != "" && s.ID <= since) {
			return s, nil
		}
	}
	return nil, nil
}
