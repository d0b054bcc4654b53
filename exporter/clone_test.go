package exporter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// source makes a file and gives it open, with its SHA-256.
func source(t *testing.T, path, text string) (*os.File, string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	sum := sha256.Sum256([]byte(text))
	return file, hex.EncodeToString(sum[:])
}

func TestCopiesAreTheirOwn(t *testing.T) {
	// EJMX_CLONES may name a folder on a file system that has clones, to see them made.
	dir := t.TempDir()
	if clones := os.Getenv("EJMX_CLONES"); clones != "" {
		var err error
		if dir, err = os.MkdirTemp(clones, ""); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
	}
	f, err := openFolder(filepath.Join(dir, "export"), nil, time.Now(), "a posting", ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	original := filepath.Join(dir, "content")
	text := strings.Repeat("as it was sent. ", 1000)
	file, sum := source(t, original, text)
	w, err := f.Copy("documents/a.pdf", file, sum)
	if err != nil {
		t.Fatal(err)
	}
	if w.SHA256 != sum || w.Size != int64(len(text)) || w.CRC32 == 0 || w.Modified == 0 {
		t.Errorf("written %+v", w)
	}
	if os.Getenv("EJMX_CLONES") != "" && f.copies.Load() {
		t.Error("no clone was made")
	}
	copied := filepath.Join(dir, "export", "documents", "a.pdf")
	if err := os.WriteFile(copied, []byte("annotated"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(original); err != nil || string(data) != text {
		t.Errorf("annotating the copy changed the original: %d bytes, %v", len(data), err)
	}
}

func TestCopyOfOtherBytesIsRefused(t *testing.T) {
	s := newShelf(t)
	file, sum := source(t, filepath.Join(t.TempDir(), "content"), "as it was sent")
	s.run(nil)
	if err := os.WriteFile(file.Name(), []byte("as it was bent"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(s.dir, nil, time.Now(), "a posting", ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Copy("documents/a.pdf", file, sum); !errors.Is(err, errOtherBytes) {
		t.Errorf("error %v; want errOtherBytes", err)
	}
	s.expect("")
}
