package exporter

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
)

func TestVerifyArchiveHoldsIndexAndReportsAgainstTheBytes(t *testing.T) {
	const vita, place = "%PDF-1.7 the vita", "postings/9012/documents/Lee 620310/1 Vita.pdf"
	line := func(path, sha1, sha256, record string) string {
		return fmt.Sprintf(`{"path":%q,"of":[],"document":{"kind":"file","blobid":77123,"size":17,"sha1":%q,"sha256":%q,"record":%s}}`+"\n",
			path, sha1, sha256, record)
	}
	short, long := fmt.Sprintf("%x", sha1.Sum([]byte(vita))), fmt.Sprintf("%x", sha256.Sum256([]byte(vita)))
	const report = `{"schema":1,"applications":[{"appid":620310,"packet":"packets/Lee.pdf","sha256":"00"}]}`
	for what, c := range map[string]struct {
		index, report string
		fault         archive.Fault // its detail is for people
		warning       archive.Fault
	}{
		"true": {index: line(place, short, long, `{"sha1_hash":"`+short+`"}`)},
		"another document": {
			index: line(place, short, short, "{}"),
			fault: archive.Fault{Kind: archive.Changed, Path: "data/" + place},
		},
		"another SHA-1": {
			index: line(place, long, long, "{}"),
			fault: archive.Fault{Kind: archive.Changed, Path: "data/" + place},
		},
		"no such file": {
			index: line("documents/x.pdf", short, long, "{}"),
			fault: archive.Fault{Kind: archive.Missing, Path: "data/documents/x.pdf"},
		},
		"no index": {
			index: "{",
			fault: archive.Fault{Kind: archive.Malformed, Path: "data/documents.jsonl"},
		},
		"EJM says otherwise": {
			index:   line(place, short, long, `{"sha1_hash":"`+long[:40]+`"}`),
			warning: archive.Fault{Kind: archive.Changed, Path: "data/" + place},
		},
		"another packet": {
			index: line(place, short, long, "{}"), report: report,
			warning: archive.Fault{Kind: archive.Changed, Path: "data/postings/9012/packets/Lee.pdf"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			payload := fstest.MapFS{place: {Data: []byte(vita)}, "documents.jsonl": {Data: []byte(c.index)}, "postings/9012/packets/Lee.pdf": {Data: []byte("a packet")}}
			if c.report != "" {
				payload["postings/9012/report.json"] = &fstest.MapFile{Data: []byte(c.report)}
			}
			name := filepath.Join(t.TempDir(), "a.zip")
			file, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := archive.Write(t.Context(), file, payload, archive.Info{
				Base: "bag", Made: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Tool: "ejmx test",
			}, ledger.Discard); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := VerifyArchive(t.Context(), name, archive.Options{}, ledger.Discard)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, "faults", got.Faults, c.fault)
			expect(t, "warnings", got.Warnings, c.warning)
		})
	}
}

// expect wants just the fault given, or none where it is the zero one.
func expect(t *testing.T, what string, got []archive.Fault, want archive.Fault) {
	t.Helper()
	matches := slices.ContainsFunc(got, func(f archive.Fault) bool { return f.Kind == want.Kind && f.Path == want.Path })
	if want.Kind == "" && len(got) > 0 || want.Kind != "" && (len(got) != 1 || !matches) {
		t.Errorf("%s %+v, want %+v", what, got, want)
	}
}
