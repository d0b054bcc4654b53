package exporter

import (
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
)

// exportInto is an export that has just what outputs of several files need.
func exportInto(t *testing.T, dir string, past memory) *export {
	t.Helper()
	f, err := openFolder(dir, past.Files, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), "a posting", ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	e := &export{
		posting: &dossier.Posting{Title: "Professor", Dossiers: []*dossier.Dossier{{AppID: 1}}}, folder: f, memory: past,
	}
	e.contents = e.hashContents
	return e
}

// TestOutputsStand makes an output of two files and looks when it stands: with the same ingredients and untouched files.
func TestOutputsStand(t *testing.T) {
	dir := t.TempDir()
	first := exportInto(t, dir, memory{})
	key, err := first.key("since", 1)
	if err != nil || first.stands("pages", key) {
		t.Fatalf("before it was made it stands, or %v", err)
	}
	write := func(names ...string) func(*part) (bool, error) {
		return func(p *part) (bool, error) {
			var errs []error
			for _, name := range names {
				_, err := p.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, name); return err })
				errs = append(errs, err)
			}
			return true, errors.Join(errs...)
		}
	}
	if _, err := first.folder.Write("other", func(io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := first.remembering("pages", key, write("one", "two")); err != nil {
		t.Fatal(err)
	}
	if made := first.memory.Outputs["pages"]; !slices.Equal(made.Files, []string{"one", "two"}) {
		t.Errorf("it is said to be of %v", made.Files)
	}
	files, err := first.folder.Finish()
	if err != nil {
		t.Fatal(err)
	}
	past := memory{Files: files, Outputs: first.memory.Outputs}

	again := exportInto(t, dir, past)
	if !again.stands("pages", key) {
		t.Error("with nothing changed it does not stand")
	}
	if names := slices.Sorted(maps.Keys(again.folder.now)); !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("this run's files are %v", names)
	}
	other := exportInto(t, dir, past)
	other.posting.Dossiers[0].Changed = "2026-11-25 00:00:00"
	if otherKey, err := other.key("since", 1); err != nil || otherKey == key || other.stands("pages", otherKey) {
		t.Errorf("with other contents it stands, or %v", err)
	}
	if otherKey, err := again.key("since", 2); err != nil || otherKey == key {
		t.Errorf("with another ingredient it has the same key, or %v", err)
	}
	if err := again.folder.root.WriteFile("two", []byte("annotated"), fileMode); err != nil {
		t.Fatal(err)
	}
	if exportInto(t, dir, past).stands("pages", key) {
		t.Error("with a file changed it stands")
	}
	if err := again.remembering("pages", key, func(*part) (bool, error) { return false, nil }); err != nil || again.memory.Outputs["pages"].Key != "" {
		t.Errorf("what another run could make better is remembered: %v", err)
	}
}
