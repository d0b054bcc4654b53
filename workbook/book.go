package workbook

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
)

// book is a workbook while it is written.
type book struct {
	file   *excelize.File
	styles *styles
	title  string // of the posting, for the head of printed pages
	sheets int    // how many there are by now

	additions additions
	translate *translator
}

// newBook begins a workbook. taken is the time it is marked with, so that its bytes do not depend on the clock.
func newBook(title, tool string, taken time.Time) (*book, error) {
	b := &book{file: excelize.NewFile(), title: cutUnits(cellText(title), 100), additions: additions{}, translate: newTranslator(nil, nil)}
	b.styles = &styles{file: b.file, known: map[look]int{}}
	b.file.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return newCompletingZip(w, b.additions) })
	stamp := taken.UTC().Format(time.RFC3339)
	err := b.file.SetDocProps(&excelize.DocProperties{
		Creator: tool, LastModifiedBy: tool, Title: cellText(title), Created: stamp, Modified: stamp,
	})
	if err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	return b, nil
}

func (b *book) write(w io.Writer, p *dossier.Posting, o Options) error {
	all := sheets(p, o)
	about := summarize(p, o)
	carried := carry(all, about.lines, o.Typed)
	b.translate = carried.translate
	if err := b.summary(about, carried.summary); err != nil {
		return fmt.Errorf("sheet Summary: %w", err)
	}
	for _, s := range append(all, carried.left...) {
		if err := b.sheet(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	if err := b.copies(carried.own); err != nil {
		return err
	}
	if err := b.mark(all, about.lines); err != nil {
		return err
	}
	return b.finish(w)
}

// finish writes the file. Spreadsheet programs compute its formulas when they open it: those that people typed come
// without values that could be trusted.
func (b *book) finish(w io.Writer) error {
	recalculate := true
	if err := b.file.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &recalculate}); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	types := b.file.ContentTypes.Defaults // excelize adds to them in no order
	sort.Slice(types, func(i, j int) bool { return types[i].Extension < types[j].Extension })
	_, err := b.file.WriteTo(w)
	return err
}

// addSheet begins a sheet. The first takes the place of the one that a new file comes with.
func (b *book) addSheet(name string) error {
	b.sheets++
	if b.sheets == 1 {
		return b.file.SetSheetName("Sheet1", name)
	}
	_, err := b.file.NewSheet(name)
	return err
}

// sheet writes one table with all that belongs to it.
func (b *book) sheet(s *sheet) error {
	if err := b.addSheet(s.name); err != nil {
		return err
	}
	for _, step := range []func(*sheet) error{
		b.columns, b.headers, b.rows, b.table, b.rules, b.choices, b.panes, b.printed,
	} {
		if err := step(s); err != nil {
			return err
		}
	}
	return nil
}

// columns sets each column's width and look.
func (b *book) columns(s *sheet) error {
	for i, c := range s.columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		style, err := b.styles.get(c.look())
		if err != nil {
			return err
		}
		if err := b.file.SetColStyle(s.name, name, style); err != nil {
			return err
		}
		if err := b.file.SetColWidth(s.name, name, name, s.width(i)); err != nil {
			return err
		}
	}
	return nil
}

// width fits a column to its contents, within its limits and with room for the filter's button.
func (s *sheet) width(i int) float64 {
	c := s.columns[i]
	longest := 0
	for word := range strings.FieldsSeq(c.header) {
		longest = max(longest, columnsWide(word)+3)
	}
	if !c.wrap {
		longest = max(longest, columnsWide(c.header)/2+3)
	}
	for _, row := range s.rows {
		longest = max(longest, columnsWide(row[i].shown())+2)
	}
	return min(max(float64(longest), c.narrow), max(c.wide, c.narrow))
}

const headerHeight = 32 // points: two lines

func (b *book) headers(s *sheet) error {
	for i, c := range s.columns {
		at := place(i, 0)
		if err := b.file.SetCellStr(s.name, at, escape(c.header)); err != nil {
			return err
		}
		style, err := b.styles.get(look{header: true, typed: c.typed})
		if err != nil {
			return err
		}
		if err := b.file.SetCellStyle(s.name, at, at, style); err != nil {
			return err
		}
	}
	return b.file.SetRowHeight(s.name, 1, headerHeight)
}

// place is the name of a cell by its column and row, both counted from 0; row 0 is the headers'.
func place(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil { // beyond what a sheet has room for; excelize refuses the empty name
		return ""
	}
	return name
}

// last is the name of a sheet's last column, and the number of its last row.
func (s *sheet) last() (string, int) {
	name, err := excelize.ColumnNumberToName(len(s.columns))
	if err != nil {
		name = "XFD"
	}
	return name, max(len(s.rows), 1) + 1
}

// table makes filters, banding and a name to use in formulas.
func (b *book) table(s *sheet) error {
	column, row := s.last()
	return b.file.AddTable(s.name, &excelize.Table{
		Range: fmt.Sprintf("A1:%s%d", column, row), Name: cmp.Or(s.table, s.name), StyleName: "TableStyleLight1",
	})
}

// rules colour the cells that a rule speaks of.
func (b *book) rules(s *sheet) error {
	_, lastRow := s.last()
	for _, r := range s.rules {
		format, err := b.styles.tone(r.tone)
		if err != nil {
			return err
		}
		formula := r.formula
		for i := range s.columns {
			name, err := excelize.ColumnNumberToName(i + 1)
			if err != nil {
				return err
			}
			formula = strings.ReplaceAll(formula, "{"+s.columns[i].header+"}", "$"+name+"2")
		}
		column, _, _ := excelize.SplitCellName(place(s.index(r.header), 1))
		err = b.file.SetConditionalFormat(s.name, fmt.Sprintf("%s2:%s%d", column, column, lastRow),
			[]excelize.ConditionalFormatOptions{{Type: "formula", Criteria: formula, Format: &format}})
		if err != nil {
			return err
		}
	}
	return nil
}

// ratings are what the column Rating offers; other words can be typed too.
var ratings = []string{"5", "4", "3", "2", "1"}

func (b *book) choices(s *sheet) error {
	_, lastRow := s.last()
	for i, c := range s.columns {
		if !c.rating {
			continue
		}
		choice := excelize.NewDataValidation(true)
		column, _, err := excelize.SplitCellName(place(i, 1))
		if err != nil {
			return err
		}
		choice.SetSqref(fmt.Sprintf("%s2:%s%d", column, column, lastRow))
		if err := choice.SetDropList(ratings); err != nil {
			return err
		}
		choice.SetInput("Rating", "5 is best. Anything else can be typed too.")
		if err := b.file.AddDataValidation(s.name, choice); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) panes(s *sheet) error {
	topLeft := place(s.frozen, 1)
	return b.file.SetPanes(s.name, &excelize.Panes{
		Freeze: true, XSplit: s.frozen, YSplit: 1, TopLeftCell: topLeft, ActivePane: "bottomRight",
		Selection: []excelize.Selection{{SQRef: topLeft, ActiveCell: topLeft, Pane: "bottomRight"}},
	})
}

const paperA4 = 9

// page makes a sheet print on landscape pages as wide as its columns, each with the posting and a number.
func (b *book) page(sheet string) error {
	landscape, width, height, paper, fit := "landscape", 1, 0, paperA4, true
	err := b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{
		Size: &paper, Orientation: &landscape, FitToWidth: &width, FitToHeight: &height,
	})
	if err != nil {
		return err
	}
	if err := b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	return b.file.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{
		OddHeader: "&L" + strings.ReplaceAll(b.title, "&", "&&") + "&R&A", OddFooter: "&RPage &P of &N",
	})
}

// printed repeats the headers on each page.
func (b *book) printed(s *sheet) error {
	if err := b.page(s.name); err != nil {
		return err
	}
	return b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: "'" + s.name + "'!$1:$1", Scope: s.name,
	})
}
