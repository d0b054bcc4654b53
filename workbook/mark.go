package workbook

import (
	"bufio"
	"bytes"
	"errors"
	"hash/fnv"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// markName is the hidden sheet by which ejmx knows its own workbook again, and what in it was its own: without it, a
// column that an edition shows no longer would pass for one that a person added.
//
// Its first column says what a row is: "ejmx" (then the version of this format), "columns" (then a sheet's name and the
// headers that ejmx wrote there), "empty" (then a sheet's name and the words that stand there instead of rows), "row" (then
// a sheet's name, the row's key and a digest of each cell that ejmx wrote into it), "summary" (then a digest of each cell
// of the sheet Summary).
const (
	markName    = "ejmx"
	markVersion = "2"
)

// ErrForeign is in the error of [ReadTyped] for a workbook that ejmx did not write, or that another program stripped of
// what ejmx knows it by.
var ErrForeign = errors.New("not a workbook that ejmx wrote")

// mark writes the hidden sheet.
func (b *book) mark(all []*sheet, lines []line) error {
	if err := b.addSheet(markName); err != nil {
		return err
	}
	widest := 4
	for _, s := range all {
		widest = max(widest, 2+len(s.columns))
	}
	part, _ := sheetPart(b.sheets)
	b.additions.add(part, "</sheetData>", func(out *bufio.Writer) {
		w, y := newRowWriter(out, widest), 0
		for row := range markRows(all, lines) {
			y++
			w.begin(y)
			for x, words := range row {
				w.cell(x, &written{value: typedValue{kind: typedText, text: words}})
			}
			w.end()
		}
	})
	return b.file.SetSheetVisible(markName, false, true)
}

// markRows gives the hidden sheet's rows. Long workbooks have tens of thousands of them, so none is kept.
func markRows(all []*sheet, lines []line) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		more := yield([]string{"ejmx", markVersion})
		for _, s := range all {
			more = more && yield(append([]string{"columns", s.name}, s.ownHeaders()...))
			if len(s.rows) == 0 {
				more = more && yield([]string{"empty", s.name, s.empty})
			}
			for y, key := range s.keys() {
				more = more && yield([]string{"row", s.name, key, s.digest(s.rows[y])})
			}
		}
		for _, l := range lines {
			more = more && yield([]string{"summary", digest(l.label), digest(l.value.shownRaw())})
		}
	}
}

// ownHeaders are the headers of the columns that ejmx writes.
func (s *sheet) ownHeaders() []string {
	var headers []string
	for _, c := range s.columns {
		if !c.typed {
			headers = append(headers, c.header)
		}
	}
	return headers
}

// digest is four hexadecimal digits a cell for the columns that ejmx writes.
func (s *sheet) digest(row []cell) string {
	var digests strings.Builder
	for i, c := range s.columns {
		if !c.typed {
			digests.WriteString(digest(row[i].shownRaw()))
		}
	}
	return digests.String()
}

// shownRaw is a cell's value as a spreadsheet keeps it.
func (c cell) shownRaw() string {
	if c.kind == kindEmpty || c.kind == kindText {
		return c.text
	}
	return strconv.FormatFloat(c.number, 'g', -1, 64)
}

const digestLength = 4

// digest names a value so that a changed one is noticed. White space, and the last digits of a number, may differ: programs
// keep both as they like.
func digest(value string) string {
	if value != "" && value[0] <= '9' { // as every number's sign, point or digit
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			value = strconv.FormatFloat(math.Round(n*1e5)/1e5, 'f', -1, 64)
		}
	}
	var short [64]byte // most are, and then nothing is allocated
	words := short[:0]
	for word := range strings.FieldsSeq(value) {
		words = append(append(words, ' '), word...)
	}
	sum := fnv.New32a()
	sum.Write(bytes.TrimPrefix(words, []byte(" ")))
	digits := "0000" + strconv.FormatUint(uint64(sum.Sum32()&0xFFFF), 16)
	return digits[len(digits)-digestLength:]
}

// marks are what the hidden sheet says.
type marks struct {
	columns map[string][]string // ejmx's headers, by sheet
	sheets  []string
	empty   map[string]string              // the words instead of rows, by sheet
	digests map[string]map[string][]string // of rows, by sheet and key; rows that nothing tells apart have several, or the key ""
	summary map[string]bool                // digests of the cells of the sheet Summary
}

func readMarks(file *excelize.File) (*marks, error) {
	rows, err := file.GetRows(markName, excelize.Options{RawCellValue: true})
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 || rows[0][0] != "ejmx" {
		return nil, ErrForeign
	}
	if rows[0][1] != markVersion {
		return nil, errors.New("written by another version of ejmx")
	}
	m := &marks{columns: map[string][]string{}, empty: map[string]string{}, digests: map[string]map[string][]string{}, summary: map[string]bool{}}
	for _, row := range rows[1:] {
		switch {
		case len(row) >= 2 && row[0] == "columns":
			m.columns[row[1]] = row[2:]
			m.sheets = append(m.sheets, row[1])
		case len(row) == 3 && row[0] == "empty":
			m.empty[row[1]] = row[2]
		case len(row) == 4 && row[0] == "row":
			if m.digests[row[1]] == nil {
				m.digests[row[1]] = map[string][]string{}
			}
			m.digests[row[1]][row[2]] = append(m.digests[row[1]][row[2]], row[3])
		case len(row) == 3 && row[0] == "summary":
			m.summary[row[1]], m.summary[row[2]] = true, true
		}
	}
	return m, nil
}

// wrote reports whether a value is what ejmx wrote into a row, in the column of that place among its own. ok is false where
// nothing is known of such a row.
func (m *marks) wrote(sheet, key string, place int, value string) (same, ok bool) {
	for _, digests := range m.digests[sheet][key] {
		if from := place * digestLength; len(digests) >= from+digestLength {
			ok = true
			same = same || digests[from:from+digestLength] == digest(value)
		}
	}
	return same, ok
}
