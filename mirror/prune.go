package mirror

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// replacing is the folder for rewritten snapshots, whole and durable, that are about to take the place of those of their
// name. Where a run is killed between the two renames that this takes, the next [Open] does the second.
const replacing = "replacing"

// Forget rewrites every snapshot as if the postings given had never been in it. A record stays only if an application that
// stays needs it: an applicant who applied elsewhere too keeps what that application has. Snapshots keep their names; one that
// told of these postings alone is removed. Documents stay, see [Inventory.Loose]. It may be ended at any moment and called
// again: each snapshot is replaced whole, and one that has nothing of the postings is left as it is. The lock must be held.
func (m *Mirror) Forget(ctx context.Context, postings map[ejm.ID]bool, sink ledger.Sink) error {
	snapshots, err := m.Snapshots()
	if err != nil {
		return err
	}
	for _, s := range snapshots {
		sink(ledger.Entry{Stage: ledger.Prune, Item: "snapshot " + s.ID, Outcome: ledger.Planned})
	}
	for _, s := range snapshots {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		outcome, err := m.forgetIn(s, postings)
		if err != nil {
			return fmt.Errorf("rewrite snapshot %s: %w", s.ID, err)
		}
		sink(ledger.Entry{Stage: ledger.Prune, Item: "snapshot " + s.ID, Outcome: outcome})
	}
	if err := m.root.Remove(replacing); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// forgetIn rewrites one snapshot, if there is anything to leave out.
func (m *Mirror) forgetIn(s *Snapshot, postings map[ejm.ID]bool) (outcome ledger.Outcome, err error) {
	w, err := m.NewSnapshot(SnapshotInfo{Taken: s.Taken, API: s.API})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	rest, err := w.excerpt(s, func(id ejm.ID) bool { return !postings[id] })
	switch {
	case err != nil:
		return "", err
	case reflect.DeepEqual(rest.Files, s.Files) && reflect.DeepEqual(rest.Postings, s.Postings):
		return ledger.Kept, nil
	case rest.tellsNothing() && !s.tellsNothing():
		return ledger.Done, errors.Join(m.vanish(s.place), m.syncDir("snapshots"))
	}
	if err := m.root.MkdirAll(replacing, dirMode); err != nil {
		return "", err
	}
	place := path.Join(replacing, s.ID)
	if err := m.root.RemoveAll(place); err != nil { // left by a run that was killed before it was used
		return "", err
	}
	if err := w.publish(rest, place); err != nil {
		return "", err
	}
	aside, err := m.setAside(s.place)
	if err != nil {
		return "", err
	}
	return ledger.Done, errors.Join(m.settle(s.ID), m.root.RemoveAll(aside))
}

// tellsNothing reports whether a snapshot says nothing of any posting, not even in its register of one that EJM retired.
func (s *Snapshot) tellsNothing() bool {
	return len(s.Postings) == 0 && s.Files[Applications].Records == 0 && s.Files[Documents].Records == 0
}

// settleReplacements puts rewritten snapshots whose predecessors are gone into their places.
func (m *Mirror) settleReplacements() error {
	left, err := fs.ReadDir(m.root.FS(), replacing)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range left {
		if _, statErr := m.root.Stat(path.Join("snapshots", entry.Name())); errors.Is(statErr, fs.ErrNotExist) {
			err = errors.Join(err, m.settle(entry.Name()))
		}
	}
	return err
}

// settle puts a rewritten snapshot into its place, unless somebody else has just done so.
func (m *Mirror) settle(id string) error {
	place := path.Join("snapshots", id)
	err := m.root.Rename(path.Join(replacing, id), place)
	if err != nil {
		if _, statErr := m.root.Stat(place); statErr != nil {
			return err
		}
	}
	return m.syncDir("snapshots")
}

// vanish removes a folder at one stroke: it is out of sight before its files go.
func (m *Mirror) vanish(place string) error {
	aside, err := m.setAside(place)
	if err != nil {
		return err
	}
	return m.root.RemoveAll(aside)
}

// setAside moves a folder out of sight, if it is there, and gives its new place.
func (m *Mirror) setAside(place string) (aside string, err error) {
	aside = path.Join("tmp", rand.Text())
	if err := m.root.Rename(place, aside); !errors.Is(err, fs.ErrNotExist) {
		return aside, err
	}
	return aside, nil
}

// Remove removes a document at one stroke, durably once [Mirror.SyncRemoved] has returned. One that is not there is none the
// worse. The lock must be held.
func (m *Mirror) Remove(d Reference) error {
	place := documentPath(d.Kind, d.BlobID)
	if err := m.vanish(place); err != nil {
		return fmt.Errorf("remove %s: %w", place, err)
	}
	return nil
}

// SyncRemoved makes durable what [Mirror.Remove] did, and removes the folders that it left empty.
func (m *Mirror) SyncRemoved() error {
	for _, kind := range []ejm.Kind{ejm.KindFile, ejm.KindLetter} {
		shelves, err := fs.ReadDir(m.root.FS(), string(kind))
		if err != nil {
			return err
		}
		for _, shelf := range shelves {
			if !shelf.IsDir() {
				continue
			}
			name := path.Join(string(kind), shelf.Name())
			rest, err := fs.ReadDir(m.root.FS(), name)
			if err == nil && len(rest) == 0 {
				err = m.root.Remove(name)
			} else if err == nil {
				err = m.syncDir(name)
			}
			if err != nil {
				return err
			}
		}
		if err := m.syncDir(string(kind)); err != nil {
			return err
		}
	}
	return nil
}
