package workbook

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxUnzipped bounds what a workbook may unpack to, in bytes: thirty times the largest that ejmx makes.
const maxUnzipped = 512 << 20

// ReadTyped reads what people typed into a workbook that [Write] made: into the reviewers' columns and columns they added
// to the sheets, over what ejmx had written, beside, above and below it, as comments, as colours, on rows of candidates who
// have left since, and on sheets of their own. Rows and columns may have been sorted and moved, and the file saved by
// another program.
//
// The error is [ErrForeign] for a workbook that is not ejmx's; other errors say that the file is damaged or protected by a
// password. Nothing of such a file is known, so it must not be replaced.
func ReadTyped(r io.Reader) (t *Typed, err error) {
	defer func() {
		if fault := recover(); fault != nil { // excelize panics on some damaged files; that must not end an export
			t, err = nil, fmt.Errorf("the workbook is damaged: %v", fault)
		}
	}()
	file, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped})
	if err != nil {
		return nil, fmt.Errorf("the workbook cannot be opened: %w", err)
	}
	defer file.Close()
	if file.Theme == nil { // LibreOffice leaves it out, and excelize then sees no colour at all
		file.Theme = excelize.NewFile().Theme
	}
	m, err := readMarks(file)
	if err != nil {
		return nil, err
	}
	reader := &reader{file: file, marks: m, looks: map[int]*excelize.Style{}, typed: &Typed{}}
	if err := reader.read(); err != nil {
		return nil, err
	}
	return reader.typed, nil
}

// reader is a workbook while it is read.
type reader struct {
	file  *excelize.File
	marks *marks
	looks map[int]*excelize.Style // by number
	typed *Typed
}

func (r *reader) read() error {
	ours := map[string]bool{summaryName: true, markName: true}
	for _, name := range r.marks.sheets {
		actual := r.find(name)
		if actual == "" {
			continue // a person removed the sheet
		}
		ours[actual] = true
		if err := r.sheet(name, actual); err != nil {
			return fmt.Errorf("sheet %s: %w", actual, err)
		}
	}
	for _, name := range r.file.GetSheetList() {
		switch {
		case name == summaryName:
			if err := r.summary(); err != nil {
				return fmt.Errorf("sheet %s: %w", name, err)
			}
		case name == leftName:
			if err := r.left(); err != nil {
				return fmt.Errorf("sheet %s: %w", name, err)
			}
		case !ours[name]:
			copied, err := r.foreign(name)
			if err != nil {
				return fmt.Errorf("sheet %s: %w", name, err)
			}
			r.typed.own = append(r.typed.own, copied)
		}
	}
	return nil
}

// find gives the present name of one of ejmx's sheets, "" where it is gone. One that was renamed is known by its table.
func (r *reader) find(name string) string {
	list := r.file.GetSheetList()
	if slices.Contains(list, name) {
		return name
	}
	for _, sheet := range list {
		tables, err := r.file.GetTables(sheet)
		if err == nil && slices.ContainsFunc(tables, func(t excelize.Table) bool { return t.Name == name }) {
			return sheet
		}
	}
	return ""
}

// grid is a sheet as it stands in the workbook.
type grid struct {
	name     string // ejmx's
	actual   string // as the sheet is called now
	rows     [][]string
	headers  int            // the row of the headers, from 0
	columns  map[string]int // by folded header, from 0
	names    []string       // of all columns, from left to right
	folded   []string       // the same, folded
	own      map[string]bool
	ownOrder []string
	comments map[string]excelize.Comment // by cell; those that were read are gone
}

// maxLead is how many rows a person may have put above the headers.
const maxLead = 20

func (r *reader) grid(name, actual string, keys []string) (*grid, error) {
	rows, err := r.file.GetRows(actual, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, err
	}
	g := &grid{name: name, actual: actual, rows: rows, own: map[string]bool{}}
	for _, header := range r.marks.columns[name] {
		g.own[fold(header)] = true
		g.ownOrder = append(g.ownOrder, fold(header))
	}
	if !g.findHeaders(keys) {
		return nil, fmt.Errorf("its column %q is gone, so rows cannot be told apart", keys[0])
	}
	g.nameColumns()
	comments, err := r.file.GetComments(actual)
	if err != nil {
		return nil, err
	}
	g.comments = byCell(comments)
	return g, nil
}

// findHeaders finds the row that has the headers of all keys.
func (g *grid) findHeaders(keys []string) bool {
	for y, row := range g.rows[:min(len(g.rows), maxLead)] {
		has := map[string]bool{}
		for _, header := range row {
			has[fold(header)] = true
		}
		if !slices.ContainsFunc(keys, func(key string) bool { return !has[fold(key)] }) {
			g.headers = y
			return true
		}
	}
	return false
}

// nameColumns gives each column its header. One that a person gave none, or another's, gets a name of its own.
func (g *grid) nameColumns() {
	g.columns = map[string]int{}
	widest := 0
	for _, row := range g.rows {
		widest = max(widest, len(row))
	}
	taken := headerNames{}
	for x := range widest {
		header := ""
		if x < len(g.rows[g.headers]) {
			header = g.rows[g.headers][x]
		}
		if strings.TrimSpace(header) == "" {
			header = "Column " + columnName(x)
		}
		name := taken.take(header)
		g.names = append(g.names, name)
		g.folded = append(g.folded, fold(name))
		g.columns[g.folded[x]] = x
	}
}

// at is the raw value under a header, "" where there is none.
func (g *grid) at(row []string, header string) string {
	if x, known := g.columns[fold(header)]; known && x < len(row) {
		return row[x]
	}
	return ""
}

// key is what tells a row apart, in the form of [sheet.keyOf].
func (g *grid) key(row []string, keys []string) string {
	var parts []string
	for _, header := range keys {
		part := strings.TrimSpace(g.at(row, header))
		if n, err := strconv.ParseFloat(part, 64); err == nil {
			part = strconv.FormatFloat(n, 'f', -1, 64)
		}
		parts = append(parts, part)
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// sheet reads one of ejmx's sheets.
func (r *reader) sheet(name, actual string) error {
	keys := keyHeaders[name]
	g, err := r.grid(name, actual, keys)
	if err != nil {
		return err
	}
	typed := r.typed.sheet(name)
	typed.layout = g.layout(keys)
	for x, header := range g.folded {
		if g.own[header] {
			continue
		}
		width, err := r.file.GetColWidth(actual, columnName(x))
		if err != nil {
			return err
		}
		typed.column(g.names[x], width)
	}
	for y := range g.rows {
		switch {
		case y < g.headers:
			err = r.stray(g, typed, y)
		case y == g.headers:
			r.onHeaders(g, typed)
		default:
			err = r.row(g, typed, y, g.key(g.rows[y], keys))
		}
		if err != nil {
			return err
		}
	}
	return r.strayComments(g, typed)
}

func (g *grid) layout(keys []string) layout {
	l := layout{actual: g.actual, columns: map[int]string{}, rows: map[int]string{}, first: g.headers + 2, last: len(g.rows)}
	for header, x := range g.columns {
		l.columns[x+1] = header
	}
	for y := g.headers + 1; y < len(g.rows); y++ {
		if key := g.key(g.rows[y], keys); key != "" {
			l.rows[y+1] = key
		}
	}
	return l
}

// row reads one row. One that ejmx did not write was added by a person and is kept whole.
func (r *reader) row(g *grid, typed *typedSheet, y int, key string) error {
	row := g.rows[y]
	name := strings.TrimSpace(g.at(row, headerName))
	added := len(r.marks.digests[g.name][key]) == 0
	if key == "" {
		added = !r.ownRow(g, row)
		if key = strayKey(y); added && name != "" {
			key = "(added) " + name
		}
	}
	for x, header := range g.folded {
		at := place(x, y)
		var c *typedCell
		var err error
		if g.own[header] && !added {
			c, err = r.overOwn(g, key, header, at, row, x)
		} else {
			c, err = r.cell(g, at)
		}
		if err != nil {
			return err
		}
		if words := r.marks.empty[g.name]; added && words != "" && c.value.text == words {
			c.value, c.style = typedValue{}, c.chosen()
		}
		c.header = g.names[x]
		typed.add(key, name, c)
	}
	return nil
}

// ownRow reports whether ejmx wrote a row that nothing tells apart.
func (r *reader) ownRow(g *grid, row []string) bool {
	var digests strings.Builder
	for _, header := range g.ownOrder {
		digests.WriteString(digest(g.at(row, header)))
	}
	return slices.Contains(r.marks.digests[g.name][""], digests.String())
}

// overOwn reads what a person did to a cell that ejmx wrote: a comment, a colour, another value.
func (r *reader) overOwn(g *grid, key, header, at string, row []string, x int) (*typedCell, error) {
	c := &typedCell{}
	g.takeComment(c, at)
	style, err := r.style(g.actual, at)
	if err != nil {
		return nil, err
	}
	if style != nil && len(style.Fill.Color) > 0 && !ownFill(style.Fill) {
		c.style = style
	}
	value := ""
	if x < len(row) {
		value = row[x]
	}
	same, known := r.marks.wrote(g.name, key, slices.Index(g.ownOrder, header), value)
	if known && !same && strings.TrimSpace(value) != "" {
		c.value, err = r.value(g.actual, at)
	}
	return c, err
}

// ownFill reports whether a colour is one of ejmx's own.
func ownFill(fill excelize.Fill) bool {
	colour := strings.ToUpper(strings.TrimPrefix(fill.Color[0], "#"))
	return slices.Contains([]string{fillTyped, fillHeader, fillTypedTop, fillCard}, colour[max(0, len(colour)-6):])
}
