// Package typeset sets text in any script and draws it on pages of a PDF file.
//
// A [Setter] belongs to one file: it chooses fonts, shapes text with them, breaks it into lines, and in the end writes
// into the file the parts of the fonts that were drawn. Lines go onto a [Page] at a point; a [Flow] fills page after page
// with paragraphs; [WriteDocument] makes a whole file in one call. Text in what is drawn can be searched and copied in
// the order it is read, Arabic, Hebrew and Devanagari included, and a character that no font has shows as a box.
//
// Lengths are points, 1/72 inch, measured as in PDF from the lower left corner unless said otherwise. The same calls give
// the same bytes.
package typeset

import (
	"math"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Setter sets text for one file. It is not for use by several goroutines.
type Setter struct {
	press     *press // until the fonts are embedded
	w         *pdf.Writer
	faces     map[*font.Face]*face
	embedded  []*face // those that are drawn with, in the order of their first use
	fontNames string  // how the fonts' names begin
}

// NewSetter starts setting text for a file.
func NewSetter(w *pdf.Writer) *Setter {
	return &Setter{press: borrowPress(), w: w, fontNames: "EjmxFont", faces: make(map[*font.Face]*face)}
}

// Line sets text in one line, however long. Line ends in it become spaces; of text longer than any page is wide the
// beginning is kept, with "…" after it.
func (s *Setter) Line(text string, style Style) *Line {
	return s.Fit(text, style, maxLineWidth)
}

// maxLineWidth is wider than any page (PDF 32000-1, annex C.2, allows 14,400 points).
const maxLineWidth = 20_000

// Fit sets text in one line at most width wide: what does not fit is cut off at a letter, with "…" in its place.
func (s *Setter) Fit(text string, style Style, width float64) *Line {
	words := clean(text)
	for i, r := range words {
		if r == '\n' {
			words[i] = ' '
		}
	}
	if len(words) == 0 {
		return &Line{style: style}
	}
	if len(words) < maxParagraph {
		if l := s.line(words, style); l.Width <= width {
			return l
		}
	}
	return s.wrap(words, style, width, 1)[0]
}

// line sets a paragraph in one line.
func (s *Setter) line(text []rune, style Style) *Line {
	shaped := s.press.shape(text, style.Bold)
	b := lineBuilder{setter: s, text: text, levels: shaped.levels, base: levelOf(shaped.direction), style: style}
	return b.line(shaped.runs)
}

// Join gives lines of one style as one, each standing right of the one before.
func Join(lines ...*Line) *Line {
	joined := &Line{style: lines[0].style, RightToLeft: lines[0].RightToLeft}
	for _, l := range lines {
		joined.Width += l.Width
		joined.text = append(joined.text, l.text...)
		joined.runs = append(joined.runs, l.runs...)
	}
	return joined
}

// Width is how wide text is when set in one line.
func (s *Setter) Width(text string, style Style) float64 {
	return s.Line(text, style).Width
}

// Wrap sets text in lines at most width wide, broken where its script allows, or within a word that is too long. Line
// ends in the text begin a new line, and an empty line stays one. With limit above 0 there are at most that many lines,
// the last ending in "…" if text is left over.
func (s *Setter) Wrap(text string, style Style, width float64, limit int) []*Line {
	var lines []*Line
	for paragraph := range paragraphs(clean(text)) {
		if limit > 0 && len(lines) == limit {
			lines[limit-1] = s.continued(lines[limit-1], style, width)
			break
		}
		left := 0
		if limit > 0 {
			left = limit - len(lines)
		}
		lines = append(lines, s.wrap(paragraph, style, width, left)...)
	}
	return lines
}

// continued gives a line again with the sign that more text followed it.
func (s *Setter) continued(l *Line, style Style, width float64) *Line {
	ellipsis := []rune("…")
	return s.wrap(append([]rune(l.Text()), ellipsis...), style, width, 1)[0]
}

// unit is the size at which text is shaped, in thousandths of an em: the unit of widths in PDF fonts (9.2.4), whatever
// size the text is drawn in.
const unit = 1000

// wrap sets one paragraph. It always gives at least one line.
func (s *Setter) wrap(text []rune, style Style, width float64, limit int) []*Line {
	column := fixed.Int26_6(math.Min(width*unit/style.Size*64, math.MaxInt32/2))
	text, cut := bounded(text, style, width, limit)
	if len(text) == 0 {
		return []*Line{{style: style}}
	}
	if !cut && len(text) <= longestKnown && !unicode.IsSpace(text[len(text)-1]) { // the wrapper gives a last space no room
		if l := s.line(text, style); l.Width <= width {
			return []*Line{l}
		}
	}
	shaped := s.press.shape(text, style.Bold).clone()
	config := shaping.WrapConfig{Direction: shaped.direction, TruncateAfterLines: limit, TextContinues: cut}
	ellipsis := []rune("…")
	if limit > 0 {
		config.Truncator = s.press.shaper.Shape(shaping.Input{
			Text: ellipsis, RunEnd: 1, Direction: shaped.direction, Size: fixed.I(unit),
			Face: s.press.cut(base, style.Bold).Face, Script: language.Latin, Language: "en",
		})
	}
	s.press.wrapper.Prepare(config, text, shaping.NewSliceIterator(shaped.runs))
	var lines []*Line
	for {
		wrapped, done := s.press.wrapper.WrapNextLineF(column)
		b := lineBuilder{setter: s, text: text, levels: shaped.levels, base: levelOf(shaped.direction), style: style}
		if limit > 0 && len(lines) == limit-1 && (wrapped.Truncated > 0 || cut) {
			b.ellipsis = ellipsis
		}
		lines = append(lines, b.line(wrapped.Line))
		if done {
			return lines
		}
	}
}

// bounded cuts text that is longer than limit lines could ever hold, so that shaping a megabyte for one line does not
// take a megabyte's time. A letter is reckoned to be a tenth of an em wide at least.
func bounded(text []rune, style Style, width float64, limit int) (kept []rune, cut bool) {
	if limit <= 0 {
		return text, false
	}
	most := min(limit*int(10*width/style.Size+100), maxParagraph)
	if len(text) <= most {
		return text, false
	}
	return text[:most], true
}

func levelOf(d di.Direction) bidi.Level {
	if d == di.DirectionRTL {
		return 1
	}
	return 0
}
