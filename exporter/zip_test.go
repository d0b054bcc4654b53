package exporter

import (
	"archive/zip"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// TestZipIsMadeOfTheLast makes a zip, changes two of its three files, and makes it anew: the third is taken from the first zip, as
// its file is gone, and a file of the same name, size and CRC-32 is not taken for the one it was. Then the zip is damaged where
// only its checksums show it, and made of the files alone.
func TestZipIsMadeOfTheLast(t *testing.T) {
	const one, twin = "plumless", "buckeroo"
	if crc32.ChecksumIEEE([]byte(one)) != crc32.ChecksumIEEE([]byte(twin)) {
		t.Fatal("the twins are none")
	}
	parent := t.TempDir()
	name := filepath.Join(parent, "export.zip")
	files := map[string]string{"same.pdf": "the same", "text.html": "<p>before", "twin.pdf": one}
	past := zipOf(t, parent, memory{}, files)
	wantInZip(t, name, files)

	files["text.html"], files["twin.pdf"] = "<p>after", twin
	if err := os.Remove(filepath.Join(parent, "export", "same.pdf")); err != nil {
		t.Fatal(err)
	}
	past = zipOf(t, parent, past, files, "same.pdf")
	wantInZip(t, name, files)

	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[len("PK\x03\x04")+26+len("export/same.pdf")+9] ^= 1 // the first byte of the first file, behind its time
	if err := os.WriteFile(name, data, fileMode); err != nil {
		t.Fatal(err)
	}
	left := time.Unix(0, past.Zip.Modified)
	if err := os.Chtimes(name, left, left); err != nil {
		t.Fatal(err)
	}
	if _, err := contents(name); err == nil {
		t.Fatal("the damage is none")
	}
	files["text.html"] = "<p>later"
	zipOf(t, parent, past, files)
	wantInZip(t, name, files)
}

// zipOf brings an export of some files up to date, and its zip; what is given as gone is said to lie there and does not.
func zipOf(t *testing.T, parent string, past memory, files map[string]string, gone ...string) memory {
	t.Helper()
	e := exportInto(t, filepath.Join(parent, "export"), past)
	e.name, e.parent, e.Sink, e.season = "export", parent, ledger.Discard, &Season{Dir: t.TempDir()}
	e.posting.Snapshot.Taken = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var err error
	if e.derived, err = os.OpenRoot(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	defer e.derived.Close()
	for name, text := range files {
		if _, err := e.folder.Write(name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if e.memory.Files, err = e.folder.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, name := range gone {
		if err := e.folder.root.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.zip(t.Context(), filepath.Join(parent, "export.zip")); err != nil {
		t.Fatal(err)
	}
	return e.memory
}

func wantInZip(t *testing.T, name string, files map[string]string) {
	t.Helper()
	want := map[string]string{}
	for name, text := range files {
		want["export/"+name] = text
	}
	if got, err := contents(name); err != nil || !maps.Equal(got, want) {
		t.Errorf("the zip holds %q and not %q: %v", got, want, err)
	}
}

// contents reads a zip to its end.
func contents(name string) (map[string]string, error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	files := map[string]string{}
	for _, f := range r.File {
		file, err := f.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		files[f.Name] = string(text)
	}
	return files, nil
}
