package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// reader is a person who works in an export's folder.
type reader struct {
	*user
	folder string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	u := newUser(t)
	u.signIn(serve(t, season.Options{Applications: 3, Postings: 1}, replay.Options{}))
	d := &reader{user: u}
	d.export("--text", "none")
	d.folder = u.exported().Postings[0].Folder
	return d
}

// export exports and gives the names of what lies beside what could not be replaced.
func (d *reader) export(flags ...string) []string {
	d.t.Helper()
	args := append([]string{"export", "--all", "--json"}, flags...)
	if code := d.run(args...); code != exitDone {
		d.t.Fatalf("%q: exit %d\n%s", args, code, d.stderr.String())
	}
	return d.exported().Postings[0].Beside
}

func (d *reader) again() []string { d.t.Helper(); return d.export("--offline", "--text", "none") }

// rate types a rating for the first candidate and saves.
func (d *reader) rate(workbook, rating string) {
	d.t.Helper()
	path := filepath.Join(d.folder, workbook)
	file, err := excelize.OpenFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	if err := file.SetCellStr("Candidates", d.ratingOf(file), rating); err != nil {
		d.t.Fatal(err)
	}
	if err := file.Save(); err != nil {
		d.t.Fatal(err)
	}
}

// ratingOf is the cell of the first candidate's rating.
func (d *reader) ratingOf(file *excelize.File) string {
	d.t.Helper()
	rows, err := file.GetRows("Candidates")
	if err != nil {
		d.t.Fatal(err)
	}
	cell, err := excelize.CoordinatesToCellName(slices.Index(rows[0], "Rating")+1, 2)
	if err != nil {
		d.t.Fatal(err)
	}
	return cell
}

// rated gives the first candidate's rating and the comment on it.
func (d *reader) rated(workbook string) (rating, comment string) {
	d.t.Helper()
	file, err := excelize.OpenFile(filepath.Join(d.folder, workbook))
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	cell := d.ratingOf(file)
	if rating, err = file.GetCellValue("Candidates", cell); err != nil {
		d.t.Fatal(err)
	}
	comments, err := file.GetComments("Candidates")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range comments {
		if c.Cell == cell {
			comment = c.Paragraph[0].Text
		}
	}
	return rating, comment
}

func (d *reader) expect(workbook, rating string) {
	d.t.Helper()
	if got, comment := d.rated(workbook); got != rating || comment != "" {
		d.t.Errorf("%s has the rating %q with the comment %q, want %q", workbook, got, comment, rating)
	}
}

func (d *reader) put(name, words string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.folder, name), []byte(words), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *reader) takeAway(name string) {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.folder, name)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *reader) has(name string) bool {
	_, err := os.Lstat(filepath.Join(d.folder, name))
	return err == nil
}

const (
	book    = "summary.xlsx"
	newBook = "summary (new).xlsx"
)

// While somebody has the workbook open, the new one lies beside it; then what they typed meanwhile is taken over.
func TestWorkbookThatIsOpen(t *testing.T) {
	t.Parallel()
	d := newReader(t)
	for _, owner := range []string{"~$" + book, ".~lock." + book + "#"} {
		d.rate(book, "4")
		d.put(owner, "Ada")
		before, err := os.ReadFile(filepath.Join(d.folder, book))
		if err != nil {
			t.Fatal(err)
		}
		if beside := d.again(); !slices.Contains(beside, newBook) || !strings.Contains(d.stderr.String(), owner) {
			t.Errorf("beside lie %q\n%s", beside, d.stderr.String())
		}
		if after, err := os.ReadFile(filepath.Join(d.folder, book)); err != nil || string(after) != string(before) {
			t.Errorf("the open workbook was touched (%v)", err)
		}
		d.expect(newBook, "4")
		d.rate(book, "5")
		d.takeAway(owner)
		if beside := d.again(); len(beside) > 0 {
			t.Errorf("beside lie %q", beside)
		}
		d.expect(book, "5")
		if d.has(newBook) {
			t.Errorf("%s is still there", newBook)
		}
	}
}

// People may type into the one, into the other, or into both.
func TestWorkbookBesideOpenOne(t *testing.T) {
	t.Parallel()
	d := newReader(t)
	d.rate(book, "4")
	d.put("~$"+book, "Ada")
	d.again()
	d.rate(newBook, "3")
	d.again()
	d.expect(newBook, "3")
	d.rate(book, "5")
	d.rate(newBook, "2")
	d.takeAway("~$" + book)
	d.again()
	if rating, comment := d.rated(book); rating != "2" || comment != "5" {
		t.Errorf("the rating is %q with the comment %q", rating, comment)
	}
	if kept, err := filepath.Glob(filepath.Join(d.folder, "summary (new) (kept *.xlsx")); err != nil || len(kept) == 0 {
		t.Errorf("the workbook that was typed into is not kept (%v)", err)
	}
}

// A workbook that cannot be read may hold what people typed all the same, so it stays; the one beside it is used until it
// can be read again.
func TestWorkbookThatCannotBeRead(t *testing.T) {
	t.Parallel()
	d := newReader(t)
	d.rate(book, "4")
	whole, err := os.ReadFile(filepath.Join(d.folder, book))
	if err != nil {
		t.Fatal(err)
	}
	d.put(book, string(whole[:len(whole)/2]))
	if beside := d.again(); !slices.Contains(beside, newBook) || !strings.Contains(d.stderr.String(), "cannot be read") {
		t.Errorf("beside lie %q\n%s", beside, d.stderr.String())
	}
	d.expect(newBook, "")
	d.rate(newBook, "3")
	d.again()
	d.expect(newBook, "3")
	d.put(book, string(whole))
	d.again()
	if rating, comment := d.rated(book); rating != "3" || comment != "4" {
		t.Errorf("the rating is %q with the comment %q", rating, comment)
	}
	d.again()
	if rating, comment := d.rated(book); rating != "3" || comment != "4" {
		t.Errorf("once more, the rating is %q with the comment %q", rating, comment)
	}
}

// What an earlier export made beside packets is brought up to date by ejmx packets, or taken away; nothing stays as it was.
func TestPacketsKeepOthers(t *testing.T) {
	t.Parallel()
	d := newReader(t)
	d.export("--offline", "--text", "none", "--csv", "--sqlite", "--edition", "dean")
	folder := d.exported().Postings[0].Folder
	others := []string{folder + ".zip", filepath.Join(folder, "csv", "Candidates.csv"), d.exported().Database}
	before := map[string]string{}
	for _, name := range others {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = string(data)
	}
	editions := filepath.Join(d.home, "season", "editions")
	if err := os.MkdirAll(editions, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(editions, "dean.toml"), []byte("title = \"Dean\"\ndocuments = []\napplicant = []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := d.run("packets", "--all", "--edition", "dean", "--json"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, d.stderr.String())
	}
	for _, name := range others {
		if data, err := os.ReadFile(name); err != nil || string(data) == before[name] {
			t.Errorf("%s is as it was (%v)", filepath.Base(name), err)
		}
	}
	if err := os.WriteFile(filepath.Join(editions, "dean.toml"), []byte("title = \"Dean\"\ndocuments = [\"cv\"]\napplicant = []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.export("--offline", "--text", "none", "--no-zip", "--edition", "dean")
	if _, err := os.Stat(folder + ".zip"); err == nil {
		t.Error("an old zip is left beside an export without one")
	}
}
