package typeset

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-text/typesetting/font/opentype"
)

// glyphTables are the tables of a TrueType font that drawing its glyphs takes (OpenType 1.9, "glyf", "loca", "hmtx").
type glyphTables struct {
	glyf, loca, hmtx, head, hhea, maxp []byte
	longLoca                           bool
	glyphCount, metricCount            int
	unitsPerEm                         int
}

var errFont = errors.New("typeset: damaged TrueType font")

func readGlyphTables(loader *opentype.Loader) (*glyphTables, error) {
	var t glyphTables
	for tag, into := range map[string]*[]byte{
		"glyf": &t.glyf, "loca": &t.loca, "hmtx": &t.hmtx, "head": &t.head, "hhea": &t.hhea, "maxp": &t.maxp,
	} {
		table, err := loader.RawTable(opentype.MustNewTag(tag))
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errFont, tag, err)
		}
		*into = table
	}
	return &t, t.check()
}

// check reads the fixed fields and makes sure that the tables are as long as these say.
func (t *glyphTables) check() error {
	if len(t.head) < 54 || len(t.hhea) < 36 || len(t.maxp) < 6 {
		return fmt.Errorf("%w: short header", errFont)
	}
	t.unitsPerEm = int(binary.BigEndian.Uint16(t.head[18:]))
	t.longLoca = binary.BigEndian.Uint16(t.head[50:]) != 0
	t.metricCount = int(binary.BigEndian.Uint16(t.hhea[34:]))
	t.glyphCount = int(binary.BigEndian.Uint16(t.maxp[4:]))
	entry := 2
	if t.longLoca {
		entry = 4
	}
	switch {
	case t.unitsPerEm == 0, t.glyphCount == 0, t.metricCount == 0, t.metricCount > t.glyphCount:
		return fmt.Errorf("%w: counts", errFont)
	case len(t.loca) < entry*(t.glyphCount+1), len(t.hmtx) < 4*t.metricCount+2*(t.glyphCount-t.metricCount):
		return fmt.Errorf("%w: short loca or hmtx", errFont)
	}
	return nil
}

// outline is a glyph's entry in glyf, empty for a space.
func (t *glyphTables) outline(gid uint16) ([]byte, error) {
	if int(gid) >= t.glyphCount {
		return nil, fmt.Errorf("%w: no glyph %d", errFont, gid)
	}
	var from, to int
	if t.longLoca {
		from = int(binary.BigEndian.Uint32(t.loca[4*int(gid):]))
		to = int(binary.BigEndian.Uint32(t.loca[4*int(gid)+4:]))
	} else {
		from = 2 * int(binary.BigEndian.Uint16(t.loca[2*int(gid):]))
		to = 2 * int(binary.BigEndian.Uint16(t.loca[2*int(gid)+2:]))
	}
	if from > to || to > len(t.glyf) || (to > from && to-from < 10) {
		return nil, fmt.Errorf("%w: glyph %d", errFont, gid)
	}
	return t.glyf[from:to], nil
}

// metric is a glyph's advance width and left side bearing, in font units.
func (t *glyphTables) metric(gid uint16) (advance uint16, bearing int16) {
	i := int(gid)
	if i < t.metricCount {
		return binary.BigEndian.Uint16(t.hmtx[4*i:]), int16(binary.BigEndian.Uint16(t.hmtx[4*i+2:]))
	}
	advance = binary.BigEndian.Uint16(t.hmtx[4*(t.metricCount-1):])
	return advance, int16(binary.BigEndian.Uint16(t.hmtx[4*t.metricCount+2*(i-t.metricCount):]))
}

// subset is a TrueType font that is being reduced to the glyphs a file draws, renumbered in the order they are first
// drawn. Instructions for low-resolution screens are left out; what composite glyphs are made of comes along.
type subset struct {
	from  *glyphTables
	order []uint16          // old numbers by new; 0 is .notdef, as it must be
	index map[uint16]uint16 // new numbers by old
}

func newSubset(t *glyphTables) *subset {
	return &subset{from: t, order: []uint16{0}, index: map[uint16]uint16{0: 0}}
}

// add gives a glyph's number in the subset.
func (s *subset) add(gid uint16) uint16 {
	if n, ok := s.index[gid]; ok {
		return n
	}
	n := uint16(len(s.order))
	s.order = append(s.order, gid)
	s.index[gid] = n
	return n
}

// font gives the reduced font as a TrueType file with just the tables that a PDF needs (PDF 32000-1, 9.9). Components of
// composite glyphs are added on the way.
func (s *subset) font() ([]byte, error) {
	var glyf, loca, hmtx []byte
	for i := 0; i < len(s.order); i++ { // grows while it runs
		outline, err := s.from.outline(s.order[i])
		if err != nil {
			return nil, err
		}
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if glyf, err = s.appendGlyph(glyf, outline); err != nil {
			return nil, fmt.Errorf("glyph %d: %w", s.order[i], err)
		}
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		advance, bearing := s.from.metric(s.order[i])
		hmtx = binary.BigEndian.AppendUint16(hmtx, advance)
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(bearing))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	return assemble(s.headers(glyf, loca, hmtx)), nil
}

// appendGlyph copies a glyph without its instructions.
func (s *subset) appendGlyph(b, outline []byte) ([]byte, error) {
	switch {
	case len(outline) == 0:
		return b, nil
	case int16(binary.BigEndian.Uint16(outline)) < 0:
		return s.appendComposite(b, outline)
	}
	contours := int(binary.BigEndian.Uint16(outline))
	lengthAt := 10 + 2*contours
	if len(outline) < lengthAt+2 {
		return nil, errFont
	}
	points := lengthAt + 2 + int(binary.BigEndian.Uint16(outline[lengthAt:]))
	if len(outline) < points {
		return nil, errFont
	}
	b = append(b, outline[:lengthAt]...)
	b = append(b, 0, 0)
	return append(b, outline[points:]...), nil
}

// The flags of a component that decide how long it is (OpenType, "Composite glyph description").
const (
	argsAreWords     = 0x0001
	hasScale         = 0x0008
	moreComponents   = 0x0020
	hasTwoScales     = 0x0040
	hasTwoByTwo      = 0x0080
	hasInstructions  = 0x0100
	headerOfAnyGlyph = 10
)

// appendComposite copies a composite glyph, with its components renumbered.
func (s *subset) appendComposite(b, outline []byte) ([]byte, error) {
	b = append(b, outline[:headerOfAnyGlyph]...)
	for rest := outline[headerOfAnyGlyph:]; ; {
		if len(rest) < 4 {
			return nil, errFont
		}
		flags := binary.BigEndian.Uint16(rest)
		size := componentSize(flags)
		component := binary.BigEndian.Uint16(rest[2:])
		if len(rest) < size || int(component) >= s.from.glyphCount {
			return nil, errFont
		}
		b = binary.BigEndian.AppendUint16(b, flags&^hasInstructions)
		b = binary.BigEndian.AppendUint16(b, s.add(component))
		b = append(b, rest[4:size]...)
		rest = rest[size:]
		if flags&moreComponents == 0 {
			return b, nil
		}
	}
}

func componentSize(flags uint16) int {
	size := 6
	if flags&argsAreWords != 0 {
		size += 2
	}
	switch {
	case flags&hasScale != 0:
		size += 2
	case flags&hasTwoScales != 0:
		size += 4
	case flags&hasTwoByTwo != 0:
		size += 8
	}
	return size
}

// headers gives the tables of the reduced font, with counts and formats as they are now.
func (s *subset) headers(glyf, loca, hmtx []byte) []table {
	head := append([]byte(nil), s.from.head[:54]...)
	binary.BigEndian.PutUint32(head[8:], 0)  // checkSumAdjustment, filled in when the file is whole
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets
	hhea := append([]byte(nil), s.from.hhea[:36]...)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(s.order)))
	maxp := append([]byte(nil), s.from.maxp...)
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(s.order)))
	return []table{
		{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp},
	}
}

type table struct {
	tag  string
	data []byte
}

// assemble joins tables, in the order of their tags, to a font file (OpenType, "Organization of an OpenType font").
func assemble(tables []table) []byte {
	searchRange, selector := 16, 0
	for searchRange*2 <= 16*len(tables) {
		searchRange, selector = searchRange*2, selector+1
	}
	file := []byte{0, 1, 0, 0}
	for _, v := range []int{len(tables), searchRange, selector, 16*len(tables) - searchRange} {
		file = binary.BigEndian.AppendUint16(file, uint16(v))
	}
	offset, headAt := len(file)+16*len(tables), 0
	for _, t := range tables {
		if t.tag == "head" {
			headAt = offset
		}
		file = append(file, t.tag...)
		file = binary.BigEndian.AppendUint32(file, checksum(t.data))
		file = binary.BigEndian.AppendUint32(file, uint32(offset))
		file = binary.BigEndian.AppendUint32(file, uint32(len(t.data)))
		offset += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		file = append(file, t.data...)
		for len(file)%4 != 0 {
			file = append(file, 0)
		}
	}
	const wholeFile = 0xB1B0AFBA
	binary.BigEndian.PutUint32(file[headAt+8:], wholeFile-checksum(file))
	return file
}

// checksum adds up a table as big-endian words, with zeros after it.
func checksum(data []byte) (sum uint32) {
	for ; len(data) >= 4; data = data[4:] {
		sum += binary.BigEndian.Uint32(data)
	}
	var last [4]byte
	copy(last[:], data)
	return sum + binary.BigEndian.Uint32(last[:])
}
