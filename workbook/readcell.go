package workbook

import (
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// cell reads one cell that is a person's: value, look and comment.
func (r *reader) cell(g *grid, at string) (*typedCell, error) {
	c := &typedCell{}
	g.takeComment(c, at)
	var err error
	if c.value, err = r.value(g.actual, at); err != nil {
		return nil, err
	}
	style, err := r.style(g.actual, at)
	if err != nil {
		return nil, err
	}
	coloured := style != nil && len(style.Fill.Color) > 0 && !ownFill(style.Fill)
	if c.value.kind != typedNothing || coloured {
		c.style = style
	}
	return c, nil
}

// value reads what a cell holds, raw: its look says whether a number is a date or a percentage.
func (r *reader) value(sheet, at string) (typedValue, error) {
	raw, err := r.file.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
	if err != nil {
		return typedValue{}, err
	}
	formula, err := r.file.GetCellFormula(sheet, at)
	if err != nil {
		return typedValue{}, err
	}
	switch strings.TrimPrefix(formula, "=") {
	case "TRUE()": // LibreOffice's way to write a truth value
		return typedValue{kind: typedBool, number: 1}, nil
	case "FALSE()":
		return typedValue{kind: typedBool}, nil
	}
	if formula != "" { // also where no program has computed it yet, and so the value is empty
		return typedValue{kind: typedFormula, formula: strings.TrimPrefix(formula, "="), text: raw}, nil
	}
	if raw == "" {
		return typedValue{}, nil
	}
	kind, err := r.file.GetCellType(sheet, at)
	if err != nil {
		return typedValue{}, err
	}
	switch kind {
	case excelize.CellTypeBool:
		n, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return typedValue{kind: typedText, text: raw}, nil //nolint:nilerr // what is no truth value is text
		}
		return typedValue{kind: typedBool, number: n}, nil
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
		if n, err := strconv.ParseFloat(raw, 64); err == nil {
			shown, err := r.file.GetCellValue(sheet, at)
			return typedValue{kind: typedNumber, number: n, shown: shown}, err
		}
	case excelize.CellTypeDate: // ISO 8601 text, as some programs write dates
		if d := date(strings.TrimSuffix(strings.Replace(raw, "T", " ", 1), "Z")); d.kind != kindText {
			return typedValue{kind: typedNumber, number: d.number}, nil
		}
	case excelize.CellTypeSharedString, excelize.CellTypeInlineString:
		runs, err := r.file.GetCellRichText(sheet, at)
		if err != nil {
			return typedValue{}, err
		}
		if len(runs) > 1 || len(runs) == 1 && runs[0].Font != nil {
			return typedValue{kind: typedText, text: raw, runs: runs}, nil
		}
	}
	return typedValue{kind: typedText, text: raw}, nil
}

// style gives the look of a cell, nil for the plain one. Equal looks give the same pointer.
func (r *reader) style(sheet, at string) (*excelize.Style, error) {
	id, err := r.file.GetCellStyle(sheet, at)
	if err != nil || id == 0 {
		return nil, err
	}
	if style, known := r.looks[id]; known {
		return style, nil
	}
	style, err := r.file.GetStyle(id)
	if err != nil {
		return nil, err
	}
	r.looks[id] = style
	return style, nil
}

// byCell orders comments by the cell they are on.
func byCell(comments []excelize.Comment) map[string]excelize.Comment {
	all := map[string]excelize.Comment{}
	for _, comment := range comments {
		all[comment.Cell] = comment
	}
	return all
}

// takeComment notes the comment on a cell, which is read once.
func (g *grid) takeComment(c *typedCell, at string) {
	c.take(g.comments[at])
	delete(g.comments, at)
}

// take notes a comment. Of a threaded one, older programs see a text that begins with an explanation; only what people
// wrote is kept of it.
func (c *typedCell) take(comment excelize.Comment) {
	words := comment.Text
	if len(comment.Paragraph) > 0 {
		words = ""
	}
	for _, run := range comment.Paragraph {
		words += run.Text
	}
	if strings.HasPrefix(words, "[Threaded comment]") {
		if _, thread, found := strings.Cut(words, "\nComment:\n"); found {
			words = thread
		}
	}
	c.comment, c.author = strings.TrimSpace(words), comment.Author
}
