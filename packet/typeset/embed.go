package typeset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Close writes the fonts that were drawn with into the file, each reduced to what was drawn. Nothing can be drawn after.
func (s *Setter) Close() error {
	s.press.giveBack()
	s.press = nil
	for _, f := range s.embedded {
		if err := s.embed(f); err != nil {
			return fmt.Errorf("typeset: embedding %s: %w", f.name, err)
		}
	}
	return s.w.Err()
}

// embed writes a face as a composite font of Unicode text, two bytes a character (PDF 32000-1, 9.7).
func (s *Setter) embed(f *face) error {
	program, err := f.subset.font()
	if err != nil {
		return err
	}
	name := pdf.Name(subsetTag(program) + "+" + f.name)
	file := s.w.AddStream(pdf.Dict{"Length1": pdf.Int(len(program))}, program)
	descendant := pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType2"), "BaseFont": name,
		"CIDSystemInfo":  pdf.Dict{"Registry": pdf.String("Adobe"), "Ordering": pdf.String("Identity"), "Supplement": pdf.Int(0)},
		"FontDescriptor": s.w.Add(f.descriptor(name, file)),
		"CIDToGIDMap":    s.glyphMap(f),
		"DW":             pdf.Int(f.width(0)),
		"W":              f.widths(),
	}
	s.w.Put(f.ref, pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": name, "Encoding": pdf.Name("Identity-H"),
		"DescendantFonts": pdf.Array{s.w.Add(descendant)},
		"ToUnicode":       s.w.AddStream(pdf.Dict{}, f.toUnicode()),
	})
	return nil
}

// subsetTag gives the six letters that tell subsets of one font apart (9.6.4), from what is in the subset.
func subsetTag(program []byte) string {
	sum := sha256.Sum256(program)
	v := binary.BigEndian.Uint64(sum[:])
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = byte('A' + v%26)
		v /= 26
	}
	return string(tag)
}

// descriptor describes the whole font (9.8). Its vertical lengths are hhea's.
func (f *face) descriptor(name pdf.Name, file pdf.Ref) pdf.Dict {
	field := func(table []byte, at int) int { return f.thousandths(int(int16(binary.BigEndian.Uint16(table[at:])))) }
	head, hhea := f.glyphs.head, f.glyphs.hhea
	const symbolic = 1 << 2
	stem := 80
	if f.thick || len(f.name) > 5 && f.name[len(f.name)-5:] == "-Bold" {
		stem = 140
	}
	return pdf.Dict{
		"Type": pdf.Name("FontDescriptor"), "FontName": name, "Flags": pdf.Int(symbolic),
		"FontBBox": pdf.Array{
			pdf.Int(field(head, 36)), pdf.Int(field(head, 38)), pdf.Int(field(head, 40)), pdf.Int(field(head, 42)),
		},
		"ItalicAngle": pdf.Int(0), "Ascent": pdf.Int(field(hhea, 4)), "Descent": pdf.Int(field(hhea, 6)),
		"CapHeight": pdf.Int(714), "StemV": pdf.Int(stem), "FontFile2": file,
	}
}

// glyphMap maps character codes to the subset's glyphs, which differ once a glyph has several codes.
func (s *Setter) glyphMap(f *face) pdf.Object {
	identity := true
	table := make([]byte, 0, 2*len(f.shown))
	for code, shown := range f.shown {
		glyph := f.subset.index[shown.glyph]
		identity = identity && int(glyph) == code
		table = binary.BigEndian.AppendUint16(table, glyph)
	}
	if identity {
		return pdf.Name("Identity")
	}
	return s.w.AddStream(pdf.Dict{}, table)
}

// widths gives the codes' widths (9.7.4.3), those of one width together.
func (f *face) widths() pdf.Array {
	each := make(pdf.Array, len(f.shown))
	for code, shown := range f.shown {
		each[code] = pdf.Int(f.width(shown.glyph))
	}
	return pdf.Array{pdf.Int(0), each}
}

// toUnicode is the CMap by which readers find the text again (9.10.3).
func (f *face) toUnicode() []byte {
	b := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	const most = 100 // entries a block
	for start := 1; start < len(f.shown); start += most {
		end := min(start+most, len(f.shown))
		b = fmt.Appendf(b, "%d beginbfchar\n", end-start)
		for code := start; code < end; code++ {
			b = fmt.Appendf(b, "<%04X> <", code)
			for _, u := range utf16.Encode([]rune(f.shown[code].text)) {
				b = fmt.Appendf(b, "%04X", u)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}
