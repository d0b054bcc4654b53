package exporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/workbook"
)

// twice is somebody who applied to both postings of a season, and one who did not.
func twice(t *testing.T, s *Season) (both, one ejm.ID) {
	t.Helper()
	counts := map[ejm.ID]int{}
	for a, err := range mirror.Records[ejm.Application](must(s.Mirror.Latest()), mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		counts[a.AID]++
	}
	for aid, n := range counts {
		if n > 1 {
			both = aid
		} else {
			one = aid
		}
	}
	if both == 0 || one == 0 {
		t.Fatal("nobody applied twice")
	}
	return both, one
}

func TestPersonHasEveryVersionAndNothingOfOthers(t *testing.T) {
	p := newPrunable(t)
	aid, _ := twice(t, p.Season)
	person := must(HeldOn(p.Season, aid))
	want := map[mirror.Reference]bool{}
	for _, s := range must(p.Mirror.Snapshots()) {
		for a, err := range mirror.Records[ejm.Application](s, mirror.Applications) {
			if err != nil {
				t.Fatal(err)
			}
			if a.AID != aid {
				continue
			}
			for _, f := range a.Files {
				want[mirror.Reference{Kind: ejm.KindFile, BlobID: f.BlobID}] = f.BlobID != 0
			}
			for _, r := range a.Recommendations {
				want[mirror.Reference{Kind: ejm.KindLetter, BlobID: r.BlobID}] = r.BlobID != 0
			}
		}
	}
	maps.DeleteFunc(want, func(_ mirror.Reference, has bool) bool { return !has })
	if len(person.Applications) != 2 || len(person.Documents)+len(person.Letters) != len(want) {
		t.Errorf("%d applications, %d documents and %d letters; the records have %d", len(person.Applications), len(person.Documents), len(person.Letters), len(want))
	}
	dir := p.PersonFolder(aid)
	if err := WritePerson(p.Season, person, dir, "ejmx test"); err != nil {
		t.Fatal(err)
	}
	for _, d := range slices.Concat(person.Documents, person.Letters) {
		if sum, _, err := fileDigest(os.DirFS(dir), d.Path); err != nil || sum != d.SHA256 || d.Problem != "" {
			t.Errorf("%s: %s %v", d.Path, d.Problem, err)
		}
	}
	for name, data := range filesBelow(t, dir) {
		for a, err := range mirror.Records[ejm.Applicant](must(p.Mirror.Latest()), mirror.Applicants) {
			if err != nil {
				t.Fatal(err)
			}
			if a.AID != aid && strings.Contains(data, a.Email) {
				t.Errorf("%s tells of %s", name, a.Email)
			}
		}
	}
}

func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info := must(entry.Info())
		if info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		if !entry.IsDir() {
			all[name] = string(must(os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestConfidentialIsApart looks for what is confidential in everything that is not in its folder.
func TestConfidentialIsApart(t *testing.T) {
	season := seasonOf(t) // an applicant with a CV and a letter
	root := must(os.OpenRoot(season.Dir))
	defer root.Close()
	person := must(HeldOn(season, 5))
	person.Opinions = append(person.Opinions, PersonOpinion{"postings/x/summary.xlsx", "Reviewer Quaver", "2", "Do not <b>invite</b>"})
	dir := season.PersonFolder(5)
	if err := WritePerson(season, person, dir, "ejmx test"); err != nil {
		t.Fatal(err)
	}
	found := 0
	for name, data := range filesBelow(t, dir) {
		confidential := strings.HasPrefix(name, confidentialFolder+"/")
		for _, secret := range []string{"%PDF-1.4 78", "Quaver", "invite"} {
			has := strings.Contains(data, secret)
			if has && !confidential {
				t.Errorf("%s has %q", name, secret)
			}
			if has {
				found++
			}
		}
		if strings.HasSuffix(name, ".html") && (strings.Contains(data, "<b>") || !strings.Contains(data, "default-src &#39;none&#39;") && !strings.Contains(data, "default-src 'none'")) {
			t.Errorf("%s lets markup through, or has no policy", name)
		}
	}
	if found < 3 {
		t.Errorf("the confidential folder has %d of 3 things", found)
	}
}

func TestPersonIsFoundByAnyAddress(t *testing.T) {
	p := newPrunable(t)
	aid, _ := twice(t, p.Season)
	person := must(HeldOn(p.Season, aid))
	if got, err := FindPerson(p.Season, " "+strings.ToUpper(person.Emails[0])); err != nil || got != aid {
		t.Errorf("%v %v", got, err)
	}
	var nobody *UnknownPersonError
	if _, err := FindPerson(p.Season, "nobody@example.org"); !errors.As(err, &nobody) {
		t.Errorf("%v", err)
	}
	if _, err := HeldOn(p.Season, 1); !errors.As(err, &nobody) {
		t.Errorf("%v", err)
	}
	w := must(p.Mirror.NewSnapshot(mirror.SnapshotInfo{Taken: later}))
	for _, other := range []string{`{"aid": 1, "fname": "A", "email": "both@example.org"}`, `{"aid": 2, "fname": "B", "email": "Both@example.org"}`} {
		if err := w.Add(mirror.Applicants, json.RawMessage(other)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	var several *SeveralPersonsError
	if _, err := FindPerson(p.Season, "both@example.org"); !errors.As(err, &several) || !strings.Contains(several.Hint(), "1  A\n  2  B") {
		t.Errorf("%v", err)
	}
}

func TestPersonReplacesOnlyTheirOwnFolder(t *testing.T) {
	season := seasonOf(t)
	person := must(HeldOn(season, 5))
	dir := filepath.Join(t.TempDir(), "request")
	for range 2 { // an earlier one is replaced
		if err := WritePerson(season, person, dir, "ejmx test"); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"nothing of ours": "", "another person's": `{"schema":1,"aid":6}`} {
		foreign := filepath.Join(t.TempDir(), "folder")
		if err := errors.Join(os.Mkdir(foreign, 0o700), os.WriteFile(filepath.Join(foreign, contentsName), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		var refused *ForeignFolderError
		if err := WritePerson(season, person, foreign, "ejmx test"); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
		if left := must(os.ReadDir(filepath.Dir(foreign))); len(left) != 1 {
			t.Errorf("%s: %d things lie beside it", name, len(left)-1)
		}
	}
}

func TestPersonIsToldWhatReviewersTyped(t *testing.T) {
	season := seasonOf(t)
	dir := filepath.Join(season.Dir, "postings", "9012-professor")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	posting, err := gated(season, must(season.Mirror.Latest()), 9012, databaseOptions(t, season, "committee").Edition, "ejmx test")
	if err != nil {
		t.Fatal(err)
	}
	report := must(json.Marshal(newReport(posting)))
	if err := errors.Join(os.WriteFile(filepath.Join(dir, reportName), report, 0o600), typedWorkbook(filepath.Join(dir, workbookName), posting)); err != nil {
		t.Fatal(err)
	}
	if err := Note(season.Dir, archive.Line{Act: archive.Copied, Archive: "9012-x-20261124T090000Z.zip", Postings: []string{"9012"}, Place: "s3://records/econ", Time: later}); err != nil {
		t.Fatal(err)
	}
	person := must(HeldOn(season, 5))
	if len(person.Opinions) != 1 || person.Opinions[0].Rating != "3" || !strings.Contains(person.Opinions[0].Notes, "a strong paper") {
		t.Errorf("opinions %+v", person.Opinions)
	}
	for _, what := range []string{"site", "workbook", "copy of an archive"} {
		if !slices.ContainsFunc(person.Appears, func(a Appearance) bool { return a.What == what }) {
			t.Errorf("no %s in %+v", what, person.Appears)
		}
	}
}

func TestLostAndDamagedDocumentsAreSaid(t *testing.T) {
	season := seasonOf(t)
	content := filepath.Join(season.Mirror.Dir(), "file", "77", "77", "content")
	if err := os.WriteFile(content, []byte("%PDF-1.4 00"), 0o600); err != nil {
		t.Fatal(err)
	}
	person := must(HeldOn(season, 5))
	dir := season.PersonFolder(5)
	if err := WritePerson(season, person, dir, "ejmx test"); err != nil {
		t.Fatal(err)
	}
	if problems := person.Problems(); len(problems) != 1 || !strings.Contains(problems[0], "damaged") {
		t.Errorf("problems %v", problems)
	}
	page := must(os.ReadFile(filepath.Join(dir, "index.html")))
	if !bytes.Contains(page, []byte("damaged")) {
		t.Error("the page does not say so")
	}
}

// TestPersonsFolderGoesWithTheirPosting disposes of a posting of somebody for whom a folder was made.
func TestPersonsFolderGoesWithTheirPosting(t *testing.T) {
	p := newPrunable(t)
	both, _ := twice(t, p.Season)
	if err := WritePerson(p.Season, must(HeldOn(p.Season, both)), p.PersonFolder(both), "ejmx test"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.disposed(rules(p.b), p.order()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.PersonFolder(both)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
	if again := must(HeldOn(p.Season, both)); len(again.Applications) != 1 || again.Applications[0].PosID != p.b {
		t.Errorf("held on the person: %+v", again.Applications)
	}
}

// typedWorkbook writes a posting's workbook into which a reviewer has typed.
func typedWorkbook(name string, posting *dossier.Posting) error {
	var out bytes.Buffer
	if err := workbook.Write(&out, posting, workbook.Options{}); err != nil {
		return err
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		return err
	}
	rows, err := book.GetRows("Candidates")
	if err != nil {
		return err
	}
	for at, row := range rows {
		for column, header := range row {
			if value := map[string]any{"Rating": 3, "Notes": "a strong paper"}[header]; value != nil {
				cell, err := excelize.CoordinatesToCellName(column+1, at+2)
				if err != nil {
					return err
				}
				if err := book.SetCellValue("Candidates", cell, value); err != nil {
					return err
				}
			}
		}
	}
	return errors.Join(book.SaveAs(name), book.Close())
}
