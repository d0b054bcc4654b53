package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	madeup "github.com/ejmx/ejmx/season"
)

// The made-up season's postings close in December 2026; two years later both are due.
var (
	twoYears = must(archive.ParsePeriod("2y"))
	later    = time.Date(2029, 6, 1, 12, 0, 0, 0, time.UTC)
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// prunable is a season of two postings with people who applied to both, an export of each, a database and archives.
type prunable struct {
	*Season
	t    *testing.T
	a, b ejm.ID
}

var madeUpOnce = map[string]string{}

// newPrunable copies a made-up season, which takes time to make.
func newPrunable(t *testing.T) *prunable {
	t.Helper()
	if madeUpOnce["dir"] == "" {
		dir := must(os.MkdirTemp("", "prunable"))
		s := must(CreateSeason(dir))
		if err := errors.Join(madeup.Write(s.Mirror, madeup.Options{Seed: 3, Applications: 8, Days: 2, DocumentBytes: 1500}), s.Close()); err != nil {
			t.Fatal(err)
		}
		madeUpOnce["dir"] = dir
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(madeUpOnce["dir"])); err != nil {
		t.Fatal(err)
	}
	p := &prunable{Season: must(OpenSeason(dir)), t: t}
	t.Cleanup(func() { p.Close() })
	latest := must(p.Mirror.Latest())
	ids := slices.Sorted(maps.Keys(latest.Postings))
	p.a, p.b = ids[0], ids[1]
	for _, id := range ids {
		p.export(id)
	}
	p.put("postings/season.sqlite", "rows")
	p.put("mirror/derived/pdf/compiled", "code")
	p.put("mirror/derived/databases/left", "rows")
	return p
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := madeUpOnce["dir"]; dir != "" {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func (p *prunable) put(name, text string) {
	p.t.Helper()
	full := filepath.Join(p.Dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o700), os.WriteFile(full, []byte(text), 0o600)); err != nil {
		p.t.Fatal(err)
	}
}

// export makes what an export leaves: its folder with every original, its zip, what is remembered of it, and texts.
func (p *prunable) export(id ejm.ID) {
	p.t.Helper()
	dir := "postings/" + folderOf(id)
	made := memory{Folder: must(filepath.Abs(filepath.Join(p.Dir, filepath.FromSlash(dir)))), Files: map[string]Written{}}
	put := func(name, text string) {
		p.put(dir+"/"+name, text)
		info := must(os.Stat(filepath.Join(p.Dir, filepath.FromSlash(dir+"/"+name))))
		made.Files[name] = Written{Size: info.Size(), Modified: info.ModTime().UnixNano()}
	}
	of := must(p.Mirror.Inventory())[id]
	for d := range of.Documents {
		blob := must(p.Mirror.Document(d.Kind, d.BlobID))
		content := must(fs.ReadFile(p.Mirror.FS(), fmt.Sprintf("%s/%s/%s/content", d.Kind, d.BlobID.String()[:2], d.BlobID)))
		put(fmt.Sprintf("documents/%s %s.pdf", d.Kind, d.BlobID), string(content))
		p.put("mirror/derived/text/"+blob.SHA256+".v1.txt", "words")
	}
	for appid := range of.Applications {
		put(fmt.Sprintf("packets/Somebody %s.pdf", appid), "packet")
	}
	put("report.json", `{"schema":1}`)
	p.put(dir+".zip", "zip of "+id.String())
	data := must(json.Marshal(made))
	p.put("mirror/derived/exports/"+folderOf(id)+"-0a1b2c3d.json", string(data))
}

func folderOf(id ejm.ID) string { return id.String() + "-professor" }

func (p *prunable) order() Order {
	return Order{By: "Jane Doe", Account: "jdoe", Tool: "ejmx test", Now: func() time.Time { return later }, Sink: ledger.Discard}
}

// rules keep everything two years but hold the postings given.
func rules(held ...ejm.ID) archive.Retention {
	r := archive.Retention{Keep: twoYears, Postings: map[string]archive.PostingRule{}}
	for _, id := range held {
		r.Postings[id.String()] = archive.PostingRule{Hold: "charge filed"}
	}
	return r
}

// disposed disposes of what is due by the rules.
func (p *prunable) disposed(r archive.Retention, o Order) (*Certified, error) {
	survey, err := NewSurvey(p.Season, r, later, nil)
	if err != nil {
		return nil, err
	}
	return Dispose(p.t.Context(), p.Season, survey, o)
}

// files gives the names of all files in the season, and for what is in some folder the bytes.
func (p *prunable) files() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(p.Dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all[name] = string(must(os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))))
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func (p *prunable) verifies() {
	p.t.Helper()
	v, err := p.Mirror.Verify(p.t.Context(), ledger.Discard)
	if err != nil || len(v.Faults) > 0 {
		p.t.Fatalf("%v %v", v.Faults, err)
	}
}
