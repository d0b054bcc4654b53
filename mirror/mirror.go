// Package mirror is the local store of what EJM gave: documents and snapshots as plain files that are never changed.
//
// A document is a folder, file/77/77123 or letter/90/90213, named by its kind and blobid, with its bytes (content) and
// what EJM said of it (record.json). A snapshot is a folder, snapshots/20261124T090000Z, with every record EJM listed,
// raw, one a line, and a manifest of counts and hashes. Both are written beside (in tmp/) and put in place by one rename,
// a document before any snapshot that refers to it: whatever moment the program is killed at, what is visible is whole.
// There is no index and no database: the presence of a folder is the index. docs/mirror.md describes the format well
// enough to write another reader.
//
// Reading needs no lock. A run that writes takes [Mirror.Lock] first.
package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Format is the version of the layout on disk. A mirror of a higher version is not opened.
const Format = 1

// The permissions of everything in a mirror: applicants' data is its owner's alone.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// ErrNewer is returned by [Open] for a mirror that a later version of ejmx wrote.
var ErrNewer = errors.New("the mirror was written by a newer version of ejmx")

// ErrNone is returned by [Open] where there is no mirror.
var ErrNone = errors.New("there is no mirror here")

// Mirror is an open mirror. Its methods may be called from many goroutines.
type Mirror struct {
	dir    string
	root   *os.Root
	rounds rounds
}

func mirrorIn(dir string, root *os.Root) *Mirror {
	return &Mirror{dir: dir, root: root, rounds: rounds{flushFile: flushFile, flushFolder: flushFolder}}
}

// Create opens the mirror in dir and makes it where there is none yet.
func Create(dir string) (*Mirror, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make the mirror's folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	m := mirrorIn(dir, root)
	for _, sub := range []string{"file", "letter", "snapshots", "derived", "tmp"} {
		if err := root.MkdirAll(sub, dirMode); err != nil {
			return nil, errors.Join(fmt.Errorf("make the mirror's folder %s: %w", filepath.Join(dir, sub), err), m.Close())
		}
	}
	return m.checked()
}

// Open opens the mirror in dir for reading or writing; [ErrNone] says that there is none.
func Open(dir string) (*Mirror, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNone)
	}
	if err != nil {
		return nil, err
	}
	m := mirrorIn(dir, root)
	if _, err := root.Stat("snapshots"); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, ErrNone), m.Close())
	}
	return m.checked()
}

// checked completes what a killed run left to do, and refuses a mirror whose newest snapshot is of a later format.
func (m *Mirror) checked() (*Mirror, error) {
	if err := m.settleReplacements(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	names, err := m.snapshotIDs()
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	if len(names) == 0 {
		return m, nil
	}
	newest, err := m.Snapshot(names[len(names)-1])
	if err == nil && newest.Format > Format {
		return nil, errors.Join(fmt.Errorf("%s: %w (format %d, this program knows %d)", m.dir, ErrNewer, newest.Format, Format), m.Close())
	}
	return m, nil
}

// Close lets go of the mirror's folder.
func (m *Mirror) Close() error { return m.root.Close() }

// Dir is the mirror's folder.
func (m *Mirror) Dir() string { return m.dir }

// Derived opens a folder for what can be made again from the mirror (packet outlines, extracted text), made if need be.
// It may be deleted at any time.
func (m *Mirror) Derived(name string) (*os.Root, error) {
	path := filepath.Join("derived", name)
	if err := m.root.MkdirAll(path, dirMode); err != nil {
		return nil, err
	}
	return m.root.OpenRoot(path)
}

// syncDir makes the names in a folder of the mirror durable.
func (m *Mirror) syncDir(name string) error {
	dir, err := m.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), dir.Close())
}
