package workbook

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
)

// Nothing that ejmx wrote counts as typed, whatever program saved it again.
func TestNothingTyped(t *testing.T) {
	p := madeUp(60, 4)
	p.Interviews = append(p.Interviews, dossier.Interview{Name: "By hand", Conference: "No number", Start: "2027-01-03 12:00:00"})
	data := write(t, p, Options{Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	for name, data := range map[string][]byte{"as written": data, "through LibreOffice": throughLibreOffice(t, outside.Tool(t, "soffice"), data)} {
		typed, err := ReadTyped(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for sheet, s := range typed.sheets {
			for key, row := range s.rows {
				for header, c := range row.cells {
					t.Errorf("%s: sheet %s, row %q, column %q counts as typed: %+v", name, sheet, key, header, *c)
				}
			}
		}
		if len(typed.own) > 0 {
			t.Errorf("%s: %d sheets count as a person's", name, len(typed.own))
		}
	}
}

func madeUpChanges(p *dossier.Posting) []dossier.Change {
	return []dossier.Change{
		{AppID: p.Dossiers[1].AppID, Name: "x", What: "new", After: "2026-11-21"},
		{AppID: p.Dossiers[3].AppID, Name: "Lee, Min-Jung", Item: "Current position", What: "changed", Before: "Student", After: "Postdoc"},
		{AppID: p.Dossiers[3].AppID, Name: "Lee, Min-Jung", Item: "Letter Prof. Ng", What: "arrived"},
		{AppID: p.Dossiers[3].AppID, Name: "Lee, Min-Jung", Item: "Letter Prof. Ng", What: "arrived"},
	}
}

// typeEverywhere types where ejmx has no place for it: beside, above and below its tables, over its own words, on its
// headers. It gives what was typed, each with words of its own.
func typeEverywhere(t *testing.T, data []byte) (after []byte, typed []string) {
	p := edit(t, data)
	f := p.file
	put := func(sheet, at, words string) {
		p.must(f.SetCellStr(sheet, at, words))
		typed = append(typed, words)
	}
	comment := func(sheet, at, words string) {
		p.must(f.AddComment(sheet, excelize.Comment{Cell: at, Author: "Ada", Paragraph: []excelize.RichTextRun{{Text: words}}}))
		typed = append(typed, words)
	}
	for _, sheet := range []string{"Candidates", "Documents", "Letters", "Answers", "Interviews", "Changes", "Problems"} {
		top := 0 // the row of the headers
		if sheet != "Candidates" {
			p.must(f.InsertRows(sheet, 1, 1))
			put(sheet, "B1", sheet+" above")
			top = 1
		}
		rows, err := f.GetRows(sheet)
		p.must(err)
		wide, long := len(rows[top]), len(rows)
		put(sheet, place(1, top+2), sheet+" over a number")
		put(sheet, place(2, top+1), sheet+" over a word")
		put(sheet, place(wide+2, top+1), sheet+" beside, without a header")
		put(sheet, place(0, long+2), sheet+" below")
		put(sheet, place(wide+3, long+3), sheet+" far below")
		comment(sheet, place(1, top), sheet+" on a header")
		comment(sheet, place(wide+5, long+6), sheet+" on nothing")
	}
	rows, err := f.GetRows(summaryName)
	p.must(err)
	for y, row := range rows {
		if len(row) > 0 && row[0] == "Letters in" {
			put(summaryName, place(2, y), "Summary beside the letters in")
			put(summaryName, place(1, y+1), "Summary over the letters outstanding")
			comment(summaryName, place(0, y), "Summary on the letters in")
		}
	}
	put(summaryName, place(1, len(rows)+5), "Summary far below")
	put(summaryName, "A3", "Summary in a gap")
	return p.save(), typed
}

// wordsOf are all words of a workbook: cells and comments.
func wordsOf(t *testing.T, data []byte) string {
	file := open(t, data)
	var words strings.Builder
	for _, sheet := range file.GetSheetList() {
		rows, err := file.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			words.WriteString(strings.Join(row, "|") + "\n")
		}
		comments, err := file.GetComments(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for at, comment := range byCell(comments) {
			c := &typedCell{}
			c.take(comment)
			words.WriteString(at + ": " + c.comment + "\n")
		}
	}
	return words.String()
}

func TestTypedAnywhereSurvives(t *testing.T) {
	now, then := madeUp(14, 2), madeUp(14, 2)
	then.Dossiers = slices.Delete(then.Dossiers, 0, 2)
	slices.Reverse(then.Dossiers)
	data, typed := typeEverywhere(t, write(t, now, Options{Changes: madeUpChanges(now), Since: "20261120T090000Z"}))
	before := map[string]int{}
	for _, step := range []struct {
		posting *dossier.Posting
		changes []dossier.Change
		again   bool
	}{{now, madeUpChanges(now), false}, {then, nil, false}, {then, nil, true}, {madeUp(0, 0), nil, false}, {now, madeUpChanges(now), false}, {now, nil, false}} {
		read, err := ReadTyped(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		data = write(t, step.posting, Options{Typed: read, Changes: step.changes, Since: "20261120T090000Z"})
		words := wordsOf(t, data)
		for _, want := range typed {
			n := strings.Count(words, want)
			if n == 0 || step.again && n != before[want] {
				t.Errorf("with %d candidates, %q is there %d times, after %d", len(step.posting.Dossiers), want, n, before[want])
			}
			before[want] = n
		}
	}
	p := edit(t, data)
	if got, err := p.file.GetCellValue(summaryName, "A3"); err != nil || got != "Summary in a gap" {
		t.Errorf("the gap of the sheet Summary holds %q (%v)", got, err)
	}
	if got := p.value("Candidates", "Column V", 620000, true); got != "Candidates beside, without a header" {
		t.Errorf("what stood beside the table is now %q", got)
	}
}
