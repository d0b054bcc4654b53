package mirror

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// DerivedFile is a file that was made from the mirror's documents and records and can be made again.
type DerivedFile struct {
	Name string // within the derived folder: "text/….txt"
	Size int64  // bytes
}

// DerivedFiles lists everything in the derived folder, in the order of names.
func (m *Mirror) DerivedFiles() ([]DerivedFile, error) {
	var files []DerivedFile
	err := fs.WalkDir(m.root.FS(), "derived", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files = append(files, DerivedFile{strings.TrimPrefix(name, "derived/"), info.Size()})
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// RemoveDerived removes a file of the derived folder. One that is not there is none the worse.
func (m *Mirror) RemoveDerived(name string) error {
	if err := m.root.Remove(path.Join("derived", name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
