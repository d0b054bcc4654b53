package workbook

import (
	"bufio"
	"maps"
	"slices"
	"strings"
)

// carried is what people typed once it has found its place. What was typed into the tables is in these.
type carried struct {
	left      []*sheet        // the sheet Left, or none
	own       []*foreignSheet // sheets that people added, under names that no other has
	summary   map[spot]*typedCell
	translate *translator // by which formulas find what they speak of
}

// carry puts what people typed into the new sheets: to the row of the same key, under the same header.
func carry(all []*sheet, lines []line, t *Typed) carried {
	c := carried{translate: newTranslator(all, t)}
	if t == nil {
		return c
	}
	left := leftSheet()
	for _, name := range t.order {
		typed := t.sheets[name]
		if name == summaryName {
			c.summary = carrySummary(lines, typed, left)
			c.translate.placeSummary(lines)
			continue
		}
		i := slices.IndexFunc(all, func(s *sheet) bool { return s.name == name })
		if i < 0 { // a sheet that the edition shows no longer
			typed.leaveAll(left, name, nil)
			continue
		}
		columns := all[i].room(typed)
		c.translate.place(all[i], columns)
		rows := all[i].rowsByKey()
		rows[headersKey] = headersRow
		typed.leaveAll(left, name, rows)
		for _, key := range typed.order {
			if y, there := rows[key]; there {
				all[i].putRow(y, typed.rows[key], columns)
			}
		}
	}
	if len(left.rows) > 0 {
		c.left = []*sheet{left}
	}
	c.apart(all, t.own)
	return c
}

// apart gives sheets that people added names of their own: another edition may show a sheet of ejmx's that is called as theirs.
// Formulas go with the name.
func (c *carried) apart(all []*sheet, own []*foreignSheet) {
	taken := sheetNames{}
	for _, name := range []string{summaryName, leftName, markName} {
		taken.take(name)
	}
	for _, s := range all {
		taken.take(s.name)
	}
	for _, s := range own {
		named := *s
		named.name = taken.take(s.name)
		if named.name != s.name {
			c.translate.rename(s.name, named.name)
		}
		c.own = append(c.own, &named)
	}
}

// headersRow is the row of a table's headers, as spots count rows.
const headersRow = -1

// room makes the columns that people added, behind ejmx's own, and tells where each header of what was typed stands now.
// A column whose header has become one of ejmx's gets another.
func (s *sheet) room(typed *typedSheet) map[string]int {
	columns := map[string]int{}
	taken := headerNames{}
	for i, c := range s.columns {
		taken[fold(c.header)] = true
		columns[fold(c.header)] = i
	}
	for _, c := range typed.columns {
		if i, there := columns[fold(c.header)]; there && s.columns[i].typed {
			continue
		}
		s.columns = append(s.columns, column{header: taken.take(c.header), typed: true, narrow: c.width, wide: c.width, wrap: c.width > 24})
		columns[fold(c.header)] = len(s.columns) - 1
		for y := range s.rows {
			s.rows[y] = append(s.rows[y], cell{})
		}
	}
	return columns
}

func (s *sheet) rowsByKey() map[string]int {
	rows := map[string]int{}
	for y, key := range s.keys() {
		if key != "" {
			rows[key] = y
		}
	}
	return rows
}

// leaveAll leaves what was typed into rows that are not there any more.
func (s *typedSheet) leaveAll(left *sheet, name string, rows map[string]int) {
	for _, key := range s.order {
		if _, there := rows[key]; !there {
			r := s.rows[key]
			left.leave(name, r, slices.Sorted(maps.Keys(r.cells)))
		}
	}
}

// putRow puts what was typed into one row. What was said of a column that is gone is said of the row's first cell, and what
// was typed over ejmx's words is said of these.
func (s *sheet) putRow(y int, r *typedRow, columns map[string]int) {
	for _, header := range slices.Sorted(maps.Keys(r.cells)) {
		c := r.cells[header]
		x, there := columns[header]
		switch {
		case !there && c.value.kind == typedNothing && c.comment == "":
			continue // nothing but a colour
		case !there:
			c = &typedCell{author: c.author, comment: join(join(c.header+": "+c.value.words(), c.value.formulaWords()), c.comment)}
			x = 0
		case !s.columns[x].typed:
			c = c.asComment()
		}
		s.put(y, x, c)
	}
}

// put sets one cell. Two comments for one become one.
func (s *sheet) put(y, x int, c *typedCell) {
	if s.typed == nil {
		s.typed = map[spot]*typedCell{}
	}
	if known := s.typed[spot{y, x}]; known != nil {
		joined := *known
		joined.comment = join(known.comment, c.comment)
		c = &joined
	}
	s.typed[spot{y, x}] = c
}

// copies writes the sheets that people added.
func (b *book) copies(own []*foreignSheet) error {
	for _, s := range own {
		if err := b.copySheet(s); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) copySheet(s *foreignSheet) error {
	if err := b.addSheet(s.name); err != nil {
		return err
	}
	for _, column := range slices.Sorted(maps.Keys(s.widths)) {
		if err := b.file.SetColWidth(s.name, column, column, s.widths[column]); err != nil {
			return err
		}
	}
	people, err := b.people(s.name, s.cells, 0, func(spot) *column { return nil })
	if err != nil {
		return err
	}
	part, _ := sheetPart(b.sheets)
	b.additions.add(part, "</sheetData>", func(out *bufio.Writer) { writeSpots(newRowWriter(out, s.wide), people) })
	for _, area := range s.merged {
		from, to, _ := strings.Cut(area, ":")
		if err := b.file.MergeCell(s.name, from, to); err != nil {
			return err
		}
	}
	return nil
}

// writeSpots writes the rows that have anything in them.
func writeSpots(w *rowWriter, cells map[spot]*written) {
	row := -1
	for _, at := range slices.SortedFunc(maps.Keys(cells), spot.compare) {
		if at.row != row {
			if row >= 0 {
				w.end()
			}
			row = at.row
			w.begin(row + 1)
		}
		w.cell(at.column, cells[at])
	}
	if row >= 0 {
		w.end()
	}
}
