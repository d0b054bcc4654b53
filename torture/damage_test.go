//go:build unix

package torture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// damage is something that happens to a mirror on its disk.
type damage struct {
	do       func(document, snapshot string) error // given a document's folder and the newest snapshot's
	repaired bool                                  // whether EJM can give it again
}

func flipped(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 1
	return os.WriteFile(name, data, 0o600)
}

func cut(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, info.Size()/2)
}

var damages = map[string]damage{
	"a flipped bit in a document":          {func(d, _ string) error { return flipped(filepath.Join(d, "content")) }, true},
	"a document cut in the middle":         {func(d, _ string) error { return cut(filepath.Join(d, "content")) }, true},
	"a document of no bytes":               {func(d, _ string) error { return os.Truncate(filepath.Join(d, "content"), 0) }, true},
	"a document without its bytes":         {func(d, _ string) error { return os.Remove(filepath.Join(d, "content")) }, true},
	"a document without its record":        {func(d, _ string) error { return os.Remove(filepath.Join(d, "record.json")) }, true},
	"a flipped bit in a document's record": {func(d, _ string) error { return cut(filepath.Join(d, "record.json")) }, true},
	"a deleted document":                   {func(d, _ string) error { return os.RemoveAll(d) }, true},
	"a cut list in a snapshot":             {func(_, s string) error { return cut(filepath.Join(s, "applications.jsonl.zst")) }, false},
	"a flipped bit in a snapshot":          {func(_, s string) error { return flipped(filepath.Join(s, "files.jsonl.zst")) }, false},
	"a cut manifest":                       {func(_, s string) error { return cut(filepath.Join(s, "manifest.json")) }, false},
	"a snapshot without a list":            {func(_, s string) error { return os.Remove(filepath.Join(s, "letters.jsonl.zst")) }, false},
}

// TestDamagedMirror damages a season's mirror and uses it: what is damaged is found and named, never shown as if whole, and
// fetched again where EJM has it.
func TestDamagedMirror(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	from := w.fetched()
	export := []string{"export", "--all", "--offline", "--quiet", "--text", "none"}
	w.must(export...)
	whole := w.visible("postings")
	for name, d := range damages {
		w.again(from)
		document, snapshot := w.oneDocument(), w.newestSnapshot()
		if err := d.do(document, snapshot); err != nil {
			t.Fatal(name, err)
		}
		ended := w.run("verify", filepath.Join(w.season, "mirror"))
		place := strings.TrimPrefix(snapshot, w.season+"/mirror/")
		if d.repaired {
			place = strings.TrimPrefix(document, w.season+"/mirror/")
		}
		if ended.Code != 6 && ended.Code != 1 || !strings.Contains(ended.Stdout+ended.Stderr, filepath.Base(place)) {
			t.Errorf("%s: verify exits with %d\n%s%s", name, ended.Code, ended.Stdout, ended.Stderr)
		}
		w.run(export...)
		for file, sum := range w.visible("postings") {
			if strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(file))), "documents") && whole[file] != sum {
				t.Errorf("%s: %s was exported as if whole", name, file)
			}
		}
		if d.repaired {
			w.notPacked(name)
		}
		if ended := w.run("archive", "--all"); ended.Code == 0 {
			t.Errorf("%s: it was archived as if whole\n%s", name, ended.Stdout)
		}
		if d.repaired {
			w.must("fetch", "--all", "--restore-damaged")
			w.complete()
			w.tidy()
		}
	}
	tried.Row(t, "Damaged", "a mirror that its disk damaged", "bits flipped, files cut, emptied and deleted: documents, their records, lists, manifests", len(damages),
		"`verify` names it, `export` and `archive` never take it for whole; `fetch --restore-damaged` gets documents again")
}

// notPacked makes all packets anew and wants the run to name the document that is damaged or lost.
func (w *world) notPacked(damage string) {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.season, "postings")); err != nil {
		w.t.Fatal(err)
	}
	ended := w.run("export", "--all", "--offline", "--quiet", "--text", "none", "--no-documents")
	if ended.Code == 0 || ended.Code == 3 && !strings.Contains(ended.Stdout+ended.Stderr, "damaged") && !strings.Contains(ended.Stdout+ended.Stderr, "lost") {
		w.t.Errorf("%s: packets are made with exit %d\n%s%s", damage, ended.Code, ended.Stdout, ended.Stderr)
	}
}

func (w *world) oneDocument() string {
	w.t.Helper()
	all, err := filepath.Glob(filepath.Join(w.season, "mirror", "file", "*", "*"))
	if err != nil || len(all) == 0 {
		w.t.Fatal("no document", err)
	}
	return all[0]
}

func (w *world) newestSnapshot() string {
	w.t.Helper()
	all, err := filepath.Glob(filepath.Join(w.season, "mirror", "snapshots", "*"))
	if err != nil || len(all) == 0 {
		w.t.Fatal("no snapshot", err)
	}
	return all[len(all)-1]
}

// TestNewerMirror has a later version have written the mirror.
func TestNewerMirror(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	w.must("fetch", "--all")
	manifest := filepath.Join(w.newestSnapshot(), "manifest.json")
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(data), `"format": 1`, `"format": 99`, 1)
	if newer == string(data) {
		t.Fatal("the manifest has no format")
	}
	if err := os.WriteFile(manifest, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.files()
	commands := [][]string{
		{"fetch", "--all"}, {"export", "--all"}, {"export", "--all", "--offline"}, {"archive", "--all"}, {"verify", w.season}, {"postings"}, {"serve", w.season}, {"prune"},
	}
	for _, args := range commands {
		ended := w.run(args...)
		if ended.Code == 0 || !strings.Contains(ended.Stderr, "newer version of ejmx") {
			t.Errorf("ejmx %s: exit %d\n%s", strings.Join(args, " "), ended.Code, ended.Stderr)
		}
	}
	same(t, "the season", w.files(), before)
	tried.Row(t, "Damaged", "a mirror that a newer version wrote", "every command that opens a mirror", len(commands), "refused with a line that says so; nothing is changed")
}
