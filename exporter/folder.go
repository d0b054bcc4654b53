package exporter

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

const (
	dirMode  = 0o700
	fileMode = 0o600
)

// Written is a file of an export as ejmx left it.
type Written struct {
	Size     int64  `json:"size"` // bytes
	SHA256   string `json:"sha256"`
	CRC32    uint32 `json:"crc32"`    // IEEE, for the zip
	Modified int64  `json:"modified"` // the file's time as written, ns since 1970: a cheap sign that nobody touched it
}

// folder is an export's folder while it is brought up to date. Its methods may be called from many goroutines, for
// different names.
type folder struct {
	root  *os.Root
	today string // "2026-11-24", for the names of what is kept
	sink  ledger.Sink
	whose string

	journal *journal // of what this run and killed ones put there; nil where nobody keeps one

	copies atomic.Bool // the file system has no clones

	mu    sync.Mutex
	past  map[string]Written // as the last run left it
	now   map[string]Written // as this run leaves it
	dirs  map[string]bool    // known to exist
	kept  []string           // names of files that people changed and that were kept
	aside []string           // names of files that could not be replaced, so the new one lies beside
	left  map[string]bool    // names of files that must be left alone
}

// openFolder opens the export folder dir and makes it where there is none. past is what the last run left there.
func openFolder(dir string, past map[string]Written, now time.Time, whose string, sink ledger.Sink) (*folder, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{
		root: root, today: now.Format(time.DateOnly), sink: sink, whose: whose,
		past: past, now: map[string]Written{}, dirs: map[string]bool{".": true}, left: map[string]bool{},
	}, nil
}

// temporaryMark begins the names of files that are being written.
const temporaryMark = ".ejmx-"

// clearTemporary removes what a killed run left half written anywhere in an export's folder, if there is one.
func clearTemporary(dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasPrefix(entry.Name(), temporaryMark) {
			return root.Remove(name)
		}
		return err
	})
}

// clearTopTemporary removes what a killed run left half written in the folder itself, but not in the folders within: they
// are other exports'.
func (f *folder) clearTopTemporary() error {
	left, err := fs.Glob(f.root.FS(), temporaryMark+"*")
	for _, name := range left {
		err = errors.Join(err, f.remove(name))
	}
	return err
}

// Unchanged reports whether a file lies there just as the last run left it, and then counts it as this run's.
func (f *folder) Unchanged(name string) (Written, bool) {
	f.mu.Lock()
	past, known := f.past[name]
	f.mu.Unlock()
	if !known || !f.untouched(name, past) {
		return Written{}, false
	}
	f.note(name, past)
	return past, true
}

// untouched compares a file's size and time with those it was left with.
func (f *folder) untouched(name string, as Written) bool {
	info, err := f.root.Lstat(name)
	return err == nil && info.Mode().IsRegular() && info.Size() == as.Size && info.ModTime().UnixNano() == as.Modified
}

func (f *folder) note(name string, w Written) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now[name] = w
}

// Write brings one file up to date: it is written aside, and put in place by one rename if its bytes differ from what
// lies there. What a person put or changed there is kept beside it.
func (f *folder) Write(name string, write func(io.Writer) error) (Written, error) {
	_, w, err := f.write(name, write)
	return w, err
}

// write is Write that also gives the name under which the file came to lie: another than wanted where that one is held open.
func (f *folder) write(name string, write func(io.Writer) error) (at string, _ Written, err error) {
	return f.put(name, func(temporary string) (w Written, err error) {
		file := f.newPending(temporary)
		defer func() { err = errors.Join(err, file.close()) }()
		if err := write(file); err != nil {
			return Written{}, err
		}
		if w, ok := file.unmade(); ok {
			if past, same := f.lies(name, w.SHA256); same {
				return past, errLiesThere
			}
		}
		return file.keep()
	})
}

// lies gives a file that lies there untouched as the last run left it, if its bytes are these.
func (f *folder) lies(name, sha256 string) (Written, bool) {
	f.mu.Lock()
	past, known := f.past[name]
	f.mu.Unlock()
	return past, known && past.SHA256 == sha256 && f.untouched(name, past)
}

// errLiesThere ends the making of a file whose bytes lie there already.
var errLiesThere = errors.New("the same bytes lie there")

// put has a file made aside and puts it in place, and gives where it came to lie.
func (f *folder) put(name string, produce func(temporary string) (Written, error)) (at string, _ Written, err error) {
	if err := f.makeDir(path.Dir(name)); err != nil {
		return "", Written{}, err
	}
	temporary := path.Join(path.Dir(name), temporaryMark+rand.Text())
	w, err := produce(temporary)
	switch {
	case errors.Is(err, errLiesThere):
		f.note(name, w)
		return name, w, nil
	case err != nil:
		return "", Written{}, errors.Join(err, f.remove(temporary))
	}
	at, w, err = f.place(temporary, name, w)
	if err != nil {
		return "", Written{}, errors.Join(fmt.Errorf("write %s: %w", name, err), f.remove(temporary))
	}
	f.note(at, w)
	return at, w, nil
}

func (f *folder) makeDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dirs[dir] {
		return nil
	}
	f.dirs[dir] = true
	return f.root.MkdirAll(dir, dirMode)
}

func (f *folder) remove(name string) error {
	if err := f.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// tally counts and hashes what passes.
type tally struct {
	sha  hash.Hash
	crc  uint32
	size int64
}

func (t *tally) Write(p []byte) (int, error) {
	t.add(p)
	return len(p), nil
}

func (t *tally) add(p []byte) {
	t.sha.Write(p)
	t.crc = crc32.Update(t.crc, crc32.IEEETable, p)
	t.size += int64(len(p))
}

func (t *tally) written() Written {
	return Written{Size: t.size, SHA256: hex.EncodeToString(t.sha.Sum(nil)), CRC32: t.crc}
}

func (f *folder) newPending(name string) *pending {
	return newPending(func() (*os.File, error) {
		return f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	})
}

// place puts a finished file where it belongs, unless the same bytes lie there already, and gives where it came to lie: beside
// what another program holds open.
func (f *folder) place(temporary, name string, w Written) (at string, _ Written, err error) {
	there, err := f.there(name)
	switch {
	case err != nil:
		return "", Written{}, err
	case there.SHA256 == w.SHA256:
		w, err = f.stamped(name, w, f.root.Remove(temporary))
		return name, w, err
	case there.SHA256 != "" && !f.isOurs(name, there):
		if err := f.keep(name); err != nil {
			return "", Written{}, err
		}
	}
	if err := f.journal.Add(name, w.SHA256); err != nil {
		return "", Written{}, err
	}
	at = name
	if err := f.root.Rename(temporary, name); err != nil {
		beside := insert(name, "(new)")
		if !heldOpen(err) || f.root.Rename(temporary, beside) != nil {
			return "", Written{}, err
		}
		f.say(name, fmt.Errorf("it is held open by another program; the new one lies beside it as %s", path.Base(beside)))
		f.note(name, there)
		f.mu.Lock()
		f.aside = append(f.aside, beside)
		f.mu.Unlock()
		at = beside
	}
	w, err = f.stamped(at, w, nil)
	return at, w, err
}

// stamped notes the time that the file system gave a file.
func (f *folder) stamped(name string, w Written, err error) (Written, error) {
	if err != nil {
		return Written{}, err
	}
	info, err := f.root.Lstat(name)
	if err != nil {
		return Written{}, err
	}
	w.Modified = info.ModTime().UnixNano()
	return w, nil
}

// there gives what lies under a name: the zero Written for nothing. Something that is no plain file (a link planted
// there, a folder) counts as a person's.
func (f *folder) there(name string) (Written, error) {
	info, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Written{}, nil
	}
	if err != nil {
		return Written{}, err
	}
	if !info.Mode().IsRegular() {
		return Written{SHA256: "not a plain file"}, nil
	}
	f.mu.Lock()
	past := f.past[name]
	f.mu.Unlock()
	if past.SHA256 != "" && f.untouched(name, past) {
		return past, nil
	}
	return f.weigh(name)
}

// isOurs reports whether what lies under a name is what ejmx left there.
func (f *folder) isOurs(name string, there Written) bool {
	return there.SHA256 == f.past[name].SHA256 || f.journal.Has(name, there.SHA256)
}

// keep moves what a person put or changed under a name of ours beside it: "NAME (kept 2026-11-24).pdf".
func (f *folder) keep(name string) error {
	for n := 1; ; n++ {
		mark := fmt.Sprintf("(kept %s)", f.today)
		if n > 1 {
			mark = fmt.Sprintf("(kept %s %d)", f.today, n)
		}
		beside := insert(name, mark)
		if _, err := f.root.Lstat(beside); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := f.root.Rename(name, beside); err != nil {
			return err
		}
		f.mu.Lock()
		f.kept = append(f.kept, beside)
		f.mu.Unlock()
		f.say(name, fmt.Errorf("somebody changed it; their version is kept as %s", path.Base(beside)))
		return nil
	}
}

func (f *folder) say(name string, what error) {
	f.sink(ledger.Entry{Stage: ledger.Originals, Item: name, Whose: f.whose, Outcome: ledger.Note, Err: what})
}

// beside leaves a file alone that must not be replaced, says why, and gives the name for the new one beside it.
func (f *folder) beside(name string, why error) string {
	other := insert(name, "(new)")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[name] = true
	f.aside = append(f.aside, other)
	f.say(name, fmt.Errorf("%w; the new one lies beside it as %s", why, path.Base(other)))
	return other
}

// insert puts words before a name's extension.
func insert(name, words string) string {
	extension := path.Ext(name)
	return strings.TrimSuffix(name, extension) + " " + words + extension
}

// Finish removes what the last run left and this one has no more, keeping what people changed, and gives what the folder
// now holds of ours.
func (f *folder) Finish() (map[string]Written, error) {
	var errs []error
	ours := slices.AppendSeq(f.journal.Names(), maps.Keys(f.past))
	slices.Sort(ours)
	for _, name := range slices.Compact(ours) {
		if _, still := f.now[name]; still || f.left[name] {
			continue
		}
		there, err := f.there(name)
		switch {
		case err != nil:
			errs = append(errs, err)
		case there.SHA256 == "":
		case f.isOurs(name, there):
			errs = append(errs, f.root.Remove(name), f.prune(path.Dir(name)))
		default:
			errs = append(errs, f.keep(name))
		}
	}
	return f.now, errors.Join(errs...)
}

// prune removes folders that have become empty.
func (f *folder) prune(dir string) error {
	for ; dir != "."; dir = path.Dir(dir) {
		entries, err := fs.ReadDir(f.root.FS(), dir)
		if err != nil || len(entries) > 0 {
			return err
		}
		if err := f.root.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

// Close lets go of the folder.
func (f *folder) Close() error { return f.root.Close() }
