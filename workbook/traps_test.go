package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
)

// Applicants' words stay words: never a formula, never an escape, never cut in silence.
func TestWordsStayWords(t *testing.T) {
	p := madeUp(12, 2)
	long := strings.Repeat("敏貞😀 ", 9000)
	for i, words := range []string{"=1+1", "_x0041_", "_x005F_x0041_", "_xD800_", "_x0041_x0042_", " padded\ttext\nline", "+4", "1234", "2026-01-01", long} {
		p.Dossiers[i].Answers[0].Text = words
	}
	data := write(t, p, Options{})
	file := edit(t, data)
	for i, want := range []string{"=1+1", "_x0041_", "_x005F_x0041_", "_xD800_", "_x0041_x0042_", " padded\ttext\nline", "+4", "1234", "2026-01-01"} {
		id := p.Dossiers[i].AppID
		header := "Question 1: how do you see it?"
		if got := file.value("Candidates", header, id, false); strings.ReplaceAll(got, "\u2060", "") != want {
			t.Errorf("%q became %q", want, got)
		}
		at := file.at("Candidates", header, id)
		if formula, err := file.file.GetCellFormula("Candidates", at); err != nil || formula != "" {
			t.Errorf("%q became the formula %q (%v)", want, formula, err)
		}
	}
	got := file.value("Candidates", "Question 1: how do you see it?", p.Dossiers[9].AppID, true)
	if units(got) > maxCellUnits || !strings.HasSuffix(got, "(cut here: the whole text has 45000 characters, a cell holds 32767)") || !strings.HasPrefix(got, long[:3000]) {
		t.Errorf("a long answer of %d units ends in %q", units(got), got[len(got)-80:])
	}
	if sheet := part(t, data, "xl/worksheets/sheet2.xml"); !strings.Contains(sheet, ">_x005F_x0041_<") {
		t.Error("_x0041_ is not escaped in the file")
	}
}

// Excel repairs a table, and tells its user that the file is broken, when headers repeat or differ from the cells.
func TestTablesAreSound(t *testing.T) {
	p := madeUp(3, 0)
	for _, words := range []string{"Rating", "RATING", "", "  \n ", "Name", "Letters  in", strings.Repeat("long ", 100), strings.Repeat("long ", 100), "_x0041_", "a\x00b", "Notes", "5"} {
		p.Questions = append(p.Questions, dossier.Question{ID: 1, Text: words})
	}
	data := write(t, p, Options{})
	file := open(t, data)
	for _, sheet := range file.GetSheetList() {
		tables, err := file.GetTables(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			rows, err := file.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			checkHeaders(t, sheet, rows[0], columnNames(t, data, table.Name))
			if !strings.HasPrefix(table.Range, "A1:") {
				t.Errorf("the table of %s is at %s", sheet, table.Range)
			}
		}
	}
}

func checkHeaders(t *testing.T, sheet string, cells, names []string) {
	t.Helper()
	seen := map[string]bool{}
	for i, name := range names {
		if seen[strings.ToLower(name)] || name == "" || len(name) > 255 || strings.Contains(name, "_x0041_") {
			t.Errorf("sheet %s has the column %q twice, or it is no good name", sheet, name)
		}
		seen[strings.ToLower(name)] = true
		if name != cells[i] {
			t.Errorf("sheet %s: the table's column is %q, the cell %q", sheet, name, cells[i])
		}
	}
	if len(names) != len(cells) || len(names) == 0 {
		t.Errorf("sheet %s has %d headers and %d columns", sheet, len(cells), len(names))
	}
}

// columnNames reads the columns of a table from the file itself.
func columnNames(t *testing.T, data []byte, table string) []string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		var found struct {
			Name    string `xml:"name,attr"`
			Columns []struct {
				Name string `xml:"name,attr"`
			} `xml:"tableColumns>tableColumn"`
		}
		if !strings.HasPrefix(f.Name, "xl/tables/") || xml.Unmarshal([]byte(part(t, data, f.Name)), &found) != nil || found.Name != table {
			continue
		}
		var names []string
		for _, c := range found.Columns {
			names = append(names, c.Name)
		}
		return names
	}
	t.Fatalf("there is no table %s", table)
	return nil
}

func part(t *testing.T, data []byte, name string) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	words, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(words)
}

func TestLinksAreRelative(t *testing.T) {
	p := madeUp(6, 1)
	p.Dossiers[2].Packet.Path = "packets/李 敏貞 620002.pdf"
	rels := part(t, write(t, p, Options{}), "xl/worksheets/_rels/sheet2.xml.rels")
	if !strings.Contains(rels, `Target="packets/李%20敏貞%20620002.pdf" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" TargetMode="External"`) {
		t.Errorf("the links are %s", rels)
	}
}

func TestEmptyPosting(t *testing.T) {
	p := madeUp(0, 0)
	data := write(t, p, Options{})
	for range 2 { // nothing of the words that fill an empty sheet may count as typed
		data = next(t, data, p)
	}
	file := open(t, data)
	if got, err := file.GetCellValue("Candidates", "A2"); err != nil || got != "No applications yet." {
		t.Errorf("got %q (%v)", got, err)
	}
	if index, err := file.GetSheetIndex(leftName); err != nil || index >= 0 {
		t.Error("something counts as typed")
	}
}

func TestWriteCSV(t *testing.T) {
	p := edit(t, write(t, madeUp(10, 1), Options{}))
	p.must(p.file.SetCellStr("Candidates", p.at("Candidates", "Notes", 620003), "=cmd|' /C calc'!A0"))
	typed, err := ReadTyped(bytes.NewReader(p.save()))
	p.must(err)
	files := map[string]string{}
	err = WriteCSV(func(name string, write func(io.Writer) error) error {
		var out strings.Builder
		err := write(&out)
		files[name] = out.String()
		return err
	}, madeUp(10, 1), Options{Typed: typed})
	p.must(err)
	if len(files) != 7 {
		t.Errorf("%d files", len(files))
	}
	for name, words := range files {
		records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(words, "\uFEFF"))).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, record := range records {
			for _, field := range record {
				if strings.IndexAny(field, "=+-@\t\r") == 0 {
					t.Errorf("%s: %q would be run", name, field)
				}
			}
		}
	}
	if !strings.Contains(files["csv/Candidates.csv"], "'=cmd|") {
		t.Error("what was typed is missing")
	}
}

// LibreOffice must open the workbook, show every sheet, and find text where there is text.
func TestLibreOfficeOpens(t *testing.T) {
	soffice := outside.Tool(t, "soffice")
	dir := t.TempDir()
	name := filepath.Join(dir, "summary.xlsx")
	if err := os.WriteFile(name, write(t, madeUp(50, 3), Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), soffice, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, name)
	if words, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, words)
	}
	words, err := os.ReadFile(filepath.Join(dir, "summary-Candidates.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"=1+1, =HYPERLINK(""http://evil.example"",""x"")"`, "李, 敏貞", "_x0041_", "2026-11-21 08:30"} {
		if !strings.Contains(string(words), want) {
			t.Errorf("LibreOffice does not show %s", want)
		}
	}
	for _, sheet := range []string{"Documents", "Letters", "Answers", "Interviews", "Changes", "Problems", "Summary"} {
		if info, err := os.Stat(filepath.Join(dir, "summary-"+sheet+".csv")); err != nil || info.Size() == 0 {
			t.Errorf("LibreOffice does not show the sheet %s (%v)", sheet, err)
		}
	}
}

// Each chart ends before the next begins.
func TestChartsDoNotOverlap(t *testing.T) {
	var drawing struct {
		Anchors []struct {
			From int `xml:"from>row"`
			To   int `xml:"to>row"`
		} `xml:"twoCellAnchor"`
	}
	if err := xml.Unmarshal([]byte(part(t, write(t, madeUp(30, 1), Options{}), "xl/drawings/drawing1.xml")), &drawing); err != nil {
		t.Fatal(err)
	}
	if len(drawing.Anchors) != 3 {
		t.Fatalf("there are %d charts", len(drawing.Anchors))
	}
	for i, a := range drawing.Anchors[1:] {
		if before := drawing.Anchors[i]; a.From <= before.To {
			t.Errorf("chart %d begins on row %d, the one before ends on row %d", i+1, a.From, before.To)
		}
	}
}
