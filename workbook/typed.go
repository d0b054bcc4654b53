package workbook

import (
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Typed is what people typed into a workbook: everything in it that ejmx had not written itself.
type Typed struct {
	sheets map[string]*typedSheet // by ejmx's name of the sheet
	order  []string               // of the sheets, as the workbook had them
	own    []*foreignSheet        // sheets that people added
}

// typedSheet is what people typed into one of ejmx's sheets.
type typedSheet struct {
	columns []typedColumn // that people added, and the reviewers' own, from left to right
	rows    map[string]*typedRow
	order   []string // keys of the rows, from top to bottom
	layout  layout
}

type typedColumn struct {
	header string
	width  float64
}

// typedRow is what people typed into one row.
type typedRow struct {
	key, name string
	cells     map[string]*typedCell // by folded header
}

// typedCell is one cell that a person typed into, coloured or commented.
type typedCell struct {
	header  string
	value   typedValue
	comment string
	author  string          // of the comment
	style   *excelize.Style // nil where the cell looks as ejmx made it
}

// typedValue is a value as typed. The zero typedValue is an empty cell.
type typedValue struct {
	kind    typedKind
	text    string                 // of typedText; the last result of a formula
	number  float64                // also of dates and percentages: their look is the cell's style
	formula string                 // without "="
	shown   string                 // of typedNumber: how the cell shows it
	runs    []excelize.RichTextRun // of text in several looks
}

type typedKind int

const (
	typedNothing typedKind = iota
	typedText
	typedNumber
	typedBool // number is 1 or 0
	typedFormula
)

// asComment is what was typed into a cell that shows something of ejmx's: it is said beside it.
func (c *typedCell) asComment() *typedCell {
	if c.value.kind == typedNothing {
		return c
	}
	said := c.value.words()
	if c.value.shown != "" {
		said = c.value.shown
	}
	return &typedCell{
		header: c.header, author: c.author, style: c.chosen(), comment: join(join(c.comment, "Typed here: "+said), c.value.formulaWords()),
	}
}

// settled is a cell that has left its place: what its formula spoke of is gone, so it keeps what that last gave.
func (c *typedCell) settled() *typedCell {
	if c.value.kind != typedFormula {
		return c
	}
	settled := *c
	settled.comment = join(c.comment, c.value.formulaWords())
	settled.value = typedValue{kind: typedText, text: c.value.text}
	if n, err := strconv.ParseFloat(c.value.text, 64); err == nil {
		settled.value = typedValue{kind: typedNumber, number: n}
	}
	return &settled
}

// chosen is a cell's look as far as a person chose it for one of ejmx's cells: a colour.
func (c *typedCell) chosen() *excelize.Style {
	if c.style == nil || len(c.style.Fill.Color) == 0 || ownFill(c.style.Fill) {
		return nil
	}
	return c.style
}

// empty reports whether there is nothing to carry over.
func (c *typedCell) empty() bool {
	return c == nil || c.value.kind == typedNothing && c.comment == "" && c.style == nil
}

// layout tells where a sheet's columns and rows stand, so that formulas find them again.
type layout struct {
	actual  string         // the name of the sheet then
	columns map[int]string // folded header, by number of the column from 1
	rows    map[int]string // key, by number of the row from 1
	first   int            // numbers of the first and the last row of the table
	last    int
}

// Empty reports whether nothing was read of any workbook; nil is empty too. A workbook into which nobody typed is not: its
// columns stand where its reader left them.
func (t *Typed) Empty() bool { return t == nil || len(t.sheets) == 0 && len(t.own) == 0 }

func (t *Typed) sheet(name string) *typedSheet {
	if t.sheets == nil {
		t.sheets = map[string]*typedSheet{}
	}
	s := t.sheets[name]
	if s == nil {
		s = &typedSheet{rows: map[string]*typedRow{}}
		t.sheets[name] = s
		t.order = append(t.order, name)
	}
	return s
}

// row gives the row of a key, new where there is none.
func (s *typedSheet) row(key, name string) *typedRow {
	r := s.rows[key]
	if r == nil {
		r = &typedRow{key: key, name: name, cells: map[string]*typedCell{}}
		s.rows[key] = r
		s.order = append(s.order, key)
	}
	return r
}

// add keeps a cell of a row, unless there is nothing to keep.
func (s *typedSheet) add(key, name string, c *typedCell) {
	if !c.empty() {
		s.row(key, name).add(c)
	}
}

// column notes a column that people type in.
func (s *typedSheet) column(header string, width float64) {
	for _, c := range s.columns {
		if fold(c.header) == fold(header) {
			return
		}
	}
	s.columns = append(s.columns, typedColumn{header, width})
}

// add keeps a cell. Where the row has one of that header already (a candidate's row that somebody copied), what is new in
// the second is added to the comment of the first.
func (r *typedRow) add(c *typedCell) {
	known := r.cells[fold(c.header)]
	if known == nil {
		r.cells[fold(c.header)] = c
		return
	}
	if known.value.kind == typedNothing {
		known.value, known.style = c.value, c.style
	} else if words := c.value.words(); words != "" && words != known.value.words() {
		known.comment = join(known.comment, words)
	}
	if c.comment != known.comment {
		known.comment = join(known.comment, c.comment)
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// words are a value as text.
func (v typedValue) words() string {
	switch v.kind {
	case typedNumber:
		return cell{kind: kindNumber, number: v.number}.shown()
	case typedBool:
		if v.number != 0 {
			return "TRUE"
		}
		return "FALSE"
	case typedFormula:
		if v.text != "" {
			return v.text
		}
		return "=" + v.formula
	default:
		return v.text
	}
}

// formulaWords say what the formula was, "" for none.
func (v typedValue) formulaWords() string {
	if v.kind != typedFormula {
		return ""
	}
	return "Formula: =" + v.formula
}
