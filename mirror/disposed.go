package mirror

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// disposedName is the file that remembers which postings were disposed of. It holds numbers and times, nobody's data.
const disposedName = "disposed.json"

// Disposed gives the postings that were disposed of, and when. No snapshot that is committed tells of them, whatever EJM
// still lists, until [Mirror.Readmit].
func (m *Mirror) Disposed() (map[ejm.ID]time.Time, error) {
	disposed := map[ejm.ID]time.Time{}
	data, err := m.root.ReadFile(disposedName)
	if errors.Is(err, fs.ErrNotExist) {
		return disposed, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &disposed)
	}
	if err != nil {
		return nil, fmt.Errorf("the mirror's list of postings disposed of, %s: %w", disposedName, err)
	}
	return disposed, nil
}

// MarkDisposed remembers, durably, that postings were disposed of. One that is remembered already keeps its time. The
// lock must be held.
func (m *Mirror) MarkDisposed(postings []ejm.ID, when time.Time) error {
	disposed, err := m.Disposed()
	if err != nil {
		return err
	}
	for _, id := range postings {
		if _, known := disposed[id]; !known {
			disposed[id] = when.UTC()
		}
	}
	return m.writeDisposed(disposed)
}

// Readmit lets a posting that was disposed of be fetched again. The lock must be held.
func (m *Mirror) Readmit(posting ejm.ID) error {
	disposed, err := m.Disposed()
	if err != nil {
		return err
	}
	delete(disposed, posting)
	return m.writeDisposed(disposed)
}

func (m *Mirror) writeDisposed(disposed map[ejm.ID]time.Time) error {
	data, err := json.Marshal(disposed)
	if err != nil {
		return err
	}
	temporary := path.Join("tmp", rand.Text())
	if err := writeDurably(m.root, temporary, append(data, '\n')); err != nil {
		return err
	}
	if err := m.root.Rename(temporary, disposedName); err != nil {
		return err
	}
	return m.syncDir(".")
}

// withoutDisposed leaves postings that were disposed of out of a snapshot that is about to be published: what EJM lists
// again is not taken back in.
func (w *SnapshotWriter) withoutDisposed(s *Snapshot) (*Snapshot, error) {
	disposed, err := w.mirror.Disposed()
	if err != nil || len(disposed) == 0 {
		return s, err
	}
	clean, err := w.mirror.NewSnapshot(w.info)
	if err != nil {
		return nil, err
	}
	rest, err := clean.excerpt(s, func(id ejm.ID) bool { _, gone := disposed[id]; return !gone })
	if err != nil {
		return nil, errors.Join(err, clean.Abort())
	}
	full := w.tmp
	w.tmp = clean.tmp
	return rest, w.mirror.root.RemoveAll(full)
}
