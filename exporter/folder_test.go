package exporter

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/ledger"
)

// shelf is an export's folder over several runs.
type shelf struct {
	t    *testing.T
	dir  string
	past map[string]Written
	said []string
}

// run brings the folder up to date with the files given and closes it.
func (s *shelf) run(files map[string]string) *folder {
	s.t.Helper()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if err := clearTemporary(s.dir); err != nil {
		s.t.Fatal(err)
	}
	f, err := openFolder(s.dir, s.past, now, "a posting", func(e ledger.Entry) { s.said = append(s.said, e.String()) })
	if err != nil {
		s.t.Fatal(err)
	}
	for name, text := range files {
		if _, err := f.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			s.t.Fatal(err)
		}
	}
	if s.past, err = f.Finish(); err != nil {
		s.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		s.t.Fatal(err)
	}
	return f
}

// files gives the folder's files with their contents, each "name: text", sorted.
func (s *shelf) files() string {
	s.t.Helper()
	var all []string
	err := filepath.WalkDir(s.dir, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		relative, _ := filepath.Rel(s.dir, name)
		all = append(all, filepath.ToSlash(relative)+": "+string(data))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func (s *shelf) put(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) expect(want ...string) {
	s.t.Helper()
	if got := s.files(); got != strings.Join(want, "\n") {
		s.t.Errorf("the folder holds\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func newShelf(t *testing.T) *shelf {
	return &shelf{t: t, dir: filepath.Join(t.TempDir(), "export")}
}

func TestFolderIsBroughtUpToDate(t *testing.T) {
	s := newShelf(t)
	s.run(map[string]string{"packets/a.pdf": "one", "packets/b.pdf": "two", "index.html": "page"})
	s.expect("index.html: page", "packets/a.pdf: one", "packets/b.pdf: two")
	before, err := os.Stat(filepath.Join(s.dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	s.run(map[string]string{"packets/a.pdf": "changed", "index.html": "page"})
	s.expect("index.html: page", "packets/a.pdf: changed")
	if after, err := os.Stat(filepath.Join(s.dir, "index.html")); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Error("a file whose bytes are the same was written again")
	}
	s.run(map[string]string{"index.html": "page"})
	s.expect("index.html: page")
	if _, err := os.Stat(filepath.Join(s.dir, "packets")); err == nil {
		t.Error("an empty folder stayed")
	}
}

func TestWhatPeopleDoIsKept(t *testing.T) {
	s := newShelf(t)
	s.run(map[string]string{"packets/a.pdf": "one", "packets/b.pdf": "two", "packets/c.pdf": "three"})
	s.put("packets/a.pdf", "one, annotated")
	s.put("packets/c.pdf", "three, annotated")
	s.put("packets/my notes.txt", "notes")
	f := s.run(map[string]string{"packets/a.pdf": "one", "packets/b.pdf": "two"})
	s.expect(
		"packets/a (kept 2026-11-24).pdf: one, annotated", "packets/a.pdf: one", "packets/b.pdf: two",
		"packets/c (kept 2026-11-24).pdf: three, annotated", "packets/my notes.txt: notes",
	)
	if len(f.kept) != 2 || len(s.said) != 2 || !strings.Contains(s.said[0], "somebody changed it") {
		t.Errorf("kept %v, said %v", f.kept, s.said)
	}
	s.put("packets/a.pdf", "annotated again")
	s.run(map[string]string{"packets/a.pdf": "new", "packets/b.pdf": "two"})
	s.expect(
		"packets/a (kept 2026-11-24 2).pdf: annotated again", "packets/a (kept 2026-11-24).pdf: one, annotated", "packets/a.pdf: new",
		"packets/b.pdf: two", "packets/c (kept 2026-11-24).pdf: three, annotated", "packets/my notes.txt: notes",
	)
}

func TestStrangersFilesAreNotOverwritten(t *testing.T) {
	s := newShelf(t)
	s.put("index.html", "not ours")
	s.put("report.json", "the same")
	s.run(map[string]string{"index.html": "ours", "report.json": "the same"})
	s.expect("index (kept 2026-11-24).html: not ours", "index.html: ours", "report.json: the same")
}

func TestPlantedLinksAreNotFollowed(t *testing.T) {
	s := newShelf(t)
	elsewhere := filepath.Join(t.TempDir(), "outside.txt")
	if err := os.WriteFile(elsewhere, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.put("x", "x")
	if err := os.Symlink(elsewhere, filepath.Join(s.dir, "report.json")); err != nil {
		outside.Absent(t, "this system makes no symbolic links: "+err.Error())
	}
	s.run(map[string]string{"report.json": "report"})
	if data, err := os.ReadFile(elsewhere); err != nil || string(data) != "mine" {
		t.Errorf("the file a planted link led to is %q, %v", data, err)
	}
	if info, err := os.Lstat(filepath.Join(s.dir, "report.json")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("report.json is %v, %v", info, err)
	}
}

func TestHalfWrittenFilesGoAway(t *testing.T) {
	s := newShelf(t)
	s.put("packets/"+temporaryMark+"XYZ", "half")
	s.run(map[string]string{"a": "a"})
	s.expect("a: a")
	f, err := openFolder(s.dir, s.past, time.Now(), "", ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write("b", func(w io.Writer) error { io.WriteString(w, "half"); return io.ErrUnexpectedEOF }); err == nil {
		t.Error("a failed write is no error")
	}
	s.expect("a: a")
}

func TestUntouchedFilesAreKnownWithoutReading(t *testing.T) {
	s := newShelf(t)
	s.run(map[string]string{"a": "a", "b": "b"})
	s.put("b", "B")
	f, err := openFolder(s.dir, s.past, time.Now(), "", ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, same := f.Unchanged("a"); !same {
		t.Error("a was not touched")
	}
	for _, name := range []string{"b", "c"} {
		if _, same := f.Unchanged(name); same {
			t.Errorf("%s is not as it was left", name)
		}
	}
}
