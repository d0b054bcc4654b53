package workbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/efp"
	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/internal/lazy"
)

// translator moves the references in formulas that people typed: rows are sorted and columns added from export to export,
// and a formula means the candidate and the column it was typed for, not a place on the sheet.
type translator struct {
	sheets map[string]*move // by the name that formulas use, folded
}

// move is where the rows and columns of one sheet were and where they are.
type move struct {
	name    string // of the sheet now
	was     layout
	columns map[string]int // number from 1, by folded header
	rows    map[string]int // number from 1, by key
	last    int
}

func newTranslator(all []*sheet, t *Typed) *translator {
	tr := &translator{sheets: map[string]*move{}}
	if t == nil {
		return tr
	}
	names := []string{summaryName}
	for _, s := range all {
		names = append(names, s.name)
	}
	for _, name := range names {
		if typed := t.sheets[name]; typed != nil {
			m := &move{name: name, was: typed.layout, rows: map[string]int{}, columns: map[string]int{}}
			tr.sheets[fold(name)] = m
			if typed.layout.actual != "" {
				tr.sheets[fold(typed.layout.actual)] = m
			}
		}
	}
	return tr
}

// rename notes that a sheet that a person added is called otherwise now. Its rows and columns stay.
func (tr *translator) rename(was, now string) {
	if tr.sheets[fold(was)] == nil {
		tr.sheets[fold(was)] = &move{name: now}
	}
}

// placeSummary notes where the rows of the sheet Summary stand now. Its columns stay.
func (tr *translator) placeSummary(lines []line) {
	m := tr.sheets[fold(summaryName)]
	for y, l := range lines {
		if _, known := m.rows[fold(l.label)]; !known {
			m.rows[fold(l.label)] = y + 1
		}
	}
}

// place notes where a sheet's rows and columns stand now.
func (tr *translator) place(s *sheet, columns map[string]int) {
	m := tr.sheets[fold(s.name)]
	for header, x := range columns {
		m.columns[header] = x + 1
	}
	for key, y := range s.rowsByKey() {
		m.rows[key] = y + 2
	}
	_, m.last = s.last()
}

// sheet is a sheet that a person added with its formulas moved.
func (tr *translator) sheet(s *foreignSheet) *foreignSheet {
	moved := *s
	moved.cells = make(map[spot]*typedCell, len(s.cells))
	for at, c := range s.cells {
		moved.cells[at] = tr.cell(s.name, c)
	}
	return &moved
}

// cell is a cell of the sheet named with its formula moved.
func (tr *translator) cell(sheet string, c *typedCell) *typedCell {
	if c.value.kind != typedFormula || len(tr.sheets) == 0 {
		return c
	}
	moved := *c
	moved.value.formula = tr.formula(sheet, c.value.formula)
	return &moved
}

// formula moves the references of a formula that stands on the sheet named.
func (tr *translator) formula(sheet, formula string) string {
	parser := efp.ExcelParser()
	var moved strings.Builder
	rest := formula
	for _, token := range parser.Parse("=" + formula) {
		if token.TType != efp.TokenTypeOperand || token.TSubType != efp.TokenSubTypeRange {
			continue
		}
		written := quoted(token.TValue)
		before, after, found := strings.Cut(rest, written)
		if !found {
			written = token.TValue
			before, after, found = strings.Cut(rest, written)
		}
		if !found {
			continue // the parser shows it otherwise than it stands there; it is left as it is
		}
		if reference := tr.reference(sheet, token.TValue); reference != token.TValue {
			written = reference
		}
		moved.WriteString(before + written)
		rest = after
	}
	return moved.String() + rest
}

// quoted is a reference with its sheet's name in quotes, which the parser takes off.
func quoted(reference string) string {
	if i := strings.LastIndexByte(reference, '!'); i >= 0 {
		return "'" + strings.ReplaceAll(reference[:i], "'", "''") + "'" + reference[i:]
	}
	return reference
}

// reference moves one reference, such as C5, $C$5, C2:C40, C:C, 'My sheet'!A1.
func (tr *translator) reference(sheet, reference string) string {
	prefix, area := "", reference
	if i := strings.LastIndexByte(reference, '!'); i >= 0 {
		prefix, area = reference[:i+1], reference[i+1:]
		sheet = strings.ReplaceAll(strings.Trim(reference[:i], "'"), "''", "'")
	}
	m := tr.sheets[fold(sheet)]
	if m == nil {
		return reference
	}
	if prefix != "" {
		prefix = m.prefix()
	}
	from, to, isRange := strings.Cut(area, ":")
	start, ok := parseCorner(from)
	if !ok {
		return reference
	}
	if !isRange {
		return prefix + m.corner(start).String()
	}
	end, ok := parseCorner(to)
	if !ok {
		return reference
	}
	return prefix + m.area(start, end)
}

// prefix is the sheet's name as it begins a reference: in quotes, unless it is a plain word.
func (m *move) prefix() string {
	if strings.ContainsFunc(m.name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return quoted(m.name + "!")
	}
	return m.name + "!"
}

// corner is one cell of a reference. Row or column is 0 in the references of whole columns and rows.
type corner struct {
	column, row           int
	columnFixed, rowFixed bool
	lost                  bool // what it meant is gone
}

var cornerPattern = lazy.Pattern(`^(\$?)([A-Za-z]{0,3})(\$?)([0-9]*)$`)

func parseCorner(words string) (corner, bool) {
	parts := cornerPattern().FindStringSubmatch(words)
	if parts == nil || parts[2] == "" && parts[4] == "" {
		return corner{}, false
	}
	c := corner{columnFixed: parts[1] != "", rowFixed: parts[3] != ""}
	var err error
	if parts[2] != "" {
		if c.column, err = excelize.ColumnNameToNumber(parts[2]); err != nil {
			return corner{}, false
		}
	}
	if parts[4] != "" {
		if c.row, err = strconv.Atoi(parts[4]); err != nil {
			return corner{}, false
		}
	}
	return c, true
}

func (c corner) String() string {
	if c.lost {
		return "#REF!"
	}
	words := ""
	if c.column > 0 {
		name, err := excelize.ColumnNumberToName(c.column)
		if err != nil {
			return "#REF!"
		}
		words = dollar(c.columnFixed) + name
	}
	if c.row > 0 {
		words += dollar(c.rowFixed) + strconv.Itoa(c.row)
	}
	return words
}

func dollar(fixed bool) string {
	if fixed {
		return "$"
	}
	return ""
}

// corner moves one cell. Those outside the table stay.
func (m *move) corner(c corner) corner {
	if header, known := m.was.columns[c.column]; known {
		number, there := m.columns[header]
		c.column, c.lost = number, !there
	}
	if key, known := m.was.rows[c.row]; known {
		number, there := m.rows[key]
		c.row, c.lost = number, c.lost || !there
	}
	return c
}

// area moves a range. One over all rows of the table stays one over all rows; of another, the corners go where their
// candidates went.
func (m *move) area(from, to corner) string {
	behind := to.row > m.was.last && m.was.rows[to.row] != "" // a place that widen made
	whole := from.row > 0 && from.row <= m.was.first && to.row >= m.was.last && !behind
	a, z := m.corner(from), m.corner(to)
	if whole {
		a, z = m.corner(corner{column: from.column, columnFixed: from.columnFixed}), m.corner(corner{column: to.column, columnFixed: to.columnFixed})
		a.row, a.rowFixed = min(from.row, 2), from.rowFixed
		z.row, z.rowFixed = m.last, to.rowFixed
	}
	if a.lost || z.lost {
		return "#REF!"
	}
	rows, columns := []int{a.row, z.row}, []int{a.column, z.column}
	slices.Sort(rows)
	slices.Sort(columns)
	a.row, z.row, a.column, z.column = rows[0], rows[1], columns[0], columns[1]
	return fmt.Sprintf("%s:%s", a, z)
}
