package workbook

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/dossier"
)

// WriteCSV writes each sheet but the summary as a text file, "csv/Candidates.csv" and so on, through create, which makes
// the file of a name with whatever write puts into it. The files are UTF-8 with a byte-order mark, by which Excel knows
// it, comma separated (RFC 4180). A cell that a spreadsheet program would take for a formula begins with an apostrophe.
func WriteCSV(create func(name string, write func(io.Writer) error) error, p *dossier.Posting, o Options) error {
	all := sheets(p, o)
	carried := carry(all, summarize(p, o).lines, o.Typed)
	for _, s := range append(all, carried.left...) {
		if err := create("csv/"+s.name+".csv", s.writeCSV); err != nil {
			return fmt.Errorf("%s as CSV: %w", s.name, err)
		}
	}
	return nil
}

func (s *sheet) writeCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	record := make([]string, len(s.columns))
	for i, c := range s.columns {
		record[i] = inert(c.header)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for y, row := range s.rows {
		for x, c := range row {
			record[x] = s.inert(y, x, c)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inert is a cell's words for CSV. Numbers stay as they are, also negative ones.
func (s *sheet) inert(y, x int, c cell) string {
	if typed := s.typed[spot{y, x}]; typed != nil && s.columns[x].typed {
		if _, err := strconv.ParseFloat(typed.value.shown, 64); typed.value.kind == typedNumber && (err == nil || typed.value.shown == "") {
			return typed.value.words()
		}
		if typed.value.shown != "" { // a date, a percentage
			return inert(typed.value.shown)
		}
		return inert(typed.value.words())
	}
	if c.kind == kindText {
		return inert(c.text)
	}
	return c.shown()
}

// inert puts an apostrophe before words that a spreadsheet program would run: those that begin with one of = + - @, also
// in their full-width forms, or with a tab or line break that hides one.
func inert(words string) string {
	if strings.HasPrefix(words, "\t") || strings.HasPrefix(words, "\n") || strings.HasPrefix(words, "\r") {
		return "'" + words
	}
	first := strings.TrimLeft(words, " \u00A0\u3000")
	for _, start := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%"} {
		if strings.HasPrefix(first, start) {
			return "'" + words
		}
	}
	return words
}
