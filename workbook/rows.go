package workbook

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// written is a cell just as it is written: ejmx's or a person's.
type written struct {
	style int
	value typedValue
}

// rowWriter writes the rows of a sheet in the form of its file: ISO/IEC 29500-1, 18.3.1.73 and 18.3.1.4.
type rowWriter struct {
	*bufio.Writer
	columns []string // their names
	row     string   // the number of the one at work
}

func newRowWriter(out *bufio.Writer, columns int) *rowWriter {
	w := &rowWriter{Writer: out, columns: make([]string, columns)}
	for x := range columns {
		w.columns[x] = columnName(x)
	}
	return w
}

// begin begins a row by its number, from 1.
func (w *rowWriter) begin(row int) {
	w.row = strconv.Itoa(row)
	w.strings(`<row r="`, w.row, `">`)
}

// beginHigh begins a row of a height, in points.
func (w *rowWriter) beginHigh(row int, height float64) {
	w.row = strconv.Itoa(row)
	w.strings(`<row r="`, w.row, `" ht="`, strconv.FormatFloat(height, 'f', -1, 64), `" customHeight="1">`)
}

func (w *rowWriter) end() { w.strings("</row>") }

func (w *rowWriter) strings(parts ...string) {
	for _, part := range parts {
		_, _ = w.WriteString(part) // the buffer keeps the error for its end
	}
}

// cell writes the cell of a column, counted from 0.
func (w *rowWriter) cell(x int, c *written) {
	switch v := &c.value; v.kind {
	case typedNothing:
		if c.style != 0 {
			w.open(x, c.style, "")
			w.strings("</c>")
		}
	case typedNumber:
		w.open(x, c.style, "")
		w.strings("<v>", strconv.FormatFloat(v.number, 'f', -1, 64), "</v></c>")
	case typedBool:
		w.open(x, c.style, "b")
		w.strings("<v>", strconv.FormatFloat(v.number, 'f', 0, 64), "</v></c>")
	case typedFormula:
		w.formula(x, c)
	default:
		w.open(x, c.style, "inlineStr")
		w.strings("<is>")
		w.runs(v)
		w.strings("</is></c>")
	}
}

func (w *rowWriter) open(x, style int, kind string) {
	w.strings(`<c r="`, w.columns[x], w.row)
	if style != 0 {
		w.strings(`" s="`, strconv.Itoa(style))
	}
	if kind != "" {
		w.strings(`" t="`, kind)
	}
	w.strings(`">`)
}

// formula writes a formula with what it last gave, for readers that do not compute.
func (w *rowWriter) formula(x int, c *written) {
	kind := "str"
	if _, err := strconv.ParseFloat(c.value.text, 64); err == nil {
		kind = ""
	}
	w.open(x, c.style, kind)
	w.strings("<f>")
	w.escaped(c.value.formula)
	w.strings("</f><v>")
	w.escaped(escape(c.value.text))
	w.strings("</v></c>")
}

// runs writes a text, in the looks that its parts have (18.4.4 and 18.4.7).
func (w *rowWriter) runs(v *typedValue) {
	if len(v.runs) == 0 {
		w.words(escape(v.text))
		return
	}
	for _, run := range v.runs {
		w.strings("<r>")
		if run.Font != nil {
			w.font(run.Font)
		}
		w.words(run.Text) // excelize reads it as it stands there, escapes and all
		w.strings("</r>")
	}
}

func (w *rowWriter) words(words string) {
	w.strings(`<t xml:space="preserve">`)
	w.escaped(words)
	w.strings("</t>")
}

func (w *rowWriter) font(f *excelize.Font) {
	w.strings("<rPr>")
	for _, is := range []struct {
		set bool
		tag string
	}{{f.Bold, "<b/>"}, {f.Italic, "<i/>"}, {f.Strike, "<strike/>"}} {
		if is.set {
			w.strings(is.tag)
		}
	}
	switch {
	case f.Color != "":
		w.attribute("color", "rgb", "FF"+f.Color[max(0, len(f.Color)-6):])
	case f.ColorTheme != nil:
		w.strings(`<color theme="`, strconv.Itoa(*f.ColorTheme), `" tint="`, strconv.FormatFloat(f.ColorTint, 'f', -1, 64), `"/>`)
	case f.ColorIndexed != 0:
		w.attribute("color", "indexed", strconv.Itoa(f.ColorIndexed))
	}
	if f.Size > 0 {
		w.attribute("sz", "val", strconv.FormatFloat(f.Size, 'f', -1, 64))
	}
	for _, is := range [][2]string{{"u", f.Underline}, {"rFont", f.Family}, {"vertAlign", f.VertAlign}} {
		if is[1] != "" {
			w.attribute(is[0], "val", is[1])
		}
	}
	w.strings("</rPr>")
}

func (w *rowWriter) attribute(tag, name, value string) {
	w.strings("<", tag, " ", name, `="`)
	w.escaped(value)
	w.strings(`"/>`)
}

func (w *rowWriter) escaped(words string) {
	if isPlain(words) {
		w.strings(words)
		return
	}
	_ = xml.EscapeText(w, []byte(words)) // the buffer keeps the error for its end
}

// isPlain reports whether XML needs nothing escaped of a text, as of most.
func isPlain(words string) bool {
	for i := range len(words) {
		if c := words[i]; c < ' ' || c > '~' || c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' {
			return false
		}
	}
	return true
}

// columnName is the letters of a column, counted from 0; "" beyond what a sheet has room for.
func columnName(x int) string {
	name, err := excelize.ColumnNumberToName(x + 1)
	if err != nil {
		return ""
	}
	return name
}

// sheetPart is the part that holds a sheet, and its links' part, by the sheet's number from 1.
func sheetPart(sheet int) (part, links string) {
	return fmt.Sprintf("xl/worksheets/sheet%d.xml", sheet), fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", sheet)
}
