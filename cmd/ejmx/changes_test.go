package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// TestASeasonGoesBy exports day after day while letters arrive, are replaced and withdrawn, and people come and go.
func TestASeasonGoesBy(t *testing.T) {
	t.Parallel()
	const days = 4
	made := season.Options{Applications: 12, Postings: 2, Days: days, DocumentBytes: 4_000}
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := season.Write(m, made); err != nil {
		t.Fatal(err)
	}
	snapshots, err := m.Snapshots()
	if err != nil || len(snapshots) != days+1 {
		t.Fatalf("%d snapshots, %v", len(snapshots), err)
	}
	s := serveMirror(t, m, replay.Options{Snapshot: snapshots[0].ID})
	u := newUser(t)
	u.signIn(s)
	seen := map[string]int{}
	for day := 0; ; day++ {
		if code := u.run("export", "--all", "--json", "--no-zip"); code != exitDone {
			t.Fatalf("day %d: exit %d\n%s\n%s", day, code, u.stdout.String(), u.stderr.String())
		}
		summary := u.exported()
		if !summary.Fetch.New {
			t.Errorf("day %d brought nothing new", day)
		}
		made, all := 0, 0
		for _, p := range summary.Postings {
			if p.Totals.Failed > 0 || p.Totals.Suspect > 0 {
				t.Errorf("day %d: %+v", day, p.Totals)
			}
			seen["withdrawn letters"] += p.Totals.Withdrawn
			made, all = made+p.Packets, all+p.Totals.Applications
		}
		if day > 0 && len(summary.Postings) == 2 && made*2 > all {
			t.Errorf("day %d made %d packets of %d although little had changed", day, made, all)
		}
		if day > 0 {
			u.tally(seen)
		}
		more, err := s.server.Advance()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
	}
	for _, what := range []string{"arrived", "replaced", "withdrawn"} {
		if seen[what] == 0 {
			t.Errorf("in %d days nothing was %s: %v", days, what, seen)
		}
	}
	if code := u.run("postings"); code != exitDone {
		t.Errorf("postings: exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("changes", "--since", "yesterday"); code != exitUsage {
		t.Errorf("changes since yesterday: exit %d", code)
	}
	if code := u.run("packets", "--all", "--since", snapshots[0].ID, "--json"); code != exitDone && !strings.Contains(u.stderr.String(), "none of its applications") {
		t.Errorf("packets: exit %d\n%s", code, u.stderr.String())
	}
}

// tally counts the kinds of changes that ejmx changes tells of.
func (u *user) tally(seen map[string]int) {
	u.t.Helper()
	if code := u.run("changes", "--json"); code != exitDone {
		u.t.Fatalf("changes: exit %d\n%s", code, u.stderr.String())
	}
	var told struct {
		Postings []postingChanges `json:"postings"`
	}
	if err := json.Unmarshal(u.stdout.Bytes(), &told); err != nil {
		u.t.Fatal(err)
	}
	for _, p := range told.Postings {
		for _, c := range p.Changes {
			seen[c.What]++
			if c.Name == "" || c.AppID == 0 {
				u.t.Errorf("a change of nobody: %+v", c)
			}
		}
	}
	if u.run("changes") != exitDone || !strings.Contains(u.stdout.String(), "posting ") {
		u.t.Errorf("changes printed %q", u.stdout.String())
	}
}

// TestEditionsKeepLettersOut exports every built-in edition and looks at what it tells of letters, and where it lies.
func TestEditionsKeepLettersOut(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 4, Postings: 1, DocumentBytes: 4_000}, replay.Options{})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("fetch", "--all"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	for _, name := range (dossier.Editions{}).Names() {
		edition, err := dossier.Editions{}.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if code := u.run("export", "--all", "--offline", "--edition", name, "--json"); code != exitDone {
			t.Fatalf("%s: exit %d\n%s", name, code, u.stderr.String())
		}
		folder := u.exported().Postings[0].Folder
		if suffix := filepath.Ext(folder); (name == dossier.DefaultEdition) != (suffix == "") || suffix != "" && suffix != "."+name {
			t.Errorf("%s lies in %s", name, folder)
		}
		report := readReport(t, folder)
		checkReport(t, folder, report, s.mirror)
		for _, a := range report.Applications {
			for _, d := range a.Documents {
				if d.Kind == "letter" && !edition.Letters {
					t.Errorf("%s tells of letter %s", name, d.ID)
				}
			}
		}
		if !edition.Letters && (report.Totals.Excluded == 0 || fmt.Sprint(report.Totals.NotSubmitted) != "0") {
			t.Errorf("%s counts %+v", name, report.Totals)
		}
	}
}

// TestSelectionTellsOfNobodyElse makes packets of one candidate on two days: the second workbook tells of no one else's news.
func TestSelectionTellsOfNobodyElse(t *testing.T) {
	t.Parallel()
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := season.Write(m, season.Options{Applications: 12, Postings: 1, Days: 2, DocumentBytes: 2_000}); err != nil {
		t.Fatal(err)
	}
	snapshots, err := m.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	s := serveMirror(t, m, replay.Options{Snapshot: snapshots[0].ID})
	u := newUser(t)
	u.signIn(s)
	must := func(args ...string) {
		t.Helper()
		if code := u.run(args...); code != exitDone {
			t.Fatalf("%s: exit %d\n%s", strings.Join(args, " "), code, u.stderr.String())
		}
	}
	must("export", "--all", "--no-zip")
	folders, err := filepath.Glob(filepath.Join(u.env["EJMX_SEASON"], "postings", "*", "report.json"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	chosen := readReport(t, filepath.Dir(folders[0])).Applications[0].AppID.String()
	must("packets", "--all", "--appid", chosen)
	if _, err := s.server.Advance(); err != nil {
		t.Fatal(err)
	}
	must("export", "--all", "--no-zip")
	must("packets", "--all", "--appid", chosen)
	others := map[string]int{}
	books, err := filepath.Glob(filepath.Join(u.env["EJMX_SEASON"], "postings", "*", "summary.xlsx"))
	if err != nil || len(books) != 2 {
		t.Fatal(books, err)
	}
	for _, path := range books {
		book, err := excelize.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("Changes")
		if err = errors.Join(err, book.Close()); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if len(row) > 1 && row[1] != chosen {
				others[filepath.Base(filepath.Dir(path))]++
			}
		}
	}
	for name, n := range others {
		if strings.HasSuffix(name, ".selection") {
			t.Errorf("%s tells of %d changes of others", name, n)
		}
	}
	if len(others) == 0 {
		t.Error("nobody else had any news")
	}
}
