package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// sound makes a mirror with one document and one snapshot that refers to it.
func sound(t *testing.T) *Mirror {
	t.Helper()
	m, err := Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	d, err := m.NewDocument(ejm.KindFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("a curriculum vitae")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Commit(77123, json.RawMessage(`{"blobid":77123}`)); err != nil {
		t.Fatal(err)
	}
	w, err := m.NewSnapshot(SnapshotInfo{Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), API: "https://example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(Documents, json.RawMessage(`{"kind":"file","appid":1,"posid":9,"id":2,"blobid":77123,"state":"held","since":""}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVerifyNamesEveryFault(t *testing.T) {
	const content, list = "file/77/77123/content", "snapshots/20261124T090000Z/documents.jsonl.zst"
	write := func(name, text string) func(m *Mirror) error {
		return func(m *Mirror) error { return m.root.WriteFile(name, []byte(text), fileMode) }
	}
	remove := func(name string) func(m *Mirror) error {
		return func(m *Mirror) error { return m.root.RemoveAll(name) }
	}
	for name, c := range map[string]struct {
		harm func(m *Mirror) error
		want Fault // its detail is for people
	}{
		"a byte changed":      {write(content, "a curriculum vitaf"), Fault{Path: content, Kind: FaultChanged}},
		"cut short":           {write(content, "a curr"), Fault{Path: content, Kind: FaultChanged}},
		"content lost":        {remove(content), Fault{Path: content, Kind: FaultMissing}},
		"document lost":       {remove("file/77/77123"), Fault{Path: "file/77/77123", Kind: FaultMissing}},
		"record damaged":      {write("file/77/77123/record.json", "{"), Fault{Path: "file/77/77123/record.json", Kind: FaultMalformed}},
		"a stray file":        {write("file/77/notes", ""), Fault{Path: "file/77/notes", Kind: FaultExtra}},
		"a stray beside":      {write("file/77/77123/notes", ""), Fault{Path: "file/77/77123/notes", Kind: FaultExtra}},
		"list lost":           {remove(list), Fault{Path: list, Kind: FaultMissing}},
		"list damaged":        {write(list, "no zstd"), Fault{Path: list, Kind: FaultUnread}},
		"manifest lost":       {remove("snapshots/20261124T090000Z/manifest.json"), Fault{Path: "snapshots/20261124T090000Z/manifest.json", Kind: FaultMissing}},
		"a stray in snapshot": {write("snapshots/20261124T090000Z/x.jsonl.zst", ""), Fault{Path: "snapshots/20261124T090000Z/x.jsonl.zst", Kind: FaultExtra}},
	} {
		t.Run(name, func(t *testing.T) {
			m := sound(t)
			if v, err := m.Verify(t.Context(), ledger.Discard); err != nil || len(v.Faults) > 0 || v.Documents != 1 || v.Snapshots != 1 {
				t.Fatalf("a sound mirror: %+v, %v", v, err)
			}
			if err := c.harm(m); err != nil {
				t.Fatal(err)
			}
			v, err := m.Verify(t.Context(), ledger.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(v.Faults, func(f Fault) bool { return f.Path == c.want.Path && f.Kind == c.want.Kind && f.Detail != "" }) {
				t.Errorf("found %+v, want %+v", v.Faults, c.want)
			}
		})
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	m := sound(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Verify(ctx, ledger.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("verified although interrupted: %v", err)
	}
}
