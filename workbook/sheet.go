package workbook

import (
	"iter"
	"strconv"
	"strings"
	"time"
)

// sheet is a table of the workbook before it is written: one row of headers, then rows of as many cells.
type sheet struct {
	name    string // of the sheet
	table   string // of its table, for formulas; "" is the sheet's
	columns []column
	rows    [][]cell
	empty   string // what to say where there are no rows
	frozen  int    // how many columns stay in view
	rules   []rule
	typed   map[spot]*typedCell // what people typed, once it is carried over
}

// spot is a cell's row and column, both counted from 0 below the headers.
type spot struct{ row, column int }

// column is one column of a sheet.
type column struct {
	header string
	format format
	narrow float64 // least width, in characters
	wide   float64 // greatest width
	wrap   bool
	typed  bool // for people to type in; ejmx writes nothing of its own into it
	rating bool // offers the ratings to choose from
}

// look is how the column's cells look.
func (c *column) look() look { return look{format: c.format, wrap: c.wrap, typed: c.typed} }

// format is how a column shows its cells.
type format int

const (
	general  format = iota
	integer         // a count
	decimal         // two places
	identity        // one of EJM's numbers: no thousands
	day
	moment
)

// rule colours the cells of a column where a formula holds. Within it {Header} stands for the row's cell of that column.
type rule struct {
	header  string // the column that is coloured
	formula string
	tone    tone
}

// tone is what a colour says.
type tone int

const (
	toneWaiting tone = iota // not here yet
	toneProblem             // went wrong
)

// cell is what stands in one cell that ejmx writes.
type cell struct {
	kind   kind
	text   string
	number float64 // a date counts days since 30 December 1899, as spreadsheets do
	link   string  // a path from the workbook's folder, with slashes; "" for none
}

type kind int

const (
	kindEmpty kind = iota
	kindText
	kindNumber
	kindDay
	kindMoment
)

// text is a cell of words; they are never taken for a formula or a number.
func text(words string) cell {
	if words = cellText(words); words == "" {
		return cell{}
	}
	return cell{kind: kindText, text: words}
}

// linked is a cell of words that opens a file of the export.
func linked(words, path string) cell {
	c := text(words)
	c.link = path
	return c
}

func number[N ~int | ~int64](n N) cell { return cell{kind: kindNumber, number: float64(n)} }

// numberOrNone is empty for 0.
func numberOrNone[N ~int | ~int64](n N) cell {
	if n == 0 {
		return cell{}
	}
	return number(n)
}

// year is a cell for one of EJM's years: a number where it is one, so that it sorts and filters as one.
func year(words string) cell {
	if n, err := strconv.Atoi(strings.TrimSpace(words)); err == nil && len(words) <= 4 {
		return number(n)
	}
	return text(words)
}

// sheetEpoch is day 0 of spreadsheets, which hold dates as days since then. Days before 1 March 1900 differ between
// programs, so such dates stay text.
var (
	sheetEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	firstDay   = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
)

// date is a cell for one of EJM's times, which carry no zone and are shown as they came: "2026-11-24 09:00:00", or a day
// alone. What is no such time stays text.
func date(words string) cell {
	for layout, kind := range map[string]kind{time.DateTime: kindMoment, time.DateOnly: kindDay} {
		if t, err := time.Parse(layout, words); err == nil && !t.Before(firstDay) {
			return cell{kind: kind, number: serial(t)}
		}
	}
	return text(words)
}

// serial is a time as spreadsheets count, to the second. It is a hair later than the time itself: LibreOffice would show
// what is the least bit less than 8:30 as 8:29.
func serial(t time.Time) float64 { return t.Sub(sheetEpoch).Seconds()/(24*60*60) + 1e-9 }

// shown is a cell's words as they appear, for widths and for CSV.
func (c cell) shown() string {
	switch c.kind {
	case kindText:
		return c.text
	case kindNumber:
		return strconv.FormatFloat(c.number, 'f', -1, 64)
	case kindDay:
		return c.time().Format(time.DateOnly)
	case kindMoment:
		return c.time().Format(time.DateTime)
	default:
		return ""
	}
}

func (c cell) time() time.Time {
	return sheetEpoch.Add(time.Duration(c.number*24*60*60+0.5) * time.Second)
}

// index gives the place of a column by its header, -1 for none.
func (s *sheet) index(header string) int {
	for i, c := range s.columns {
		if fold(c.header) == fold(header) {
			return i
		}
	}
	return -1
}

// keyHeaders are the columns that together tell a sheet's rows apart. The rows of a sheet without any are not told apart.
var keyHeaders = map[string][]string{
	"Candidates": {headerApplication},
	"Documents":  {headerApplication, headerKind, headerNumber},
	"Letters":    {headerApplication, headerNumber},
	"Answers":    {headerApplication, headerQuestionID},
	"Interviews": {headerNumber},
	"Changes":    {headerApplication, headerWhat, headerItem},
	"Problems":   {headerApplication, headerKind, headerNumber},
}

// keys gives for each row, counted from 0, what tells it apart: "" where nothing does.
func (s *sheet) keys() iter.Seq2[int, string] {
	var places []int
	for _, header := range keyHeaders[s.name] {
		places = append(places, s.index(header))
	}
	return func(yield func(int, string) bool) {
		parts := make([]string, len(places))
		for y, row := range s.rows {
			for i, place := range places {
				parts[i] = row[place].shown()
			}
			if !yield(y, strings.TrimSpace(strings.Join(parts, " "))) {
				return
			}
		}
	}
}
