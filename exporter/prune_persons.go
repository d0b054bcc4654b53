package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/ejmx/ejmx/ejm"
)

const (
	// personsFolder is where the season keeps what was put together on single persons.
	personsFolder = "persons"
	// contentsName is the list, for programs, of what such a folder holds.
	contentsName = "contents.json"
)

// lookAtPersons finds folders put together on persons who applied to the due postings. They go whole: what stays of a person
// can be put together again.
func (s *Survey) lookAtPersons(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), personsFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		name := path.Join(personsFolder, entry.Name())
		data, err := root.ReadFile(path.Join(name, contentsName))
		if errors.Is(err, fs.ErrNotExist) {
			continue // not ours; it is looked for by what is in it
		}
		var contents struct {
			Applications []struct {
				PosID ejm.ID `json:"posid"`
			} `json:"applications"`
		}
		if err == nil {
			err = json.Unmarshal(data, &contents)
		}
		if err != nil {
			return fmt.Errorf("%s/%s: %w", name, contentsName, err)
		}
		for _, a := range contents.Applications {
			if slices.Contains(s.Due, a.PosID) {
				if err := s.addOwn(root, name); err != nil {
					return err
				}
				break
			}
		}
	}
	return err
}

// addOwn notes a folder that ejmx made and nobody works in.
func (s *Survey) addOwn(root *os.Root, tree string) error {
	s.Exports = append(s.Exports, tree)
	s.plan.Paths = append(s.plan.Paths, tree)
	return fs.WalkDir(root.FS(), tree, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			s.plan.files++
			s.Bytes += info.Size()
		}
		return err
	})
}
