package exporter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/archive"
)

// tree is a file system put together from files of others, under names of its own.
type tree struct {
	files   map[string]treeFile
	folders map[string]map[string]bool // names in each folder
}

type treeFile struct {
	from  fs.FS
	name  string
	known *archive.Digest // nil where it is still to be found out
}

func newTree() *tree {
	return &tree{files: map[string]treeFile{}, folders: map[string]map[string]bool{".": {}}}
}

func (t *tree) has(name string) bool { _, there := t.files[name]; return there }

// add puts one file in under a name that checking programs agree on.
func (t *tree) add(from fs.FS, name, as string) error {
	as = agreedName(as)
	if t.has(as) {
		return fmt.Errorf("two files would be %q in the archive; rename one", as)
	}
	t.files[as] = treeFile{from: from, name: name}
	for child := as; child != "."; child = path.Dir(child) {
		dir := path.Dir(child)
		if t.folders[dir] == nil {
			t.folders[dir] = map[string]bool{}
		}
		t.folders[dir][path.Base(child)] = true
	}
	return nil
}

// addKnown is add for a file that was read before.
func (t *tree) addKnown(from fs.FS, name, as string, digest archive.Digest) error {
	if err := t.add(from, name, as); err != nil {
		return err
	}
	t.files[agreedName(as)] = treeFile{from, name, &digest}
	return nil
}

// Digest gives what is known of a file, which then need not be read for it; see [archive.Digested].
func (t *tree) Digest(name string) (archive.Digest, bool) {
	known := t.files[name].known
	if known == nil {
		return archive.Digest{}, false
	}
	return *known, true
}

// agreedName replaces what an archive's names cannot have: people may have called a file of theirs "100%.pdf".
func agreedName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`%\:`, r) {
			return '_'
		}
		return r
	}, name)
}

// addFolder puts in all files below a folder except those that skip says; a nil skip takes all. Links are not followed: one
// is an error, since what it points to would be missing.
func (t *tree) addFolder(from fs.FS, dir, as string, skip func(name string) (bool, error)) error {
	return fs.WalkDir(from, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is no plain file and cannot be archived; move it away", name)
		}
		if skip != nil {
			if left, err := skip(name); err != nil || left {
				return err
			}
		}
		return t.add(from, name, as+strings.TrimPrefix(name, dir))
	})
}

// Open opens a file. Folders are read with ReadDir.
func (t *tree) Open(name string) (fs.File, error) {
	file, there := t.files[name]
	if !there {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return file.from.Open(file.name)
}

// Stat tells of a file or folder.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	if file, there := t.files[name]; there {
		return fs.Stat(file.from, file.name)
	}
	if t.folders[name] == nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return folderEntry{path.Base(name)}, nil
}

// ReadDir lists a folder in the order of its names.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if t.folders[name] == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	var entries []fs.DirEntry
	for _, child := range slices.Sorted(maps.Keys(t.folders[name])) {
		full := path.Join(name, child)
		if t.folders[full] != nil {
			entries = append(entries, fs.FileInfoToDirEntry(folderEntry{child}))
			continue
		}
		info, err := t.Stat(full)
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(renamed{info, child}))
	}
	return entries, nil
}

// fileDigest gives the hex SHA-256 and the size of a file.
func fileDigest(from fs.FS, name string) (sum string, size int64, err error) {
	file, err := from.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	size, err = io.Copy(h, file)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// folderEntry tells of a folder of a tree.
type folderEntry struct{ name string }

func (f folderEntry) Name() string       { return f.name }
func (f folderEntry) Size() int64        { return 0 }
func (f folderEntry) Mode() fs.FileMode  { return fs.ModeDir | dirMode }
func (f folderEntry) ModTime() time.Time { return time.Time{} }
func (f folderEntry) IsDir() bool        { return true }
func (f folderEntry) Sys() any           { return nil }

// renamed tells of a file under its name in the tree.
type renamed struct {
	fs.FileInfo
	name string
}

func (r renamed) Name() string { return r.name }
