package workbook

import (
	"bytes"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
)

// person edits a workbook the way a person does in a spreadsheet program.
type person struct {
	t    *testing.T
	file *excelize.File
}

func edit(t *testing.T, data []byte) *person { return &person{t, open(t, data)} }

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// at finds the cell under a header in the row whose application is appid.
func (p *person) at(sheet, header string, appid ejm.ID) string {
	p.t.Helper()
	rows, err := p.file.GetRows(sheet, excelize.Options{RawCellValue: true})
	p.must(err)
	column, key := slices.Index(rows[0], header), slices.Index(rows[0], headerApplication)
	if column < 0 {
		p.t.Fatalf("sheet %s has no column %q but %q", sheet, header, rows[0])
	}
	for y, row := range rows {
		if len(row) > key && row[key] == appid.String() {
			return place(column, y)
		}
	}
	p.t.Fatalf("sheet %s has no application %s", sheet, appid)
	return ""
}

func (p *person) style(s *excelize.Style) int {
	id, err := p.file.NewStyle(s)
	p.must(err)
	return id
}

func (p *person) save() []byte {
	var out bytes.Buffer
	p.must(p.file.Write(&out))
	return out.Bytes()
}

func (p *person) value(sheet, header string, appid ejm.ID, raw bool) string {
	p.t.Helper()
	value, err := p.file.GetCellValue(sheet, p.at(sheet, header, appid), excelize.Options{RawCellValue: raw})
	p.must(err)
	return value
}

// addColumn gives the sheet Candidates another column.
func (p *person) addColumn(header string) {
	rows, err := p.file.GetRows("Candidates")
	p.must(err)
	p.must(p.file.SetCellStr("Candidates", place(len(rows[0]), 0), header))
}

const gone, kept, colleague ejm.ID = 620012, 620003, 620020

// typeAway types one of everything.
func typeAway(t *testing.T, data []byte) []byte {
	p := edit(t, data)
	f := p.file
	p.must(f.SetCellValue("Candidates", p.at("Candidates", "Rating", kept), 4.5))
	p.must(f.SetCellStr("Candidates", p.at("Candidates", "Reviewer", kept), "=not a formula"))
	p.must(f.SetCellRichText("Candidates", p.at("Candidates", "Notes", kept), []excelize.RichTextRun{
		{Text: "Strong "}, {Text: "job market paper", Font: &excelize.Font{Bold: true, Color: "C00000"}},
	}))
	p.must(f.SetCellStr("Candidates", p.at("Candidates", "Notes", gone), "Met in Boston"))
	p.must(f.SetCellValue("Candidates", p.at("Candidates", "Rating", gone), 2))

	for _, header := range []string{"Flyout", "Chance", "Twice", "Sure"} {
		p.addColumn(header)
	}
	flyout := p.at("Candidates", "Flyout", kept)
	p.must(f.SetCellFloat("Candidates", flyout, 46400, -1, 64))
	p.must(f.SetCellStyle("Candidates", flyout, flyout, p.style(&excelize.Style{CustomNumFmt: new("dd/mm/yyyy")})))
	chance := p.at("Candidates", "Chance", kept)
	p.must(f.SetCellFloat("Candidates", chance, 0.35, -1, 64))
	p.must(f.SetCellStyle("Candidates", chance, chance, p.style(&excelize.Style{NumFmt: 9})))
	rating := p.at("Candidates", "Rating", kept)
	other := p.at("Candidates", "Rating", colleague)
	p.must(f.SetCellFormula("Candidates", p.at("Candidates", "Twice", kept), rating+"*2+SUM("+other+",0)"))
	p.must(f.SetCellBool("Candidates", p.at("Candidates", "Sure", kept), true))

	name := p.at("Candidates", "Name", kept)
	p.must(f.SetCellStyle("Candidates", name, name, p.style(&excelize.Style{Fill: solid("FF66CC")})))
	p.must(f.AddComment("Candidates", excelize.Comment{Cell: name, Author: "Ada", Paragraph: []excelize.RichTextRun{{Text: "Ask her advisor"}}}))
	p.must(f.SetCellStr("Candidates", p.at("Candidates", "Current position", kept), "Postdoc since October"))

	p.must(f.SetCellStr("Letters", place(11, 0), "Read by"))
	p.must(f.SetCellStr("Letters", p.at("Letters", "Read by", kept), "Bea"))

	_, err := f.NewSheet("Short list")
	p.must(err)
	p.must(f.SetCellStr("Short list", "A1", "First"))
	p.must(f.SetCellFormula("Short list", "B1", "Candidates!"+rating))
	return p.save()
}

// next makes the next export of a posting with what was typed into the one before.
func next(t *testing.T, before []byte, p *dossier.Posting) []byte {
	t.Helper()
	typed, err := ReadTyped(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	return write(t, p, Options{Typed: typed})
}

// later is the posting some days on: one candidate is gone, others have come before the rest, and there is a question more.
func later(t *testing.T) *dossier.Posting {
	p := madeUp(50, 3)
	p.Dossiers = slices.DeleteFunc(p.Dossiers, func(d *dossier.Dossier) bool { return d.AppID == gone })
	slices.Reverse(p.Dossiers)
	p.Questions = append([]dossier.Question{{ID: 499, Text: "A new first question"}}, p.Questions...)
	return p
}

// checkTyped checks that everything that typeAway typed is there.
func checkTyped(t *testing.T, data []byte) {
	t.Helper()
	p := edit(t, data)
	f := p.file
	for _, want := range []struct {
		header string
		raw    bool
		value  string
	}{
		{"Rating", true, "4.5"},
		{"Reviewer", true, "=not a formula"},
		{"Notes", true, "Strong job market paper"},
		{"Flyout", true, "46400"},
		{"Flyout", false, "13/01/2027"},
		{"Chance", false, "35%"},
		{"Sure", true, "1"},
		{"Current position", true, "PhD candidate"},
	} {
		if got := p.value("Candidates", want.header, kept, want.raw); got != want.value {
			t.Errorf("%s: got %q, want %q", want.header, got, want.value)
		}
	}
	formula, err := f.GetCellFormula("Candidates", p.at("Candidates", "Twice", kept))
	p.must(err)
	if want := p.at("Candidates", "Rating", kept) + "*2+SUM(" + p.at("Candidates", "Rating", colleague) + ",0)"; formula != want {
		t.Errorf("the formula is %q, want %q", formula, want)
	}
	if formula, err := f.GetCellFormula("Candidates", p.at("Candidates", "Reviewer", kept)); err != nil || formula != "" {
		t.Errorf("typed text became the formula %q (%v)", formula, err)
	}
	runs, err := f.GetCellRichText("Candidates", p.at("Candidates", "Notes", kept))
	p.must(err)
	if len(runs) != 2 || runs[1].Font == nil || !runs[1].Font.Bold {
		t.Errorf("the notes lost their look: %+v", runs)
	}
	id, err := f.GetCellStyle("Candidates", p.at("Candidates", "Name", kept))
	p.must(err)
	style, err := f.GetStyle(id)
	p.must(err)
	if len(style.Fill.Color) == 0 || !strings.HasSuffix(strings.ToUpper(style.Fill.Color[0]), "FF66CC") {
		t.Errorf("the name lost its colour: %+v", style.Fill)
	}
	checkComment(t, f, p.at("Candidates", "Name", kept), "Ask her advisor")
	checkComment(t, f, p.at("Candidates", "Current position", kept), "Typed here: Postdoc since October")
	if got := p.value("Letters", "Read by", kept, true); got != "Bea" {
		t.Errorf("sheet Letters: got %q, want Bea", got)
	}
	first, err := f.GetCellValue("Short list", "A1")
	p.must(err)
	reference, err := f.GetCellFormula("Short list", "B1")
	p.must(err)
	if want := p.at("Candidates", "Rating", kept); first != "First" || reference != "Candidates!"+want {
		t.Errorf("the added sheet has %q and %q, want First and Candidates!%s", first, reference, want)
	}
}

func checkComment(t *testing.T, f *excelize.File, at, want string) {
	t.Helper()
	comments, err := f.GetComments("Candidates")
	if err != nil {
		t.Fatal(err)
	}
	for _, comment := range comments {
		if comment.Cell == at {
			c := &typedCell{}
			if c.take(comment); c.comment != want {
				t.Errorf("the comment on %s is %q, want %q", at, c.comment, want)
			}
			return
		}
	}
	t.Errorf("%s has no comment, want %q", at, want)
}

func TestTypedSurvivesExports(t *testing.T) {
	data := typeAway(t, write(t, madeUp(50, 3), Options{}))
	for range 3 {
		data = next(t, data, later(t))
		checkTyped(t, data)
	}
	p := edit(t, data)
	rows, err := p.file.GetRows(leftName)
	p.must(err)
	if words := strings.ReplaceAll(strings.Join(rows[1], "|"), "\n", " ") + strings.Join(rows[2], "|"); len(rows) != 3 ||
		!strings.Contains(words, "Met in Boston") || !strings.Contains(words, gone.String()) {
		t.Errorf("sheet Left is %q", rows)
	}
	data = next(t, data, madeUp(50, 3))
	checkTyped(t, data)
	p = edit(t, data)
	if got := p.value("Candidates", "Notes", gone, true); got != "Met in Boston" {
		t.Errorf("the candidate came back without notes: %q", got)
	}
	if index, err := p.file.GetSheetIndex(leftName); err != nil || index >= 0 {
		t.Errorf("sheet Left is still there (%d, %v)", index, err)
	}
}

func TestTypedTwiceSameBytes(t *testing.T) {
	data := typeAway(t, write(t, madeUp(50, 3), Options{}))
	if !bytes.Equal(next(t, data, later(t)), next(t, data, later(t))) {
		t.Error("two workbooks from the same typed one differ")
	}
}

func TestTypedSurvivesLibreOffice(t *testing.T) {
	soffice := outside.Tool(t, "soffice")
	data, typed := typeEverywhere(t, typeAway(t, write(t, madeUp(50, 3), Options{})))
	data = throughLibreOffice(t, soffice, data)
	for range 2 {
		data = next(t, data, later(t))
		checkTyped(t, data)
	}
	words := wordsOf(t, data)
	for _, want := range typed {
		if !strings.Contains(words, want) {
			t.Errorf("%q is lost", want)
		}
	}
}

// throughLibreOffice opens a workbook there and saves it again.
func throughLibreOffice(t *testing.T, soffice string, data []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "summary.xlsx")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	command := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, name)
	if words, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, words)
	}
	data, err := os.ReadFile(filepath.Join(out, "summary.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRowsSortedAndColumnsMoved(t *testing.T) {
	p := edit(t, write(t, madeUp(3, 1), Options{}))
	p.must(p.file.SetCellStr("Candidates", p.at("Candidates", "Notes", 620002), "third"))
	p.must(p.file.InsertRows("Candidates", 1, 2))
	p.must(p.file.SetCellStr("Candidates", "A1", "My own title"))
	p.must(p.file.InsertCols("Candidates", "A", 1))
	p.must(p.file.SetCellStr("Candidates", "A3", "Rank"))
	p.must(p.file.SetCellInt("Candidates", "A6", 1))
	data := next(t, p.save(), madeUp(3, 1))
	p = edit(t, data)
	if got := p.value("Candidates", "Rank", 620002, true) + " " + p.value("Candidates", "Notes", 620002, true); got != "1 third" {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(wordsOf(t, data), "My own title") {
		t.Error("the title above the table is lost")
	}
}

func TestAddedRowIsKept(t *testing.T) {
	p := edit(t, write(t, madeUp(3, 1), Options{}))
	p.must(p.file.SetCellStr("Candidates", "A5", "Candidate by word of mouth"))
	data := next(t, next(t, p.save(), madeUp(3, 1)), madeUp(3, 1))
	rows, err := edit(t, data).file.GetRows(leftName)
	p.must(err)
	if len(rows) != 2 || !slices.Contains(rows[1], "Candidate by word of mouth") {
		t.Errorf("sheet Left is %q", rows)
	}
}

// A stray cell far down a sheet would take gigabytes to copy, so such a workbook is left to its owner.
func TestStrayCellFarDown(t *testing.T) {
	p := edit(t, write(t, madeUp(3, 1), Options{}))
	_, err := p.file.NewSheet("Mine")
	p.must(err)
	p.must(p.file.SetCellStr("Mine", place(0, maxOwnRows), "stray"))
	if _, err := ReadTyped(bytes.NewReader(p.save())); err == nil || !strings.Contains(err.Error(), "Mine") {
		t.Errorf("got %v, want an error that names the sheet", err)
	}
}

// A column that the edition shows no longer must not come back as one that a person added.
func TestWithdrawnColumnStaysAway(t *testing.T) {
	p := madeUp(5, 2)
	before := write(t, p, Options{})
	p.Edition = &dossier.Edition{Name: "short", Applicant: []string{"degreeinst"}}
	p.Questions = nil
	for _, d := range p.Dossiers {
		d.Facts, d.Answers, d.Documents = d.Facts[2:3], nil, d.Documents[:3]
	}
	data := next(t, before, p)
	file := open(t, data)
	for _, sheet := range file.GetSheetList() {
		rows, err := file.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, words := range []string{"candidate1@example.org", "Answer 500", "Prof. Kim", "E-mail"} {
				if strings.Contains(strings.Join(row, "|"), words) {
					t.Errorf("sheet %s still shows %q in %q", sheet, words, row)
				}
			}
		}
	}
}

func TestForeignWorkbooks(t *testing.T) {
	var other bytes.Buffer
	if err := excelize.NewFile().Write(&other); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTyped(&other); !errors.Is(err, ErrForeign) {
		t.Errorf("another's workbook: %v, want ErrForeign", err)
	}
	whole := write(t, madeUp(3, 1), Options{})
	for _, size := range []int{0, 10, len(whole) / 2, len(whole) - 30} {
		if typed, err := ReadTyped(bytes.NewReader(whole[:size])); err == nil {
			t.Errorf("a workbook cut to %d bytes was read: %v", size, typed)
		}
	}
}

func TestFormulaReferences(t *testing.T) {
	m := &move{
		name: "Candidates", last: 9,
		was:     layout{columns: map[int]string{1: "name", 3: "rating", 4: "gone"}, rows: map[int]string{2: "a", 3: "b", 4: "c"}, first: 2, last: 4},
		columns: map[string]int{"name": 1, "rating": 5}, rows: map[string]int{"a": 7, "c": 2},
	}
	tr := &translator{sheets: map[string]*move{"candidates": m}}
	for formula, want := range map[string]string{
		"C2*2":                          "E7*2",
		"$C$2&\"C2\"":                   "$E$7&\"C2\"",
		"SUM(C2:C4)":                    "SUM(E2:E9)",
		"SUM($C$2:$C$4)/COUNT(C:C)":     "SUM($E$2:$E$9)/COUNT(E:E)",
		"C2+C4+C2":                      "E7+E2+E7",
		"C3":                            "#REF!",
		"D2":                            "#REF!",
		"Candidates[@Rating]*2":         "Candidates[@Rating]*2",
		"'Short list'!C2+Candidates!C4": "'Short list'!C2+Candidates!E2",
		"C100":                          "E100",
		"'Candidates'!C2+C2":            "Candidates!E7+E7",
		"IF(C2>3,\"yes\",Z1)":           "IF(E7>3,\"yes\",Z1)",
	} {
		if got := tr.formula("Candidates", formula); got != want {
			t.Errorf("%s became %s, want %s", formula, got, want)
		}
	}
	if got := tr.formula("Short list", "C2+Candidates!C2"); got != "C2+Candidates!E7" {
		t.Errorf("on another sheet: %s", got)
	}
}

func TestSerial(t *testing.T) {
	if got := date("2026-11-21 08:30:00"); math.Abs(got.number-46347.354166666664) > 1e-8 || got.shown() != "2026-11-21 08:30:00" {
		t.Errorf("got %v, shown as %s", got.number, got.shown())
	}
}

// downTo is a formula about a column of candidates from the first to one of them.
func (p *person) downTo(header string, appid ejm.ID) string {
	last := p.at("Candidates", header, appid)
	return "SUM(Candidates!" + strings.TrimRight(last, "0123456789") + "2:" + last + ",Candidates!" + last + ")"
}

// TestJoinedFormulasMeanWhatTheyMeant joins two copies of which one was made when there were fewer candidates. Formulas typed
// into either speak of the same candidates, columns and sheets as before, also where the other copy has none such.
func TestJoinedFormulasMeanWhatTheyMeant(t *testing.T) {
	const asker, asked, late ejm.ID = 620009, 620004, 620001
	now := madeUp(12, 1)
	before := madeUp(12, 1)
	before.Dossiers = slices.DeleteFunc(before.Dossiers, func(d *dossier.Dossier) bool { return d.AppID == late })

	// typed makes a copy with a column of its own, a formula about another candidate's, and a sheet that both call Sums.
	typed := func(p *dossier.Posting, header, sum string) *Typed {
		edited := edit(t, write(t, p, Options{}))
		edited.addColumn(header)
		for _, appid := range []ejm.ID{asker, asked} {
			edited.must(edited.file.SetCellFormula("Candidates", edited.at("Candidates", header, appid),
				edited.at("Candidates", "Rating", asked)+"+Sums!A1"))
		}
		_, err := edited.file.NewSheet("Sums")
		edited.must(err)
		edited.must(edited.file.SetCellStr("Sums", "A1", sum))
		edited.must(edited.file.SetCellFormula("Sums", "B1", "Candidates!"+edited.at("Candidates", header, asker)+"&Sums!A1&A1"))
		if p == now {
			edited.must(edited.file.SetCellFormula("Sums", "C1", edited.downTo(header, late)))
		}
		read, err := ReadTyped(bytes.NewReader(edited.save()))
		edited.must(err)
		return read
	}
	for name, copies := range map[string][2]*dossier.Posting{
		"the first is the newer": {now, before}, "the second is the newer": {before, now}, "both are of one time": {now, now},
	} {
		joined := typed(copies[0], "Mine", "one")
		joined.Join(typed(copies[1], "Theirs", "two"))
		got := edit(t, write(t, now, Options{Typed: joined}))
		for i, header := range []string{"Mine", "Theirs"} {
			sheet := []string{"Sums", "'Sums (2)'"}[i]
			want := got.at("Candidates", "Rating", asked) + "+" + sheet + "!A1"
			for _, appid := range []ejm.ID{asker, asked} {
				if formula, err := got.file.GetCellFormula("Candidates", got.at("Candidates", header, appid)); err != nil || formula != want {
					t.Errorf("%s: %s of %s is %q, want %q: %v", name, header, appid, formula, want, err)
				}
			}
			own := strings.Trim(sheet, "'")
			want = "Candidates!" + got.at("Candidates", header, asker) + "&" + sheet + "!A1&A1"
			if formula, err := got.file.GetCellFormula(own, "B1"); err != nil || formula != want {
				t.Errorf("%s: on %s stands %q, want %q: %v", name, own, formula, want, err)
			}
			if want = got.downTo(header, late); copies[i] != now {
				want = ""
			}
			if formula, err := got.file.GetCellFormula(own, "C1"); err != nil || formula != want {
				t.Errorf("%s: of whom the other copy lacks %s tells %q, want %q: %v", name, own, formula, want, err)
			}
		}
	}
}

// TestOwnSheetsKeepTheirPlaceBesideOurs has somebody work in an edition without letters, on a sheet of their own that is called
// letters, and the edition show letters from then on.
func TestOwnSheetsKeepTheirPlaceBesideOurs(t *testing.T) {
	p := madeUp(3, 1)
	p.Edition.Letters = false
	edited := edit(t, write(t, p, Options{}))
	_, err := edited.file.NewSheet("letters")
	edited.must(err)
	_, err = edited.file.NewSheet("Sums")
	edited.must(err)
	edited.must(edited.file.SetCellInt("letters", "B2", 7))
	edited.must(edited.file.SetCellFormula("Sums", "A1", "letters!B2+SUM(letters!B1:B2)"))
	typed, err := ReadTyped(bytes.NewReader(edited.save()))
	edited.must(err)

	p.Edition.Letters = true
	file := open(t, write(t, p, Options{Typed: typed}))
	if got, err := file.GetCellValue("letters (2)", "B2"); err != nil || got != "7" {
		t.Errorf("%q is on their sheet of letters: %v", got, err)
	}
	if got, err := file.GetCellFormula("Sums", "A1"); err != nil || got != "'letters (2)'!B2+SUM('letters (2)'!B1:B2)" {
		t.Errorf("their formula is %q: %v", got, err)
	}
	if got, err := file.GetCellValue("Letters", "A1"); err != nil || got == "" {
		t.Errorf("ejmx's sheet of letters begins with %q: %v", got, err)
	}
}

func TestSheetNames(t *testing.T) {
	taken := sheetNames{}
	long := strings.Repeat("é", maxSheetName)
	for _, test := range []struct{ words, want string }{
		{"Letters", "Letters"},
		{"letters", "letters (2)"},
		{"LETTERS ", "LETTERS  (3)"},
		{"'a/b:c[d]'", "a_b_c_d_"},
		{"''", "Sheet"},
		{"", "Sheet (2)"},
		{long + "x", long},
		{long, long[:len(long)-2*len(" (2)")] + " (2)"},
	} {
		if got := taken.take(test.words); got != test.want {
			t.Errorf("%q is called %q and not %q", test.words, got, test.want)
		}
	}
}
