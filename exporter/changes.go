package exporter

import (
	"context"
	"slices"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// lookBack reads what workbook and site tell of the past, where there is something new to tell: the export before, and what
// people typed into its workbook. Whatever goes wrong is said where it is needed.
func (e *export) lookBack(context.Context) error {
	if e.memory.Snapshot == e.posting.Snapshot.ID {
		return nil // most likely nothing is made again
	}
	_, _ = e.changes()
	_, _ = e.earlierBooks()
	return nil
}

// compare gives the changes since the export before; none at a first export.
func (e *export) compare() ([]dossier.Change, error) {
	since := e.since()
	if since == "" {
		return nil, nil
	}
	then, err := earlier(e.season.Mirror, e.posting.Snapshot.ID, e.posting.PosID, since)
	if err != nil || then == nil {
		return nil, err
	}
	before, err := gated(e.season, then, e.posting.PosID, e.Edition, "")
	if err != nil {
		return nil, err
	}
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
	changes := dossier.Compare(before, now)
	if e.Only != nil {
		changes = changesOf(e.posting.Dossiers, changes)
	}
	return changes, nil
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
	before, err := gated(season, then, posid, edition, "")
	if err != nil {
		return "", "", nil, err
	}
	after, err := gated(season, now, posid, edition, "")
	if err != nil {
		return "", "", nil, err
	}
	return then.ID, now.ID, dossier.Compare(before, after), nil
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
