package exporter

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// TestKilledRunsFilesAreOurs has a run put files in place and end before anything remembers it. The next must know them for
// ejmx's own, and what a person did to them since for a person's.
func TestKilledRunsFilesAreOurs(t *testing.T) {
	dir, notes := t.TempDir(), t.TempDir()
	derived, err := os.OpenRoot(notes)
	if err != nil {
		t.Fatal(err)
	}
	defer derived.Close()
	open := func() *folder {
		f, err := openFolder(dir, map[string]Written{}, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), "", ledger.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if f.journal, err = openJournal(derived, "export"); err != nil {
			t.Fatal(err)
		}
		return f
	}
	write := func(f *folder, name, text string) {
		if _, err := f.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	killed := open()
	for _, name := range []string{"same.pdf", "new.pdf", "gone.pdf", "annotated.pdf"} {
		write(killed, name, "of the killed run")
	}
	if err := killed.journal.Close(); err != nil {
		t.Fatal(err)
	}
	cut, err := os.OpenFile(filepath.Join(notes, "export.journal"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cut.WriteString(`{"name":"cut.pd`); err != nil {
		t.Fatal(err)
	}
	cut.Close()
	if err := os.WriteFile(filepath.Join(dir, "annotated.pdf"), []byte("of a person"), 0o600); err != nil {
		t.Fatal(err)
	}
	next := open()
	write(next, "same.pdf", "of the killed run")
	write(next, "new.pdf", "of the next run")
	write(next, "annotated.pdf", "of the next run")
	if _, err := next.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := next.journal.Clear(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"same.pdf": "of the killed run", "new.pdf": "of the next run",
		"annotated.pdf": "of the next run", "annotated (kept 2026-11-24).pdf": "of a person",
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(want) {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
	for name, text := range want {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != text {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if left, err := os.ReadDir(notes); err != nil || len(left) > 0 {
		t.Errorf("the journal is left: %v, %v", left, err)
	}
}
