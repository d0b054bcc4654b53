package workbook

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// headersKey is the key of what is said of a sheet's headers.
const headersKey = "(headers)"

// strayKey is the key of what stands on a row that is none of the table's, by the row's number from 0.
func strayKey(y int) string { return fmt.Sprintf("(row %d)", y+1) }

// stray reads what a person put on a row above the headers.
func (r *reader) stray(g *grid, typed *typedSheet, y int) error {
	for x := range g.rows[y] {
		c, err := r.cell(g, place(x, y))
		if err != nil {
			return err
		}
		c.header = columnName(x)
		typed.add(strayKey(y), "", c)
	}
	return nil
}

// onHeaders reads comments on the headers.
func (r *reader) onHeaders(g *grid, typed *typedSheet) {
	for x, name := range g.names {
		c := &typedCell{header: name}
		g.takeComment(c, place(x, g.headers))
		typed.add(headersKey, "", c)
	}
}

// strayComments keeps the comments on cells that hold nothing and belong to no row or column.
func (r *reader) strayComments(g *grid, typed *typedSheet) error {
	for _, at := range slices.Sorted(maps.Keys(g.comments)) {
		x, y, err := excelize.CellNameToCoordinates(at)
		if err != nil {
			return err
		}
		c := &typedCell{header: columnName(x - 1)}
		g.takeComment(c, at)
		typed.add(strayKey(y-1), "", c)
	}
	return nil
}

// summary reads what people typed on the sheet Summary. Its rows are told apart by what ejmx wrote at their head, its columns
// by their letters.
func (r *reader) summary() error {
	rows, err := r.file.GetRows(summaryName, excelize.Options{RawCellValue: true})
	if err != nil {
		return err
	}
	if len(rows) > maxOwnRows {
		return tooLong(len(rows))
	}
	comments, err := r.file.GetComments(summaryName)
	if err != nil {
		return err
	}
	g := &grid{name: summaryName, actual: summaryName, rows: rows, comments: byCell(comments)}
	typed := r.typed.sheet(summaryName)
	typed.layout = layout{actual: summaryName, rows: map[int]string{}}
	seen := map[string]bool{}
	for y, row := range rows {
		key := strayKey(y)
		if len(row) > 0 && r.marks.summary[digest(row[0])] && fold(row[0]) != "" && !seen[fold(row[0])] {
			key = fold(row[0])
			seen[key] = true
		}
		typed.layout.rows[y+1] = key
		for x, value := range row {
			c, err := r.cell(g, place(x, y))
			if err != nil {
				return err
			}
			if x < summaryColumns && r.marks.summary[digest(value)] {
				c.value, c.style = typedValue{}, c.chosen()
			}
			c.header = columnName(x)
			typed.add(key, "", c)
		}
	}
	return r.strayComments(g, typed)
}

// carrySummary puts what people typed on the sheet Summary beside the same words as before. What has no row there any more
// goes to left.
func carrySummary(lines []line, t *typedSheet, left *sheet) map[spot]*typedCell {
	rows := map[string]int{}
	for y, l := range lines {
		if _, known := rows[fold(l.label)]; !known && l.label != "" {
			rows[fold(l.label)] = y
		}
	}
	s := &sheet{} // gathers the cells
	for _, key := range t.order {
		y, there := rows[key]
		if number, isStray := strings.CutPrefix(strings.TrimSuffix(key, ")"), "(row "); !there && isStray {
			n, err := strconv.Atoi(number)
			y, there = n-1, err == nil && n > 0
		}
		for _, header := range slices.Sorted(maps.Keys(t.rows[key].cells)) {
			x, err := excelize.ColumnNameToNumber(header)
			if !there || err != nil {
				left.leave(summaryName, t.rows[key], []string{header})
				continue
			}
			c := t.rows[key].cells[header]
			if y < len(lines) && lines[y].fills(x-1) {
				c = c.asComment()
			}
			s.put(y, x-1, c)
		}
	}
	return s.typed
}
