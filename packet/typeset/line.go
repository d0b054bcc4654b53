package typeset

import (
	"slices"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Line is a line of text, set and ready to be drawn by the Setter that made it.
type Line struct {
	Width       float64 // in points
	RightToLeft bool    // whether it is part of a paragraph that is read from the right
	style       Style
	text        []rune // in reading order
	runs        []run  // from left to right
}

// Text is what the line says, in reading order.
func (l *Line) Text() string { return string(l.text) }

// Style is what the line was set in.
func (l *Line) Style() Style { return l.style }

// run is a part of a line in one face.
type run struct {
	face     *face
	clusters []cluster // from left to right
}

// cluster is the glyphs that together stand for some characters. Lengths are thousandths of an em.
type cluster struct {
	text   string
	glyphs []glyph  // from left to right
	shares []string // which part of text each glyph stands for
	plain  bool     // the shares say all; else a reader needs to be told the text
}

type glyph struct {
	id              uint16
	advance, dx, dy float64
}

// lineBuilder turns what the shaping library gives for a line, which it will overwrite, into a Line.
type lineBuilder struct {
	setter   *Setter
	text     []rune
	levels   []bidi.Level
	base     bidi.Level
	style    Style
	ellipsis []rune // what the last run stands for when the line was cut short
}

func (b *lineBuilder) line(outputs shaping.Line) *Line {
	l := &Line{style: b.style, RightToLeft: b.base == 1}
	var runs []run
	var levels []bidi.Level
	for i := range outputs {
		out := &outputs[i]
		if b.ellipsis != nil && i == len(outputs)-1 {
			l.text = append(l.text, b.ellipsis...)
			runs = append(runs, b.run(out, b.ellipsis))
			levels = append(levels, b.base)
		} else {
			l.text = append(l.text, b.text[out.Runes.Offset:out.Runes.Offset+out.Runes.Count]...)
			runs = append(runs, b.run(out, b.text))
			levels = append(levels, b.levels[out.Runes.Offset])
		}
		l.Width += fromFixed(out.Advance) * b.style.Size / unit
	}
	for _, i := range visualOrder(levels) {
		l.runs = append(l.runs, runs[i])
	}
	return l
}

// run copies one run of glyphs, cluster by cluster.
func (b *lineBuilder) run(out *shaping.Output, text []rune) run {
	r := run{face: b.setter.face(out.Face), clusters: make([]cluster, 0, len(out.Glyphs))}
	glyphs, given := make([]glyph, len(out.Glyphs)), make([]string, len(out.Glyphs))
	rightToLeft := bool(out.Direction.Progression())
	for i := 0; i < len(out.Glyphs); {
		first := &out.Glyphs[i]
		n := max(first.GlyphsCount(), 1)
		n = min(n, len(out.Glyphs)-i)
		characters := text[first.TextIndex() : first.TextIndex()+first.RunesCount()]
		c := cluster{text: string(characters), glyphs: glyphs[i : i+n], shares: given[i : i+n]}
		for k := range n {
			g := &out.Glyphs[i+k]
			c.glyphs[k] = glyph{
				id: uint16(g.GlyphID), advance: fromFixed(g.Advance), dx: fromFixed(g.XOffset), dy: fromFixed(g.YOffset),
			}
		}
		c.share(characters, rightToLeft)
		c.plain = r.face.isPlain(&c)
		r.clusters = append(r.clusters, c)
		i += n
	}
	return r
}

// share deals the characters of a cluster out to its glyphs: one each in reading order, the last taking what is left.
// A reader that heeds nothing else then still finds the characters in order. A glyph too many gets a space without width,
// because readers show a glyph that stands for nothing as unknown.
func (c *cluster) share(characters []rune, rightToLeft bool) {
	for i := range c.shares {
		switch {
		case i >= len(characters):
			c.shares[i] = "\u200B"
		case i == len(c.shares)-1:
			c.shares[i] = string(characters[i:])
		default:
			c.shares[i] = string(characters[i])
		}
	}
	if rightToLeft {
		slices.Reverse(c.shares)
	}
}

// isPlain tells a cluster of which every glyph shows just the share it was given, such as a letter and its accent, or that
// is one glyph.
func (f *face) isPlain(c *cluster) bool {
	if len(c.glyphs) == 1 {
		return true
	}
	for i, share := range c.shares {
		r, size := utf8.DecodeRuneInString(share)
		if id, ok := f.NominalGlyph(r); !ok || size != len(share) || uint16(id) != c.glyphs[i].id {
			return false
		}
	}
	return true
}

// visualOrder gives the order from left to right of runs with the given levels (UAX #9, L2).
func visualOrder(levels []bidi.Level) []int {
	order := make([]int, len(levels))
	highest := bidi.Level(0)
	for i, level := range levels {
		order[i] = i
		highest = max(highest, level)
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(order); i++ {
			if levels[i] < level {
				continue
			}
			start := i
			for i < len(order) && levels[i] >= level {
				i++
			}
			slices.Reverse(order[start:i])
		}
	}
	return order
}

func fromFixed(v fixed.Int26_6) float64 { return float64(v) / 64 }
