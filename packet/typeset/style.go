package typeset

// Style is how text looks. The zero Style is not of use: Size must be set.
type Style struct {
	Size    float64 // of the type, in points
	Leading float64 // from baseline to baseline, in points; 0 is 1.4 × Size
	Bold    bool
	Colour  Colour
	Align   Align
}

// Sized gives the style in another size, its leading in proportion.
func (s Style) Sized(points float64) Style {
	s.Leading *= points / s.Size
	s.Size = points
	return s
}

// In gives the style in another colour.
func (s Style) In(c Colour) Style {
	s.Colour = c
	return s
}

// Heavy gives the style in bold.
func (s Style) Heavy() Style {
	s.Bold = true
	return s
}

// Aligned gives the style with another alignment.
func (s Style) Aligned(a Align) Style {
	s.Align = a
	return s
}

// LineHeight is the distance from baseline to baseline, in points.
func (s Style) LineHeight() float64 {
	if s.Leading > 0 {
		return s.Leading
	}
	return 1.4 * s.Size
}

// Baseline is how far under the upper edge of a line its baseline is, in points: half of what the leading adds to the type
// lies above. It is the same for every script, so that lines are even.
func (s Style) Baseline() float64 {
	const ascent, descent = 0.95, 0.25 // of Latin capitals with accents
	return (s.LineHeight()-(ascent+descent)*s.Size)/2 + ascent*s.Size
}

// Colour is a colour in red, green and blue, each from 0 to 1. The zero Colour is black.
type Colour struct{ R, G, B float64 }

// Gray is a colour between black, 0, and white, 1.
func Gray(v float64) Colour { return Colour{v, v, v} }

// Align is where lines stand in their column.
type Align int

// The alignments. Start is where reading begins: left, or right for a paragraph of Arabic or Hebrew.
const (
	Start Align = iota
	Left
	Centre
	Right
)

// offset is how far from the left edge of a column a line begins, in points.
func (a Align) offset(l *Line, column float64) float64 {
	switch {
	case a == Centre:
		return (column - l.Width) / 2
	case a == Right, a == Start && l.RightToLeft:
		return column - l.Width
	}
	return 0
}
