package exporter

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/lazy"
	"github.com/ejmx/ejmx/mirror"
)

const (
	postingsFolder = "postings"
	exportsMemory  = "exports" // in the mirror's derived folder
)

// isDatabase reports whether a name in the postings folder is a database of several postings or belongs to one. Such a
// database is deleted whatever it holds: it can be made again of what stays.
func isDatabase(name string) bool {
	return strings.HasPrefix(name, "season.") && strings.Contains(name, ".sqlite")
}

// lookAtExports finds the exports of the due postings, of every edition, with their zips, and the databases and people's
// folders that hold something of them.
func (s *Survey) lookAtExports(season *Season, root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), postingsFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	memories, err := recallAll(season.Mirror)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		isDue := slices.ContainsFunc(s.Due, func(id ejm.ID) bool { return isOf(name, id) })
		if isDue || isDatabase(name) || strings.HasPrefix(name, temporaryMark) {
			if err := s.addTree(root, path.Join(postingsFolder, name), memories); err != nil {
				return err
			}
		}
	}
	if err := s.lookAtPersons(root); err != nil {
		return err
	}
	return s.lookOutside(season, root, memories)
}

// addTree notes a folder or file that is to go, and tells what ejmx put into it from what people did.
func (s *Survey) addTree(root *os.Root, tree string, memories map[string]memory) error {
	s.Exports = append(s.Exports, tree)
	s.plan.Paths = append(s.plan.Paths, tree)
	folder, err := filepath.Abs(filepath.Join(root.Name(), filepath.FromSlash(tree)))
	if err != nil {
		return err
	}
	made, known := memories[folder]
	for other, one := range memories { // the season was moved or copied since
		if !known && filepath.Base(other) == path.Base(tree) {
			made = one
		}
	}
	if made.Files == nil {
		made.Files = reported(root, tree)
	}
	return fs.WalkDir(root.FS(), tree, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s.plan.files++
		s.Bytes += info.Size()
		if name == tree {
			return nil // a zip or a database
		}
		switch whose(made.Files, strings.TrimPrefix(name, tree+"/"), info) {
		case ofPeople:
			s.Others = append(s.Others, name)
		case changed:
			s.Changed = append(s.Changed, name)
		}
		return nil
	})
}

// reported gives the packets and documents that an export's report names, where nothing else is remembered of it.
func reported(root *os.Root, tree string) map[string]Written {
	files := map[string]Written{reportName: {Size: -1}}
	data, err := root.ReadFile(tree + "/" + reportName)
	var report Report
	if err != nil || json.Unmarshal(data, &report) != nil {
		return files
	}
	for name := range report.hashes() {
		files[name] = Written{Size: -1}
	}
	return files
}

// maker is who a file of an export is by.
type maker int

const (
	ofEjmx   maker = iota
	changed        // an output of ejmx that people changed, and what was kept of it
	ofPeople       // put there by people
)

// besideMark is what folder puts into the names of files that lie beside others.
var besideMark = lazy.Pattern(` \((new|kept \d{4}-\d\d-\d\d( \d+)?)\)(\.[^./]*)?$`)

// leftovers are what systems and office programs put into any folder by themselves.
var leftovers = []string{".DS_Store", "Thumbs.db", "desktop.ini"}

// whose tells who made a file of an export. A size of -1 is of a file whose bytes are not remembered.
func whose(made map[string]Written, name string, info fs.FileInfo) maker {
	if strings.HasPrefix(path.Base(name), temporaryMark) || slices.Contains(leftovers, path.Base(name)) {
		return ofEjmx
	}
	if w, known := made[name]; known {
		if w.Size >= 0 && (!info.Mode().IsRegular() || info.Size() != w.Size || info.ModTime().UnixNano() != w.Modified) {
			return changed
		}
		return ofEjmx
	}
	if at := besideMark().FindStringSubmatchIndex(name); at != nil {
		if _, known := made[name[:at[0]]+path.Ext(name)]; known {
			return changed
		}
	}
	return ofPeople
}

// recallAll gives what is remembered of every export, by the absolute path of its folder.
func recallAll(m *mirror.Mirror) (map[string]memory, error) {
	all := map[string]memory{}
	root, err := m.Derived(exportsMemory)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.json")
	for _, name := range names {
		var one memory
		data, readErr := root.ReadFile(name)
		if readErr != nil {
			return nil, readErr
		}
		if json.Unmarshal(data, &one) == nil && one.Folder != "" {
			all[one.Folder] = one
		}
	}
	return all, err
}

// lookOutside finds exports that were made into other folders. Within the season's they go like the others; elsewhere they
// are no business of a program that deletes, and are named as remaining.
func (s *Survey) lookOutside(season *Season, root *os.Root, memories map[string]memory) error {
	home, err := filepath.Abs(season.Dir)
	if err != nil {
		return err
	}
	for folder, made := range memories {
		var trees []string
		if slices.ContainsFunc(s.Due, func(id ejm.ID) bool { return isOf(filepath.Base(folder), id) }) {
			trees = []string{folder, folder + ".zip"}
		}
		for name := range made.Files {
			if isDatabase(name) {
				trees = append(trees, filepath.Join(folder, name))
			}
		}
		for _, tree := range trees {
			if err := s.addOutside(home, tree, root, memories); err != nil {
				return err
			}
		}
	}
	slices.Sort(s.Exports)
	slices.SortFunc(s.Remaining, func(a, b archive.Remaining) int { return strings.Compare(a.Place+a.Name, b.Place+b.Name) })
	return nil
}

// addOutside notes one folder or file that an export made somewhere, if it is still there.
func (s *Survey) addOutside(home, tree string, root *os.Root, memories map[string]memory) error {
	if _, err := os.Lstat(tree); err != nil {
		return nil //nolint:nilerr // it was moved or deleted, and nobody knows more of it
	}
	within, err := filepath.Rel(home, tree) // fails for another drive of Windows
	isWithin := err == nil && filepath.IsLocal(within)
	if !isWithin {
		s.Remaining = append(s.Remaining, archive.Remaining{
			What: "export", Name: filepath.Base(tree), Place: filepath.Dir(tree), Why: "it was made outside the season's folder",
		})
		return nil
	}
	if name := filepath.ToSlash(within); !slices.Contains(s.Exports, name) {
		return s.addTree(root, name, memories)
	}
	return nil
}

// lookAtDerived finds what was made of the documents that go. Texts of documents that stay, memories of their exports, and
// compiled code, which is nobody's, stay; all else can be made again.
func (s *Survey) lookAtDerived(m *mirror.Mirror) error {
	files, err := m.DerivedFiles()
	if err != nil {
		return err
	}
	for _, f := range files {
		if !s.derivedStays(f.Name) {
			s.plan.Derived = append(s.plan.Derived, f.Name)
			s.plan.files++
			s.Bytes += f.Size
		}
	}
	return nil
}

func (s *Survey) derivedStays(name string) bool {
	folder, base, _ := strings.Cut(name, "/")
	switch folder {
	case "pdf":
		return true
	case exportsMemory:
		return !isDatabase(base) && !strings.HasPrefix(base, temporaryMark) &&
			!slices.ContainsFunc(s.Due, func(id ejm.ID) bool { return isOf(base, id) })
	case "text":
		sum, _, _ := strings.Cut(base, ".")
		return s.plan.stays[sum]
	}
	return false
}
