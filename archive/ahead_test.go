package archive_test

import (
	"fmt"
	"hash/crc32"
	"io"
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
