package packet

import (
	"math"

	"github.com/ejmx/ejmx/packet/pdf"
)

// geometry is the shape of an imported page (PDF 32000-1, 7.7.3.3).
type geometry struct {
	box    pdf.Rect // the part that is shown: the crop box within the media box, in user space
	rotate int      // clockwise, as the page says; multiples of 90
	unit   float64  // UserUnit: points per unit of user space; 0 means 1
	// full says that the page is known to draw down to its edge: a picture, a slide. Its drawing then makes room.
	full bool
}

// newGeometry puts right what pages get wrong: boxes with corners swapped, a crop box outside the media box, any angle.
func newGeometry(media, crop pdf.Rect, rotate int, unit float64) geometry {
	media, crop = ordered(media), ordered(crop)
	box := pdf.Rect{max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])}
	if box[2]-box[0] < 1 || box[3]-box[1] < 1 {
		box = media
	}
	if box[2]-box[0] < 1 || box[3]-box[1] < 1 {
		box = pdf.Rect{0, 0, paperLetter.width, paperLetter.height}
	}
	turned := ((int(math.Round(float64(rotate)/90))%4 + 4) % 4) * 90
	return geometry{box: box, rotate: turned, unit: unit}
}

func ordered(r pdf.Rect) pdf.Rect {
	return pdf.Rect{min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])}
}

func (g geometry) points() float64 {
	if g.unit > 0 {
		return g.unit
	}
	return 1
}

// shown is the size of the page as it is shown, in points.
func (g geometry) shown() (width, height float64) {
	width, height = (g.box[2]-g.box[0])*g.points(), (g.box[3]-g.box[1])*g.points()
	if g.rotate == 90 || g.rotate == 270 {
		return height, width
	}
	return width, height
}

// upright leads from the page as it is shown, in points from its lower left corner, to user space.
func (g geometry) upright() matrix {
	u := 1 / g.points()
	switch g.rotate {
	case 90:
		return matrix{0, u, -u, 0, g.box[2], g.box[1]}
	case 180:
		return matrix{-u, 0, 0, -u, g.box[2], g.box[3]}
	case 270:
		return matrix{0, -u, u, 0, g.box[0], g.box[3]}
	}
	return matrix{u, 0, 0, u, g.box[0], g.box[1]}
}

// hasMargin tells pages that leave the foot free: sheets of paper, upright, unless known to be full. Slides and odd sizes
// seldom do.
func (g geometry) hasMargin() bool {
	width, height := g.shown()
	return !g.full && height >= 640 && height > width
}

// fit is what has to happen to a page's drawing, in user space, so that the foot is free: nothing where it has a margin,
// else it is made smaller towards the middle of the upper edge.
func (g geometry) fit() matrix {
	if g.hasMargin() {
		return identity
	}
	width, height := g.shown()
	strip := min(runningStrip, height/8) // a page of a few points still shows what it has
	s := (height - strip) / height
	smaller := matrix{s, 0, 0, s, width * (1 - s) / 2, strip}
	upright := g.upright()
	return upright.inverse().then(smaller).then(upright)
}

// clip adds the operators that keep drawing within the page's box (8.5.4).
func (g geometry) clip(b []byte) []byte {
	for _, v := range []float64{g.box[0], g.box[1], g.box[2] - g.box[0], g.box[3] - g.box[1]} {
		b = append(pdf.AppendReal(b, v), ' ')
	}
	return append(b, "re W n "...)
}

// matrix is a transformation as PDF writes them (8.3.3): x' = ax + cy + e, y' = bx + dy + f.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// apply gives where a point goes.
func (m matrix) apply(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// then is m and after it n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// inverse undoes m, which must not flatten the page.
func (m matrix) inverse() matrix {
	d := m[0]*m[3] - m[1]*m[2]
	return matrix{
		m[3] / d, -m[1] / d, -m[2] / d, m[0] / d,
		(m[2]*m[5] - m[3]*m[4]) / d, (m[1]*m[4] - m[0]*m[5]) / d,
	}
}

// appendTo writes the matrix as the operator cm.
func (m matrix) appendTo(b []byte) []byte {
	for _, v := range m {
		b = append(pdf.AppendReal(b, v), ' ')
	}
	return append(b, "cm "...)
}
