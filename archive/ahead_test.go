package archive_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/archive"
)

// TestZipStopsAtAChangedFile has one file of many be another than its entry says: the error names it, and none of those that
// were being made ready behind it is left at work, at which synctest would end the test.
func TestZipStopsAtAChangedFile(t *testing.T) {
	for name, data := range map[string]string{"grown": "text and more", "cut": "tex", "other": "test", "endless": strings.Repeat("text", 1<<20)} {
		for _, extension := range []string{".pdf", ".txt"} {
			t.Run(name+extension, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					files := fstest.MapFS{"changed": {Data: []byte(data)}, "sound": {Data: []byte("text")}}
					entry := func(name, from string) archive.Entry {
						return archive.Entry{
							Name: name, Size: 4, CRC32: crc32.ChecksumIEEE([]byte("text")),
							Open: func() (io.ReadCloser, error) { return files.Open(from) },
						}
					}
					var entries []archive.Entry
					for i := range 100 {
						entries = append(entries, entry(fmt.Sprintf("%03d.txt", i), "sound"))
					}
					entries[50] = entry("050"+extension, "changed")
					err := archive.WriteZip(t.Context(), io.Discard, entries, time.Unix(1e9, 0))
					if err == nil || !strings.Contains(err.Error(), "050"+extension) || !strings.Contains(err.Error(), "changed while it was being read") {
						t.Errorf("got %v", err)
					}
				})
			})
		}
	}
}

// TestLongTextsAreReadyInTurn has more long texts than may be ready at once, all sound or one of them changed: none waits for a
// later one, at which synctest would end the test, and all are in the zip.
func TestLongTextsAreReadyInTurn(t *testing.T) {
	text := []byte(strings.Repeat("all work and no play ", 20_000))
	for _, changed := range []int{-1, 0, 3, 9} {
		synctest.Test(t, func(t *testing.T) {
			files := fstest.MapFS{"sound": {Data: text}, "changed": {Data: text[1:]}}
			var entries []archive.Entry
			for i := range 10 {
				from := "sound"
				if i == changed {
					from = "changed"
				}
				entries = append(entries, archive.Entry{
					Name: fmt.Sprintf("%d.txt", i), Size: int64(len(text)), CRC32: crc32.ChecksumIEEE(text),
					Open: func() (io.ReadCloser, error) { return files.Open(from) },
				})
			}
			var out bytes.Buffer
			err := archive.WriteZip(t.Context(), &out, entries, time.Unix(1e9, 0))
			if changed >= 0 {
				if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d.txt", changed)) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.File {
				if got, err := fs.ReadFile(r, f.Name); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
				}
			}
			if len(r.File) != 10 {
				t.Errorf("%d files", len(r.File))
			}
		})
	}
}
