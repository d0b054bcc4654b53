package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/ejmx/ejmx/ejm"
)

// Adopted is what [Mirror.Adopt] took over.
type Adopted struct {
	Documents int `json:"documents"`
	Snapshots int `json:"snapshots"`
}

// ConflictError says that two mirrors have different snapshots of one moment.
type ConflictError struct{ Snapshot string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the season has another snapshot %s, which does not tell of the same postings", e.Snapshot)
}

// Hint says what to do about it.
func (e *ConflictError) Hint() string {
	return "restore into a season of its own with --season; an archive of the whole season (ejmx archive --all) holds all postings in one"
}

// Adopt moves into the mirror what another mirror has and this one has not: documents first, then snapshots, each by one
// rename. The other lies in a [Mirror.Workspace] of this one. What is there stays as it is; a snapshot of the same moment
// that tells of other postings is a [ConflictError], found before anything is moved.
func (m *Mirror) Adopt(other *Mirror) (adopted Adopted, err error) {
	snapshots, err := other.Snapshots()
	if err != nil {
		return adopted, err
	}
	var missing []string
	for _, s := range snapshots {
		lacks, err := m.lacks(s)
		if err != nil {
			return adopted, err
		}
		if lacks {
			missing = append(missing, s.ID)
		}
	}
	for _, kind := range []ejm.Kind{ejm.KindFile, ejm.KindLetter} {
		for blobid, err := range other.stored(kind) {
			if err != nil {
				return adopted, err
			}
			place := documentPath(kind, blobid)
			if m.Has(kind, blobid) {
				continue
			}
			if err := m.take(other, place); err != nil {
				return adopted, err
			}
			adopted.Documents++
		}
	}
	for _, id := range missing {
		if err := m.take(other, path.Join("snapshots", id)); err != nil {
			return adopted, err
		}
		adopted.Snapshots++
	}
	if _, err := m.root.Lstat(logName); errors.Is(err, fs.ErrNotExist) {
		if err := m.take(other, logName); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return adopted, err
		}
	}
	return adopted, m.adoptDisposed(other)
}

// adoptDisposed remembers what the other mirror remembers as disposed of, so that it is not taken in again here either: all
// but what this one holds.
func (m *Mirror) adoptDisposed(other *Mirror) error {
	theirs, err := other.Disposed()
	if err != nil || len(theirs) == 0 {
		return err
	}
	ours, err := m.Disposed()
	if err != nil {
		return err
	}
	for id, when := range theirs {
		held, err := m.Holding(id)
		if err != nil {
			return err
		}
		if _, known := ours[id]; !known && held == nil {
			ours[id] = when
		}
	}
	return m.writeDisposed(ours)
}

// lacks reports whether a snapshot is to be taken over.
func (m *Mirror) lacks(s *Snapshot) (bool, error) {
	held, err := m.Snapshot(s.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for id, state := range s.Postings {
		if there, told := held.Postings[id]; !told || there != state {
			return false, &ConflictError{Snapshot: s.ID}
		}
	}
	return false, nil
}

// take moves something of the other mirror, which lies in this one's tmp, to the same place here.
func (m *Mirror) take(other *Mirror, name string) error {
	within, err := filepath.Rel(m.dir, other.dir)
	if err != nil {
		return err
	}
	shelf := path.Dir(name)
	if err := m.root.MkdirAll(shelf, dirMode); err != nil {
		return err
	}
	if err := m.root.Rename(path.Join(filepath.ToSlash(within), name), name); err != nil {
		return err
	}
	return m.syncDir(shelf)
}
