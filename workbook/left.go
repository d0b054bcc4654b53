package workbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// leftName is the sheet that keeps what was typed and has no place any more, one value a row: about candidates who are no
// longer among the applications, above and below tables. When a candidate is back, so is what was typed.
const leftName = "Left"

// The headers of the sheet Left.
const (
	headerSheet  = "Sheet"
	headerKey    = "Of"
	headerColumn = "Column"
	headerTyped  = "Typed"
)

var (
	leftKeys    = []string{headerSheet, headerKey, headerColumn, headerTyped}
	leftColumns = append([]string{headerName}, leftKeys...)
)

// leftSheet lists rows of what was typed, by sheet.
func leftSheet() *sheet {
	return &sheet{
		name: leftName, table: "LeftBehind", frozen: 2, // LEFT is a function
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerKey, narrow: 12, wide: 30},
			{header: headerColumn, narrow: 12, wide: 30},
			{header: headerTyped, narrow: 40, wide: 70, wrap: true, typed: true},
			{header: headerSheet, narrow: 12, wide: 14},
		},
	}
}

// leave notes everything typed into a row that has no place any more.
func (s *sheet) leave(from string, r *typedRow, order []string) {
	for _, header := range order {
		c := r.cells[header].settled()
		s.rows = append(s.rows, []cell{text(r.name), text(r.key), text(c.header), {}, text(from)})
		s.put(len(s.rows)-1, 3, c)
	}
}

// left reads the sheet Left back, so that a candidate who is there again gets it back. What people typed there beside it is
// kept with it.
func (r *reader) left() error {
	g, err := r.grid(leftName, leftName, leftKeys)
	if err != nil {
		return err
	}
	for y := range g.rows {
		row := g.rows[y]
		from, header := strings.TrimSpace(g.at(row, headerSheet)), strings.TrimSpace(g.at(row, headerColumn))
		switch {
		case y < g.headers:
			err = r.stray(g, r.typed.sheet(leftName), y)
		case y == g.headers:
			r.onHeaders(g, r.typed.sheet(leftName))
		case from == "" || header == "":
			err = r.row(g, r.typed.sheet(leftName), y, "")
		default:
			err = r.leftRow(g, y, r.typed.sheet(from), header)
		}
		if err != nil {
			return err
		}
	}
	return r.strayComments(g, r.typed.sheet(leftName))
}

// leftRow reads one value that had been left.
func (r *reader) leftRow(g *grid, y int, from *typedSheet, header string) error {
	row := g.rows[y]
	c, err := r.cell(g, place(g.columns[fold(headerTyped)], y))
	if err != nil {
		return err
	}
	c.header = header
	for x, name := range g.names {
		beside := &typedCell{}
		g.takeComment(beside, place(x, y))
		if x < len(row) && !slices.ContainsFunc(leftColumns, func(ours string) bool { return fold(ours) == fold(name) }) && row[x] != "" {
			beside.comment = join(name+": "+row[x], beside.comment)
		}
		c.comment = join(c.comment, beside.comment)
	}
	from.add(g.key(row, []string{headerKey}), strings.TrimSpace(g.at(row, headerName)), c)
	return nil
}

// foreignSheet is a sheet that a person added.
type foreignSheet struct {
	name   string
	cells  map[spot]*typedCell // from the sheet's first cell
	wide   int                 // number of its last column
	widths map[string]float64  // by column
	merged []string            // ranges
}

// maxOwnRows bounds a sheet that a person added: excelize makes all the rows above a cell, so one stray cell on the last
// row would take gigabytes.
const maxOwnRows = 50_000

func tooLong(rows int) error {
	return fmt.Errorf("it reaches down to row %d, and ejmx copies at most %d rows", rows, maxOwnRows)
}

// foreign copies a sheet that a person added: values, formulas, looks, comments, widths and merged cells.
func (r *reader) foreign(name string) (*foreignSheet, error) {
	rows, err := r.file.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, err
	}
	if len(rows) > maxOwnRows {
		return nil, tooLong(len(rows))
	}
	comments, err := r.file.GetComments(name)
	if err != nil {
		return nil, err
	}
	g := &grid{name: name, actual: name, comments: byCell(comments)}
	s := &foreignSheet{name: name, cells: map[spot]*typedCell{}, widths: map[string]float64{}}
	for y, row := range rows {
		s.wide = max(s.wide, len(row))
		for x := range row {
			c, err := r.cell(g, place(x, y))
			if err != nil {
				return nil, err
			}
			if !c.empty() {
				s.cells[spot{y, x}] = c
			}
		}
	}
	for at := range g.comments { // on cells that hold nothing
		x, y, err := excelize.CellNameToCoordinates(at)
		if err != nil {
			return nil, err
		}
		s.cells[spot{y - 1, x - 1}] = &typedCell{}
		s.cells[spot{y - 1, x - 1}].take(g.comments[at])
		s.wide = max(s.wide, x)
	}
	for x := range s.wide {
		column := columnName(x)
		if s.widths[column], err = r.file.GetColWidth(name, column); err != nil {
			return nil, err
		}
	}
	merged, err := r.file.GetMergeCells(name)
	for _, m := range merged {
		s.merged = append(s.merged, m.GetStartAxis()+":"+m.GetEndAxis())
	}
	return s, err
}
