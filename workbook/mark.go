package workbook

import (
	"errors"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// markName is the hidden sheet by which ejmx knows its own workbook again, and what in it was its own: without it, a
// column that an edition shows no longer would pass for one that a person added.
//
// Its first column says what a row is: "ejmx" (then the version of this format), "columns" (then a sheet's name and the
// headers that ejmx wrote there), "row" (then the key of a candidate and a digest of each cell that ejmx wrote).
const (
	markName    = "ejmx"
	markVersion = "1"
)

// ErrForeign is in the error of [ReadTyped] for a workbook that ejmx did not write, or that another program stripped of
// what ejmx knows it by.
var ErrForeign = errors.New("not a workbook that ejmx wrote")

// mark writes the hidden sheet.
func (b *book) mark(all []*sheet) error {
	if _, err := b.file.NewSheet(markName); err != nil {
		return err
	}
	row := 0
	write := func(words ...string) error {
		for x, word := range words {
			if err := b.file.SetCellStr(markName, place(x, row), escape(word)); err != nil {
				return err
			}
		}
		row++
		return nil
	}
	if err := write("ejmx", markVersion); err != nil {
		return err
	}
	for _, s := range all {
		words := []string{"columns", s.name}
		for _, c := range s.columns {
			if !c.typed {
				words = append(words, c.header)
			}
		}
		if err := write(words...); err != nil {
			return err
		}
	}
	for _, r := range all[0].rows {
		if err := write("row", all[0].keyOf(r), all[0].digest(r)); err != nil {
			return err
		}
	}
	return b.file.SetSheetVisible(markName, false, true)
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
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		value = strconv.FormatFloat(math.Round(n*1e5)/1e5, 'f', -1, 64)
	}
	sum := fnv.New32a()
	sum.Write([]byte(strings.Join(strings.Fields(value), " ")))
	digits := "0000" + strconv.FormatUint(uint64(sum.Sum32()&0xFFFF), 16)
	return digits[len(digits)-digestLength:]
}

// marks are what the hidden sheet says.
type marks struct {
	columns map[string][]string // ejmx's headers, by sheet
	sheets  []string
	digests map[string]string // by key of a candidate
}

func readMarks(file *excelize.File) (*marks, error) {
	rows, err := file.GetRows(markName, excelize.Options{RawCellValue: true})
	if err != nil || len(rows) == 0 || len(rows[0]) < 2 || rows[0][0] != "ejmx" {
		return nil, ErrForeign
	}
	if rows[0][1] != markVersion {
		return nil, errors.New("written by another version of ejmx")
	}
	m := &marks{columns: map[string][]string{}, digests: map[string]string{}}
	for _, row := range rows[1:] {
		switch {
		case len(row) >= 2 && row[0] == "columns":
			m.columns[row[1]] = row[2:]
			m.sheets = append(m.sheets, row[1])
		case len(row) == 3 && row[0] == "row":
			m.digests[row[1]] = row[2]
		}
	}
	return m, nil
}
