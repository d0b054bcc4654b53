package exporter

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// archived puts an archive of some postings into the season, as its register has it.
func (p *prunable) archived(name string, told bool, postings ...ejm.ID) {
	p.t.Helper()
	var ids []string
	for _, id := range postings {
		ids = append(ids, id.String())
	}
	var out bytes.Buffer
	payload := fstest.MapFS{"records/x.jsonl": {Data: []byte("{}\n")}}
	info := archive.Info{Base: "bag", Identifier: strings.Join(ids, ", "), Made: later, Tool: "ejmx test"}
	if _, err := archive.Write(p.t.Context(), &out, payload, info, ledger.Discard); err != nil {
		p.t.Fatal(err)
	}
	data := out.String()
	if strings.HasSuffix(name, ".age") {
		data = "age-encryption.org/v1\nsealed"
	}
	p.put("archives/"+name, data)
	line := archive.Line{Act: archive.Archived, Archive: name, Time: later}
	if told {
		line.Postings = ids
	}
	if err := Note(p.Dir, line); err != nil {
		p.t.Fatal(err)
	}
}

func TestWhichArchivesGo(t *testing.T) {
	p := newPrunable(t)
	p.archived("first.zip", false, p.a)
	p.archived("other.zip", true, p.b)
	p.archived("season-20261124T090000Z.zip", true, p.a, p.b)
	p.archived("season-20261124T090000Z.zip.age", true, p.a)
	p.archived("unknown.zip.age", false)
	p.archived(p.a.String()+"-professor-20261124T090000Z.zip.age", false)
	p.archived("with-a-stranger.zip", true, p.a, 4711)
	p.archived("moved.zip", true, p.a)
	if err := os.Remove(filepath.Join(p.Dir, "archives", "moved.zip")); err != nil {
		t.Fatal(err)
	}
	for _, line := range []archive.Line{
		{Act: archive.Copied, Archive: "first.zip", Place: "s3://records/econ", Time: later},
		{Act: archive.Copied, Archive: "season-20261124T090000Z.zip.age", Place: "s3://records/econ", Time: later},
		{Act: archive.Copied, Archive: "season-20261124T090000Z.zip.age", Place: "s3://records/econ", Time: later},
		{Act: archive.Copied, Archive: "other.zip", Place: "s3://records/econ", Time: later},
	} {
		if err := Note(p.Dir, line); err != nil {
			t.Fatal(err)
		}
	}
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	slices.Sort(survey.Archives)
	want := []string{
		"archives/" + p.a.String() + "-professor-20261124T090000Z.zip.age", "archives/first.zip", "archives/season-20261124T090000Z.zip.age",
	}
	if !slices.Equal(survey.Archives, want) {
		t.Errorf("to go: %v", survey.Archives)
	}
	remaining := map[string]string{}
	for _, r := range survey.Remaining {
		remaining[r.Name+" in "+r.Place] += r.Why
	}
	for at, why := range map[string]string{
		"season-20261124T090000Z.zip in archives":              "it also holds posting " + p.b.String() + " (on hold: charge filed)",
		"unknown.zip.age in archives":                          "it may hold them",
		"with-a-stranger.zip in archives":                      "posting 4711, of which the season knows nothing",
		"moved.zip in unknown":                                 "moved or deleted by hand",
		"first.zip in s3://records/econ":                       "copied there on ",
		"season-20261124T090000Z.zip.age in s3://records/econ": "copied there on ",
	} {
		if !strings.Contains(remaining[at], why) {
			t.Errorf("%s: %q", at, remaining[at])
		}
		delete(remaining, at)
	}
	if len(remaining) > 0 {
		t.Errorf("remains too: %v", remaining)
	}
	certified, err := Dispose(t.Context(), p.Season, survey, p.order())
	if err != nil {
		t.Fatal(err)
	}
	if certified.Totals.Archives != 3 || len(certified.Remaining) != 6 {
		t.Errorf("certificate: %d archives, %d copies", certified.Totals.Archives, len(certified.Remaining))
	}
	files := p.files()
	for _, name := range want {
		if _, there := files[name]; there {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range []string{"other.zip", "season-20261124T090000Z.zip", "unknown.zip.age", "with-a-stranger.zip"} {
		if _, there := files["archives/"+name]; !there {
			t.Errorf("%s is gone", name)
		}
	}

	// Once the rest is due too, the archive of both goes, and what is gone already is named no more.
	last := must(NewSurvey(p.Season, rules(), later, nil))
	if !slices.Contains(last.Archives, "archives/season-20261124T090000Z.zip") || !slices.Contains(last.Archives, "archives/other.zip") {
		t.Errorf("in the end these go: %v", last.Archives)
	}
	for _, r := range last.Remaining {
		if r.Name == "first.zip" {
			t.Errorf("named again: %+v", r)
		}
	}
}

// TestSeasonThatWasMoved still knows its own files from people's.
func TestSeasonThatWasMoved(t *testing.T) {
	p := newPrunable(t)
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(p.Dir, moved); err != nil {
		t.Fatal(err)
	}
	season := must(OpenSeason(moved))
	defer season.Close()
	survey := must(NewSurvey(season, rules(p.b), later, nil))
	if len(survey.Others) > 0 || len(survey.Changed) > 0 || len(survey.Remaining) > 0 {
		t.Errorf("others %v, changed %v, remaining %v", survey.Others, survey.Changed, survey.Remaining)
	}
}

func TestExportsElsewhereAreNamed(t *testing.T) {
	p := newPrunable(t)
	elsewhere := filepath.Join(t.TempDir(), folderOf(p.a))
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(p.Dir, "committee", folderOf(p.a))
	p.put("committee/"+folderOf(p.a)+"/report.json", "{}")
	p.put("committee/"+folderOf(p.a)+".zip", "zip")
	for i, folder := range []string{elsewhere, inside, filepath.Join(t.TempDir(), "gone", folderOf(p.a))} {
		made := memory{Folder: folder, Files: map[string]Written{reportName: {Size: -1}}}
		root := must(p.Mirror.Derived(exportsMemory))
		if err := made.remember(root, folderOf(p.a)+"-"+string(rune('x'+i))); err != nil {
			t.Fatal(err)
		}
		root.Close()
	}
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil {
		t.Fatal(err)
	}
	if len(certified.Remaining) != 1 || certified.Remaining[0].Name != folderOf(p.a) || certified.Remaining[0].Place != filepath.Dir(elsewhere) {
		t.Errorf("remaining %+v", certified.Remaining)
	}
	if _, err := os.Stat(elsewhere); err != nil {
		t.Errorf("outside the season: %v", err)
	}
	for name := range p.files() {
		if strings.HasPrefix(name, "committee/") {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestDamagedDocumentGoesToo(t *testing.T) {
	p := newPrunable(t)
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	d := survey.plan.Documents[0]
	p.put("mirror/"+string(d.Kind)+"/"+d.BlobID.String()[:2]+"/"+d.BlobID.String()+"/record.json", "{ cut off")
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil || certified.Totals.Documents != survey.Documents {
		t.Fatalf("%+v %v", certified, err)
	}
	if p.Mirror.Has(d.Kind, d.BlobID) {
		t.Error("it is still there")
	}
}
