package typeset

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/go-text/typesetting/font/opentype"
)

// reread gives the tables of a reduced font.
func reread(t *testing.T, file []byte) *glyphTables {
	t.Helper()
	loader, err := opentype.NewLoader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := readGlyphTables(loader)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func TestSubsetsDrawTheSameGlyphs(t *testing.T) {
	for _, f := range families {
		t.Run(f.regular.name, func(t *testing.T) {
			t.Parallel()
			full := f.regular.load().glyphs
			s := newSubset(full)
			for gid := 1; gid < full.glyphCount; gid += 1 + full.glyphCount/200 {
				s.add(uint16(gid))
			}
			drawn := len(s.order)
			file, err := s.font()
			if err != nil {
				t.Fatal(err)
			}
			if sum := checksum(file); sum != 0xB1B0AFBA {
				t.Errorf("the file's checksum is %08X", sum)
			}
			reduced := reread(t, file)
			for number, gid := range s.order[:drawn] {
				sameGlyph(t, full, gid, reduced, uint16(number))
			}
		})
	}
}

// sameGlyph compares two glyphs, and what composite ones are made of.
func sameGlyph(t *testing.T, a *glyphTables, aID uint16, b *glyphTables, bID uint16) {
	t.Helper()
	aAdvance, aBearing := a.metric(aID)
	bAdvance, bBearing := b.metric(bID)
	if aAdvance != bAdvance || aBearing != bBearing {
		t.Errorf("glyph %d: metrics differ", aID)
	}
	was, err := a.outline(aID)
	if err != nil {
		t.Fatal(err)
	}
	is, err := b.outline(bID)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case len(was) == 0:
		if len(is) != 0 {
			t.Errorf("glyph %d: was empty", aID)
		}
	case int16(binary.BigEndian.Uint16(was)) < 0:
		sameComponents(t, a, was, b, is)
	default:
		ends := 10 + 2*int(binary.BigEndian.Uint16(was))
		instructions := int(binary.BigEndian.Uint16(was[ends:]))
		points := was[ends+2+instructions:]
		if !bytes.Equal(was[:ends], is[:ends]) || !bytes.HasPrefix(is[ends+2:], points) {
			t.Errorf("glyph %d: outlines differ", aID)
		}
		if binary.BigEndian.Uint16(is[ends:]) != 0 {
			t.Errorf("glyph %d: instructions remain", aID)
		}
	}
}

func sameComponents(t *testing.T, a *glyphTables, was []byte, b *glyphTables, is []byte) {
	t.Helper()
	was, is = was[10:], is[10:]
	for {
		flags := binary.BigEndian.Uint16(was)
		size := componentSize(flags)
		if binary.BigEndian.Uint16(is) != flags&^hasInstructions || !bytes.Equal(was[4:size], is[4:size]) {
			t.Error("components differ")
		}
		sameGlyph(t, a, binary.BigEndian.Uint16(was[2:]), b, binary.BigEndian.Uint16(is[2:]))
		if flags&moreComponents == 0 {
			return
		}
		was, is = was[size:], is[size:]
	}
}

// FuzzSubset reduces damaged fonts: an error or a font, never a panic, and never one whose components point nowhere.
func FuzzSubset(f *testing.F) {
	simple := []byte{0, 1, 0, 0, 0, 0, 0, 9, 0, 9, 0, 0, 0, 2, 7, 7, 1, 5, 5}
	composite := []byte{0xFF, 0xFF, 0, 0, 0, 0, 0, 9, 0, 9, 1, 0, 0, 1, 0, 0, 0, 0}
	f.Add(append(simple, composite...), uint16(1), uint16(len(simple)))
	f.Add([]byte{}, uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, glyf []byte, gid, cut uint16) {
		t1 := min(int(cut), len(glyf))
		loca := binary.BigEndian.AppendUint32(nil, 0)
		loca = binary.BigEndian.AppendUint32(loca, 0)
		loca = binary.BigEndian.AppendUint32(loca, uint32(t1))
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		tables := &glyphTables{
			glyf: glyf, loca: loca, hmtx: make([]byte, 4*3), head: make([]byte, 54), hhea: make([]byte, 36), maxp: make([]byte, 32),
			longLoca: true, glyphCount: 3, metricCount: 3, unitsPerEm: 1000,
		}
		binary.BigEndian.PutUint16(tables.head[18:], 1000)
		s := newSubset(tables)
		s.add(gid)
		file, err := s.font()
		if err != nil {
			return
		}
		reduced := reread(t, file)
		if reduced.glyphCount != len(s.order) {
			t.Errorf("%d glyphs, want %d", reduced.glyphCount, len(s.order))
		}
		for number := range s.order {
			if _, err := reduced.outline(uint16(number)); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestDamagedTablesAreErrors(t *testing.T) {
	good := base.regular.load().glyphs
	for name, damage := range map[string]func(*glyphTables){
		"short head": func(g *glyphTables) { g.head = g.head[:20] },
		"short loca": func(g *glyphTables) { g.loca = g.loca[:20] },
		"short hmtx": func(g *glyphTables) { g.hmtx = g.hmtx[:20] },
		"no glyphs":  func(g *glyphTables) { g.maxp = make([]byte, 32) },
	} {
		damaged := *good
		damage(&damaged)
		if damaged.check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
