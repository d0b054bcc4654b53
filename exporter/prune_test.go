package exporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
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
		if err := errors.Join(madeup.Write(s.Mirror, madeup.Options{Applications: 24, Days: 2, DocumentBytes: 1500}), s.Close()); err != nil {
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

func TestDisposeDeletesWhatIsDueAndNothingElse(t *testing.T) {
	p := newPrunable(t)
	before, inventory := p.files(), must(p.Mirror.Inventory())
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil {
		t.Fatal(err)
	}
	p.verifies()
	after := p.files()
	needed := inventory.Needed(map[ejm.ID]bool{p.a: true})
	var loose int
	for d := range inventory[p.a].Documents {
		has := p.Mirror.Has(d.Kind, d.BlobID)
		if has != needed[d] {
			t.Errorf("%s %s: it is there: %v", d.Kind, d.BlobID, has)
		}
		if !needed[d] {
			loose++
		}
	}
	for name, data := range before {
		stays := strings.HasPrefix(name, "postings/"+folderOf(p.b)) || strings.HasPrefix(name, "mirror/derived/exports/"+folderOf(p.b)) ||
			name == "mirror/derived/pdf/compiled"
		if got, there := after[name]; stays && (!there || got != data) {
			t.Errorf("%s is not as it was", name)
		}
	}
	for name := range after {
		if strings.HasPrefix(name, "postings/"+folderOf(p.a)) || strings.HasPrefix(name, "postings/season") ||
			strings.HasPrefix(name, "mirror/derived/databases") || strings.HasPrefix(name, "mirror/derived/exports/"+folderOf(p.a)) {
			t.Errorf("%s is still there", name)
		}
	}
	c := certified.Certificate
	if c.Totals.Documents != loose || c.Totals.Applications != len(inventory[p.a].Applications) || c.Shared != len(inventory[p.a].Documents)-loose || c.Shared == 0 {
		t.Errorf("%+v, shared %d; %d documents went", c.Totals, c.Shared, loose)
	}
	if len(c.SHA256) == 0 || c.Digest == "" || c.Postings[0].Keep != "2y" || c.By != "Jane Doe" || c.Account != "jdoe" {
		t.Errorf("certificate %+v", c)
	}
	again, err := NewSurvey(p.Season, rules(p.b), later, nil)
	if err != nil || len(again.Due) > 0 || !slices.Equal(again.Disposed, []ejm.ID{p.a}) {
		t.Errorf("due again: %v, disposed of: %v (%v)", again.Due, again.Disposed, err)
	}
	if !bytes.HasPrefix([]byte(after[certified.PDF]), []byte("%PDF-")) || after[certified.JSON] == "" {
		t.Error("the certificate's files are not there")
	}
}

func TestCertificateIsInTheRegister(t *testing.T) {
	p := newPrunable(t)
	people := []string{"Somebody", "packets/"}
	for a, err := range mirror.Records[ejm.Applicant](must(p.Mirror.Latest()), mirror.Applicants) {
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, a.Email)
	}
	if err := p.Mirror.AppendRun(mirror.Run{Tool: "ejmx test", Error: "the disk is full: letter of " + people[2]}); err != nil {
		t.Fatal(err)
	}
	if err := Note(p.Dir, archive.Line{Act: archive.Archived, Archive: "other.zip", Time: later}); err != nil {
		t.Fatal(err)
	}
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil {
		t.Fatal(err)
	}
	lines := must(Register(p.Dir))
	last := lines[len(lines)-1]
	files := p.files()
	if last.Act != archive.Disposed || last.SHA256 != checksumOf([]byte(files[certified.JSON])) || last.Previous != certified.Previous || certified.Previous == "" {
		t.Errorf("the register says %+v", last)
	}
	var details noted
	if err := json.Unmarshal(last.Details, &details); err != nil || details.PDF != checksumOf([]byte(files[certified.PDF])) {
		t.Errorf("details %s (%v)", last.Details, err)
	}
	for _, name := range []string{certified.JSON, certified.PDF, "archives/register.jsonl", "mirror/disposed.json", "mirror/log.jsonl"} {
		for _, person := range people {
			if strings.Contains(files[name], person) {
				t.Errorf("%s names %s", name, person)
			}
		}
	}
}

// stopped is what a sink panics with, as a program is killed.
type stopped struct{ at int }

// stopAt gives a sink that ends the run at its nth entry.
func stopAt(n int) ledger.Sink {
	seen := 0
	return func(ledger.Entry) {
		if seen++; seen > n {
			panic(stopped{n})
		}
	}
}

// TestDisposalStoppedAnywhereIsFinished ends a disposal at every step, and goes on.
func TestDisposalStoppedAnywhereIsFinished(t *testing.T) {
	whole := newPrunable(t)
	want, err := whole.disposed(rules(whole.b), whole.order())
	if err != nil {
		t.Fatal(err)
	}
	left := slices.Sorted(maps.Keys(whole.files()))
	steps := 0
	o := whole.order()
	counting := newPrunable(t)
	o.Sink = func(ledger.Entry) { steps++ }
	must(counting.disposed(rules(counting.b), o))
	for at := 0; at < steps; at += 1 + steps/7 {
		p := newPrunable(t)
		stopping := p.order()
		stopping.Sink = stopAt(at)
		func() {
			defer func() {
				if _, ok := recover().(stopped); !ok {
					t.Fatalf("step %d of %d did not stop it", at, steps)
				}
			}()
			p.disposed(rules(p.b), stopping)
		}()
		p.verifies()
		if survey := must(NewSurvey(p.Season, archive.Retention{}, later, nil)); survey.Begun == nil {
			t.Errorf("stopped at %d, nothing tells of it", at)
		}
		got, err := FinishDisposal(t.Context(), p.Season, p.order())
		if err != nil {
			t.Fatalf("stopped at %d: %v", at, err)
		}
		p.verifies()
		if got.Totals != want.Totals || got.Digest != want.Digest {
			t.Errorf("stopped at %d, the certificate says %+v, not %+v", at, got.Totals, want.Totals)
		}
		if now := slices.Sorted(maps.Keys(p.files())); !slices.Equal(now, left) {
			t.Errorf("stopped at %d, other files are left than otherwise: %d, not %d", at, len(now), len(left))
		}
		if again, err := FinishDisposal(t.Context(), p.Season, p.order()); again != nil || err != nil {
			t.Errorf("it is finished twice: %v %v", again, err)
		}
	}
}

func TestStoppedBetweenRegisterAndEnd(t *testing.T) {
	p := newPrunable(t)
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	certified, err := Dispose(t.Context(), p.Season, survey, p.order())
	if err != nil {
		t.Fatal(err)
	}
	dir := must(openArchives(p.Dir))
	defer dir.Close()
	if err := survey.plan.write(dir); err != nil { // as if the program had been killed before it took the plan away
		t.Fatal(err)
	}
	again, err := FinishDisposal(t.Context(), p.Season, p.order())
	if err != nil || again.Digest != certified.Digest {
		t.Errorf("%+v %v", again, err)
	}
	if lines := must(Register(p.Dir)); len(lines) != 1 {
		t.Errorf("the register tells of it %d times", len(lines))
	}
}

func TestWhatIsDue(t *testing.T) {
	p := newPrunable(t)
	year := must(archive.ParsePeriod("1y"))
	due := func(r archive.Retention, now time.Time) map[ejm.ID]Retained {
		all := map[ejm.ID]Retained{}
		for _, one := range must(Due(p.Season, r, now)) {
			all[one.PosID] = one
		}
		return all
	}
	closed := due(rules(), later)[p.a].Closed
	if closed.IsZero() {
		t.Fatal("the advertisement does not say when the posting closed")
	}
	dayBefore := twoYears.After(closed.Time).Add(-time.Second)
	for name, c := range map[string]struct {
		rules  archive.Retention
		now    time.Time
		due    bool
		reason string
	}{
		"the day before":         {rules(), dayBefore, false, ""},
		"on the day":             {rules(), dayBefore.Add(time.Second), true, ""},
		"no rule":                {archive.Retention{}, later, false, "no retention rule"},
		"a hold on everything":   {archive.Retention{Keep: twoYears, Hold: "audit"}, later, false, "on hold: audit"},
		"a hold on this":         {rules(p.a), later, false, "on hold: charge filed"},
		"a hold on the other":    {rules(p.b), later, true, ""},
		"a shorter rule":         {archive.Retention{Keep: twoYears, Postings: map[string]archive.PostingRule{p.a.String(): {Keep: year}}}, year.After(closed.Time), true, ""},
		"closed by ejmx.toml":    {archive.Retention{Keep: year, Postings: map[string]archive.PostingRule{p.a.String(): {Closed: archive.Day{Time: later}}}}, later, false, ""},
		"a rule of its own only": {archive.Retention{Postings: map[string]archive.PostingRule{p.a.String(): {Keep: year}}}, later, true, ""},
	} {
		if got := due(c.rules, c.now)[p.a]; got.IsDue != c.due || got.Reason != c.reason {
			t.Errorf("%s: due %v on %s, reason %q", name, got.IsDue, got.DueOn, got.Reason)
		}
	}
	if _, err := NewSurvey(p.Season, rules(p.a), later, []ejm.ID{p.a}); err == nil || !strings.Contains(err.Error(), "charge filed") {
		t.Errorf("a posting on hold was to be disposed of: %v", err)
	}
	if one := must(NewSurvey(p.Season, rules(), later, []ejm.ID{p.a})); !slices.Equal(one.Due, []ejm.ID{p.a}) {
		t.Errorf("asked for one, %v are due", one.Due)
	}
}

func TestUnknownCloseIsNeverDue(t *testing.T) {
	season := seasonOf(t) // without advertisements
	for _, one := range must(Due(season, archive.Retention{Keep: twoYears}, later)) {
		if one.IsDue || !strings.Contains(one.Reason, "not known") {
			t.Errorf("%s: due %v, %q", one.PosID, one.IsDue, one.Reason)
		}
	}
	day := archive.Day{Time: time.Date(2025, 1, 15, 0, 0, 0, 0, time.UTC)}
	named := archive.Retention{Keep: twoYears, Postings: map[string]archive.PostingRule{"9012": {Closed: day}}}
	if survey := must(NewSurvey(season, named, later, nil)); !slices.Equal(survey.Due, []ejm.ID{9012}) {
		t.Errorf("due: %v", survey.Due)
	}
}

func TestPeoplesFilesAreNotDeletedWithoutAWord(t *testing.T) {
	p := newPrunable(t)
	dir := "postings/" + folderOf(p.a)
	p.put(dir+"/minutes.docx", "we met")
	p.put(dir+"/.DS_Store", "")
	p.put(dir+"/documents/annotated (kept 2026-12-01).pdf", "theirs")
	of := must(p.Mirror.Inventory())[p.a]
	appid := slices.Sorted(maps.Keys(of.Applications))[0]
	p.put(fmt.Sprintf("%s/packets/Somebody %s.pdf", dir, appid), "packet with notes")
	p.put(fmt.Sprintf("%s/packets/Somebody %s (kept 2026-12-01).pdf", dir, appid), "older notes")
	before := p.files()
	_, err := p.disposed(rules(p.b), p.order())
	var others *OthersError
	want := []string{dir + "/documents/annotated (kept 2026-12-01).pdf", dir + "/minutes.docx"}
	if !errors.As(err, &others) || !slices.Equal(others.Files, want) {
		t.Fatalf("%v", err)
	}
	if !maps.Equal(before, p.files()) {
		t.Error("something was deleted all the same")
	}
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	if len(survey.Changed) != 2 {
		t.Errorf("changed by people: %v", survey.Changed)
	}
	o := p.order()
	o.IncludeOthers = true
	if _, err := p.disposed(rules(p.b), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, filepath.FromSlash(dir))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

func TestWhatRemainsIsFound(t *testing.T) {
	for name, remnant := range map[string]func(p *prunable) string{
		"a copy under another name": func(p *prunable) string {
			survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
			d := survey.plan.Documents[0]
			content := must(fs.ReadFile(p.Mirror.FS(), fmt.Sprintf("%s/%s/%s/content", d.Kind, d.BlobID.String()[:2], d.BlobID)))
			p.put("notes/good one.pdf", string(content))
			return "notes/good one.pdf"
		},
		"a file called by an application": func(p *prunable) string {
			for appid := range must(p.Mirror.Inventory())[p.a].Applications {
				name := fmt.Sprintf("talk of %s.pptx", appid)
				p.put(name, "slides")
				return name
			}
			return ""
		},
	} {
		p := newPrunable(t)
		left := remnant(p)
		_, err := p.disposed(rules(p.b), p.order())
		var remains *RemainsError
		if !errors.As(err, &remains) || len(remains.Found) != 1 || !strings.HasPrefix(remains.Found[0], left) {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(p.Dir, filepath.FromSlash(left))); err != nil {
			t.Fatal(err)
		}
		if certified, err := FinishDisposal(t.Context(), p.Season, p.order()); err != nil || certified == nil {
			t.Errorf("%s: once it was removed: %v", name, err)
		}
	}
}
