package typeset

import (
	"math"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Canvas is a content stream being drawn (PDF 32000-1, clause 8), with the fonts it uses.
type Canvas struct {
	setter *Setter
	buf    []byte
	fonts  pdf.Dict
}

// NewCanvas starts a content stream whose text s sets.
func (s *Setter) NewCanvas() *Canvas {
	return &Canvas{setter: s, fonts: pdf.Dict{}}
}

// Content gives the stream's bytes, not compressed.
func (c *Canvas) Content() []byte { return c.buf }

// Fonts gives the entries that the page's resources need under Font. No font of another program's has their names.
func (c *Canvas) Fonts() pdf.Dict { return c.fonts }

// Use adds the fonts of a line that will be drawn later, by another canvas with the same resources.
func (c *Canvas) Use(l *Line) {
	for _, r := range l.runs {
		c.fonts[c.setter.use(r.face)] = r.face.ref
	}
}

// Raw adds operators as they are.
func (c *Canvas) Raw(operators string) { c.buf = append(append(c.buf, operators...), '\n') }

// Transform moves the origin and scales what is drawn from here on (8.3.4).
func (c *Canvas) Transform(m [6]float64) { c.operator("cm", m[:]...) }

// Fill fills a rectangle given by its lower left corner and its size.
func (c *Canvas) Fill(x, y, width, height float64, colour Colour) {
	c.colour(colour)
	c.operator("re", x, y, width, height)
	c.Raw("f")
}

// Rule draws a horizontal line of a thickness around y.
func (c *Canvas) Rule(x, y, width, thickness float64, colour Colour) {
	c.Fill(x, y-thickness/2, width, thickness, colour)
}

// Text draws a line of text with the left end of its baseline at a point.
func (c *Canvas) Text(l *Line, x, y float64) {
	if len(l.runs) == 0 {
		return
	}
	c.Raw("BT")
	c.colour(l.style.Colour)
	c.operator("Tm", 1, 0, 0, 1, x, y)
	pen := pen{canvas: c, style: l.style}
	for i := range l.runs {
		pen.run(&l.runs[i])
	}
	pen.lift()
	c.Raw("ET")
}

// Column draws lines one under the other in a column, each where its style aligns it, and gives the lower edge of the last.
func (c *Canvas) Column(lines []*Line, left, top, width float64) (bottom float64) {
	for _, l := range lines {
		c.Text(l, left+l.style.Align.offset(l, width), top-l.style.Baseline())
		top -= l.style.LineHeight()
	}
	return top
}

func (c *Canvas) colour(v Colour) {
	if v.R == v.G && v.G == v.B {
		c.operator("g", v.R)
		return
	}
	c.operator("rg", v.R, v.G, v.B)
}

// operator adds numbers and then an operator.
func (c *Canvas) operator(name string, numbers ...float64) {
	for _, v := range numbers {
		c.buf = append(appendNumber(c.buf, v), ' ')
	}
	c.Raw(name)
}

// appendNumber writes thousandths at the finest.
func appendNumber(b []byte, v float64) []byte {
	return pdf.AppendReal(b, math.Round(v*1000)/1000)
}

// pen draws runs of glyphs one after the other. It knows where a reader's pen stands after what it has been told, and
// where it should, and says only the difference.
type pen struct {
	canvas *Canvas
	style  Style
	face   *face
	behind float64 // how far the reader's pen has yet to go, in thousandths of an em
	rise   float64 // in points
	open   bool    // an array of strings has begun
	inside bool    // and a string in it
}

// run draws a run of glyphs, in one stroke with the run before it where that is in the same face.
func (p *pen) run(r *run) {
	if r.face != p.face {
		p.lift()
		p.face = r.face
		name := p.canvas.setter.use(r.face)
		p.canvas.fonts[name] = r.face.ref
		p.canvas.buf = append(name.Append(p.canvas.buf), ' ')
		p.canvas.operator("Tf", p.style.Size)
		if r.face.thick {
			p.thicken()
		}
	}
	for i := range r.clusters {
		p.cluster(&r.clusters[i])
	}
}

// lift ends what is drawn in a face.
func (p *pen) lift() {
	p.end()
	p.setRise(0)
	if p.face != nil && p.face.thick {
		p.canvas.Raw("0 Tr")
	}
}

// thicken has outlines drawn around letters, for fonts that come in one weight only.
func (p *pen) thicken() {
	c := p.style.Colour
	p.canvas.operator("RG", c.R, c.G, c.B)
	p.canvas.operator("w", p.style.Size/30)
	p.canvas.Raw("2 Tr")
}

// cluster draws the glyphs that stand for some characters together. Where a reader could not tell from the glyphs which
// characters these are, or in which order, the span says so (14.9.4).
func (p *pen) cluster(c *cluster) {
	if c.plain {
		for i := range c.glyphs {
			p.glyph(&c.glyphs[i], c.shares[i])
		}
		return
	}
	p.end()
	b := append(p.canvas.buf, "/Span<</ActualText "...)
	b = pdf.Text(c.text).Append(b)
	p.canvas.buf = append(b, ">>BDC\n"...)
	for i := range c.glyphs {
		p.glyph(&c.glyphs[i], c.shares[i])
	}
	p.end()
	p.canvas.Raw("EMC")
}

func (p *pen) glyph(g *glyph, text string) {
	p.setRise(g.dy * p.style.Size / unit)
	p.behind += g.dx
	p.catchUp()
	code := p.face.code(g.id, text)
	if !p.open {
		p.canvas.buf = append(p.canvas.buf, '[')
		p.open = true
	}
	if !p.inside {
		p.canvas.buf = append(p.canvas.buf, '(')
		p.inside = true
	}
	p.canvas.buf = pdf.AppendEscaped(pdf.AppendEscaped(p.canvas.buf, byte(code>>8)), byte(code))
	p.behind += g.advance - g.dx - float64(p.face.width(g.id))
}

// catchUp moves the reader's pen when it is off by more than half a thousandth of an em.
func (p *pen) catchUp() {
	move := math.Round(p.behind)
	if move == 0 {
		return
	}
	switch {
	case p.inside:
		p.canvas.buf = append(p.canvas.buf, ')')
		p.inside = false
	case !p.open:
		p.canvas.buf = append(p.canvas.buf, '[')
		p.open = true
	}
	p.canvas.buf = appendNumber(p.canvas.buf, -move)
	p.behind -= move
}

func (p *pen) setRise(v float64) {
	if v == p.rise {
		return
	}
	p.end()
	p.canvas.operator("Ts", v)
	p.rise = v
}

// end closes the array of strings, if one has begun.
func (p *pen) end() {
	if p.inside {
		p.canvas.buf = append(p.canvas.buf, ')')
	}
	if p.open {
		p.canvas.Raw("]TJ")
	}
	p.open, p.inside = false, false
}
