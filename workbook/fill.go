package workbook

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// rows notes the rows of a sheet, which are written with its part, and what hangs on them: links and comments.
func (b *book) rows(s *sheet) error {
	styles, err := b.cellStyles(s)
	if err != nil {
		return err
	}
	people, err := b.people(s.name, s.typed, 1, func(at spot) *column { return &s.columns[at.column] })
	if err != nil {
		return err
	}
	part, _ := sheetPart(b.sheets)
	b.additions.add(part, "</sheetData>", func(out *bufio.Writer) { s.write(newRowWriter(out, len(s.columns)), styles, people) })
	if err := b.links(s); err != nil {
		return err
	}
	column, row := s.last()
	return b.file.SetSheetDimension(s.name, fmt.Sprintf("A1:%s%d", column, row))
}

// filled are a sheet's rows; one without any says so in words.
func (s *sheet) filled() [][]cell {
	if len(s.rows) == 0 {
		return [][]cell{{text(s.empty)}}
	}
	return s.rows
}

func (s *sheet) write(w *rowWriter, styles *cellStyles, people map[spot]*written) {
	for y, row := range s.filled() {
		w.begin(y + 2)
		for x := range row {
			c := &written{styles.of(x, &row[x]), row[x].value()}
			if typed := people[spot{y, x}]; typed != nil {
				c = typed.over(c)
			}
			if c.value.kind != typedNothing || people[spot{y, x}] != nil {
				w.cell(x, c)
			}
		}
		w.end()
	}
}

// over gives what a person made of a cell. A value in a column of ejmx's is what EJM says.
func (c *written) over(ours *written) *written {
	w := *c
	if ours.value.kind != typedNothing {
		w.value = ours.value
	}
	w.style = cmp.Or(w.style, ours.style)
	return &w
}

// value is a cell as it is written.
func (c *cell) value() typedValue {
	switch c.kind {
	case kindEmpty:
		return typedValue{}
	case kindText:
		return typedValue{kind: typedText, text: c.text}
	default:
		return typedValue{kind: typedNumber, number: c.number}
	}
}

// cellStyles are the styles of the cells that ejmx writes into a sheet.
type cellStyles struct {
	columns           []int
	link, day, moment int
}

func (b *book) cellStyles(s *sheet) (*cellStyles, error) {
	all := &cellStyles{columns: make([]int, len(s.columns))}
	var err error
	for x := range s.columns {
		if all.columns[x], err = b.styles.get(s.columns[x].look()); err != nil {
			return nil, err
		}
	}
	for _, want := range []struct {
		id   *int
		look look
	}{{&all.link, look{link: true}}, {&all.day, look{format: day}}, {&all.moment, look{format: moment}}} {
		if *want.id, err = b.styles.get(want.look); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// of is the style of a cell: its column's, unless its kind wants another.
func (all *cellStyles) of(x int, c *cell) int {
	switch {
	case c.link != "":
		return all.link
	case c.kind == kindDay:
		return all.day
	case c.kind == kindMoment:
		return all.moment
	default:
		return all.columns[x]
	}
}

// people gives the cells as people left them, and puts their comments. Below so many rows of the sheet lies the spot 0, 0;
// columnAt tells the column of ours that a spot is in, nil where it is in none.
func (b *book) people(sheet string, typed map[spot]*typedCell, below int, columnAt func(spot) *column) (map[spot]*written, error) {
	all := make(map[spot]*written, len(typed))
	for _, at := range slices.SortedFunc(maps.Keys(typed), spot.compare) {
		c, column := typed[at], columnAt(at)
		w := &written{}
		if column == nil || column.typed {
			w.value = c.value
			w.value.text = cellText(c.value.text)
			w.value.formula = b.translate.formula(sheet, c.value.formula)
		}
		if c.style != nil {
			var err error
			if w.style, err = b.styles.typed(c.style, column); err != nil {
				return nil, err
			}
		}
		all[at] = w
		if c.comment == "" {
			continue
		}
		if err := b.file.AddComment(sheet, commentOf(c, place(at.column, at.row+below))); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// compare orders spots by row, then by column.
func (at spot) compare(other spot) int {
	return cmp.Or(cmp.Compare(at.row, other.row), cmp.Compare(at.column, other.column))
}

// maxCommentUnits is how much text excelize takes for a comment.
const maxCommentUnits = 32512

// commentOf is a comment in a box that fits its text.
func commentOf(c *typedCell, at string) excelize.Comment {
	words := cutUnits(cellText(c.comment), maxCommentUnits)
	lines := uint(2 + strings.Count(words, "\n") + columnsWide(words)/40)
	return excelize.Comment{
		Cell: at, Author: cutUnits(cellText(c.author), 255), Paragraph: []excelize.RichTextRun{{Text: words}},
		Width: 260, Height: min(40+16*lines, 400),
	}
}

// link is a cell that opens a file.
type link struct{ at, target string }

// links makes the linked cells of a sheet open their files. excelize makes the first link, and with it the place for the
// others.
func (b *book) links(s *sheet) error {
	var all []link
	for y, row := range s.rows {
		for x := range row {
			if row[x].link != "" {
				all = append(all, link{place(x, y+1), linkTarget(row[x].link)})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	first, others := all[0], all[1:min(len(all), excelize.TotalSheetHyperlinks)]
	if err := b.file.SetCellHyperLink(s.name, first.at, first.target, "External"); err != nil {
		return err
	}
	part, targets := sheetPart(b.sheets)
	b.additions.add(part, "</hyperlinks>", func(out *bufio.Writer) {
		for i, l := range others {
			fmt.Fprintf(out, `<hyperlink ref="%s" r:id="link%d"/>`, l.at, i)
		}
	})
	b.additions.add(targets, "</Relationships>", func(out *bufio.Writer) {
		for i, l := range others {
			fmt.Fprintf(out, `<Relationship Id="link%d" Target="`, i)
			_ = xml.EscapeText(out, []byte(l.target)) // the buffer keeps the error for its end
			fmt.Fprintf(out, `" Type="%s" TargetMode="External"/>`, excelize.SourceRelationshipHyperLink)
		}
	})
	return nil
}

// linkTarget is a path as a spreadsheet's link has it: a relative reference (RFC 3986, section 4.2) in which letters of
// every script stay as they are, which Excel and LibreOffice both open.
func linkTarget(path string) string {
	var target strings.Builder
	for i := range len(path) {
		if c := path[i]; c <= ' ' || strings.IndexByte(`"%#?<>[]\^`+"`{|}", c) >= 0 {
			fmt.Fprintf(&target, "%%%02X", c)
		} else {
			target.WriteByte(c)
		}
	}
	return target.String()
}
