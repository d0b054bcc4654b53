package exporter

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// TestZipIsMadeOfTheLast makes a zip, changes two of its files, and makes it anew: the others are taken from the first zip, as
// their files are gone, and a file of the same name, size and CRC-32 is not taken for the one it was. It has the very bytes of a
// zip made of files alone.
func TestZipIsMadeOfTheLast(t *testing.T) {
	const one, twin = "plumless", "buckeroo"
	if crc32.ChecksumIEEE([]byte(one)) != crc32.ChecksumIEEE([]byte(twin)) {
		t.Fatal("the twins are none")
	}
	parent := t.TempDir()
	name := filepath.Join(parent, "export.zip")
	files := map[string]string{
		"same.pdf": "the same", "same.html": "<p>the same", "large.html": strings.Repeat("<p>the same", 1<<16),
		"text.html": "<p>before", "twin.pdf": one,
	}
	past := zipOf(t, parent, memory{}, files)
	wantInZip(t, name, files)

	files["text.html"], files["twin.pdf"] = "<p>after", twin
	same := []string{"same.pdf", "same.html", "large.html"}
	for _, gone := range same {
		if err := os.Remove(filepath.Join(parent, "export", gone)); err != nil {
			t.Fatal(err)
		}
	}
	zipOf(t, parent, past, files, same...)
	wantInZip(t, name, files)
	wantAsAfresh(t, name, files)
}

// TestZipIsNotMadeOfADamagedOne damages the last zip: in a file that is stored, and in one that is compressed, where the bit says
// whether it is the last block, so that what unpacks it notices nothing.
func TestZipIsNotMadeOfADamagedOne(t *testing.T) {
	for _, damaged := range []string{"same.pdf", "same.html"} {
		parent := t.TempDir()
		name := filepath.Join(parent, "export.zip")
		files := map[string]string{"same.pdf": "the same", "same.html": "<p>the same", "text.html": "<p>before"}
		past := zipOf(t, parent, memory{}, files)
		r, err := zip.OpenReader(name)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(r.File, func(f *zip.File) bool { return f.Name == "export/"+damaged })
		offset, err := r.File[at].DataOffset()
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		data := bytesOf(t, name)
		data[offset] ^= 1
		if err := os.WriteFile(name, data, fileMode); err != nil {
			t.Fatal(err)
		}
		left := time.Unix(0, past.Zip.Modified)
		if err := os.Chtimes(name, left, left); err != nil {
			t.Fatal(err)
		}
		files["text.html"] = "<p>after"
		zipOf(t, parent, past, files)
		wantInZip(t, name, files)
		wantAsAfresh(t, name, files)
	}
}

// TestZipIsNotMadeOfAnotherVersions has another version of ejmx make the zip anew, though nobody would find fault with the last
// one: it may compress otherwise.
func TestZipIsNotMadeOfAnotherVersions(t *testing.T) {
	parent := t.TempDir()
	files := map[string]string{"same.html": "<p>the same", "text.html": "<p>before"}
	past := zipOf(t, parent, memory{}, files)
	past.Zip.Tool = "ejmx of another time"
	files["text.html"] = "<p>after"
	if err := os.Remove(filepath.Join(parent, "export", "same.html")); err != nil {
		t.Fatal(err)
	}
	if _, err := zipped(t, parent, past, files, "same.html"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it does without the file: %v", err)
	}
}

// wantAsAfresh says that a zip has the bytes of one that was made of files alone.
func wantAsAfresh(t *testing.T, name string, files map[string]string) {
	t.Helper()
	afresh := t.TempDir()
	zipOf(t, afresh, memory{}, files)
	if !bytes.Equal(bytesOf(t, name), bytesOf(t, filepath.Join(afresh, "export.zip"))) {
		t.Error("a zip made of files alone has other bytes")
	}
}

func bytesOf(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// zipOf brings an export of some files up to date, and its zip; what is given as gone is said to lie there and does not.
func zipOf(t *testing.T, parent string, past memory, files map[string]string, gone ...string) memory {
	t.Helper()
	now, err := zipped(t, parent, past, files, gone...)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func zipped(t *testing.T, parent string, past memory, files map[string]string, gone ...string) (memory, error) {
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
	err = e.zip(t.Context(), filepath.Join(parent, "export.zip"))
	return e.memory, err
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
