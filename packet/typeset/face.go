package typeset

import (
	"fmt"

	"github.com/go-text/typesetting/font"

	"github.com/ejmx/ejmx/packet/pdf"
)

// face is a font as one file uses it: its characters as they are drawn, and the subset that will be embedded.
type face struct {
	*cut
	subset *subset
	shown  []shown          // what each character code of the file's stands for; code 0 is .notdef
	codes  map[shown]uint16 // and the other way round
	ref    pdf.Ref          // of the Type 0 font, once it is drawn with
	key    pdf.Name         // its name in resource dictionaries
}

// shown is a glyph together with the text it was drawn for. A glyph that is drawn for different texts gets as many codes,
// so that each is found again (the Arabic letters that share a shape, ligatures, boxes for missing glyphs).
type shown struct {
	glyph uint16
	text  string
}

// face gives the file's face for one of the shaping library's.
func (s *Setter) face(library *font.Face) *face {
	f, ok := s.faces[library]
	if !ok {
		c := s.press.byLibrary[library]
		f = &face{cut: c, subset: newSubset(c.glyphs), shown: []shown{{}}, codes: make(map[shown]uint16)}
		s.faces[library] = f
	}
	return f
}

// code gives the two-byte character code under which a glyph is drawn for a text.
func (f *face) code(glyph uint16, text string) uint16 {
	key := shown{glyph, text}
	if code, ok := f.codes[key]; ok {
		return code
	}
	if len(f.shown) > maxCode {
		key.text = "" // a file that has used up all codes still shows every glyph
		if code, ok := f.codes[key]; ok {
			return code
		}
		return 0
	}
	code := uint16(len(f.shown))
	f.shown = append(f.shown, key)
	f.codes[key] = code
	f.subset.add(glyph)
	return code
}

const maxCode = 0xFFFF

// width is a glyph's own advance as the PDF font states it, in thousandths of an em.
func (f *face) width(glyph uint16) int {
	advance, _ := f.glyphs.metric(glyph)
	return f.thousandths(int(advance))
}

func (f *face) thousandths(v int) int {
	half := f.glyphs.unitsPerEm / 2
	if v < 0 {
		half = -half
	}
	return (v*unit + half) / f.glyphs.unitsPerEm
}

// NameFonts says how the names of the fonts in resource dictionaries begin, if not with "EjmxFont". Fonts that are added to
// pages of another file must not have the names of fonts that those use. It comes before anything is drawn.
func (s *Setter) NameFonts(prefix string) { s.fontNames = prefix }

// use makes sure that the face will be embedded and gives its name in resource dictionaries: one that no other program
// chooses, because it also stands on pages that are not ours.
func (s *Setter) use(f *face) pdf.Name {
	if f.ref == 0 {
		f.ref = s.w.Alloc()
		s.embedded = append(s.embedded, f)
		f.key = pdf.Name(fmt.Sprint(s.fontNames, len(s.embedded)))
	}
	return f.key
}
