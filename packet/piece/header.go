package piece

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/ejmx/ejmx/packet/pdf"
)

// putHeader writes everything of a piece but its objects. Errors of a bufio.Writer stick.
func putHeader(out *bufio.Writer, p *Piece) {
	putNumber(out, len(p.objects))
	putNumber(out, p.count)
	putTruth(out, p.Image)
	putList(out, p.Pages, putPage)
	putList(out, p.Resources, putResources)
	putList(out, p.Outline, putBookmark)
	putLayers(out, p.Layers)
}

func putPage(out *bufio.Writer, p Page) {
	putRect(out, p.MediaBox)
	putRect(out, p.CropBox)
	putNumber(out, p.Rotate)
	putReal(out, p.UserUnit)
	putBody(out, p.Entries)
	putList(out, p.Contents, putNumber)
	putNumber(out, p.Resources)
	putList(out, p.Annots, putAnnot)
	putTruth(out, p.Full)
}

func putAnnot(out *bufio.Writer, a Annot) {
	putNumber(out, a.Number)
	putBody(out, a.Body)
	putList(out, a.Points, func(out *bufio.Writer, p Points) {
		putBytes(out, []byte(p.Key))
		putTruth(out, p.Nested)
		putList(out, p.Lists, func(out *bufio.Writer, list []float64) { putList(out, list, putReal) })
	})
	putTruth(out, a.Look)
}

func putResources(out *bufio.Writer, r Resources) {
	putBody(out, r.Fonts)
	putList(out, r.FontNames, func(out *bufio.Writer, name string) { putBytes(out, []byte(name)) })
	putBody(out, r.Others)
}

func putBookmark(out *bufio.Writer, m Bookmark) {
	putBytes(out, []byte(m.Title))
	putNumber(out, m.Page)
	putReal(out, m.Top)
	putList(out, m.Kids, putBookmark)
}

func putLayers(out *bufio.Writer, l Layers) {
	for _, numbers := range [][]int{l.Groups, l.Off, l.Locked} {
		putList(out, numbers, putNumber)
	}
	putBody(out, l.Order)
	putList(out, l.Radio, putBody)
	putList(out, l.Apply, putBody)
}

func putBody(out *bufio.Writer, b Body) {
	putBytes(out, b.Text)
	putList(out, b.Holes, func(out *bufio.Writer, h Hole) {
		putNumber(out, h.At)
		putNumber(out, h.To)
	})
}

func putList[E any](out *bufio.Writer, list []E, put func(*bufio.Writer, E)) {
	putNumber(out, len(list))
	for _, element := range list {
		put(out, element)
	}
}

func putRect(out *bufio.Writer, r pdf.Rect) {
	for _, v := range r {
		putReal(out, v)
	}
}

func putReal(out *bufio.Writer, v float64) {
	_, _ = out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), math.Float64bits(v)))
}

func putTruth(out *bufio.Writer, v bool) {
	var b byte
	if v {
		b = 1
	}
	_ = out.WriteByte(b)
}

// intake reads what the functions above write. The first error sticks; what is read after it is nothing.
type intake struct {
	*Reader
	err   error
	depth int // of bookmarks
}

func (in *intake) header() *Piece {
	p := &Piece{}
	in.left = in.number()
	p.count = in.number()
	p.Image = in.truth()
	p.Pages = takeList(in, (*intake).page)
	p.Resources = takeList(in, (*intake).resources)
	p.Outline = takeList(in, (*intake).bookmark)
	p.Layers = in.layers()
	return p
}

func (in *intake) page() (p Page) {
	p.MediaBox, p.CropBox = in.rect(), in.rect()
	p.Rotate = in.number()
	p.UserUnit = in.real()
	p.Entries = in.body()
	p.Contents = takeList(in, (*intake).number)
	p.Resources = in.number()
	p.Annots = takeList(in, (*intake).annot)
	p.Full = in.truth()
	return p
}

func (in *intake) annot() (a Annot) {
	a.Number = in.number()
	a.Body = in.body()
	a.Points = takeList(in, func(in *intake) Points {
		return Points{Key: in.text(), Nested: in.truth(), Lists: takeList(in, func(in *intake) []float64 {
			return takeList(in, (*intake).real)
		})}
	})
	a.Look = in.truth()
	return a
}

func (in *intake) resources() Resources {
	return Resources{Fonts: in.body(), FontNames: takeList(in, (*intake).text), Others: in.body()}
}

// maxBookmarkDepth is how deep an outline may be.
const maxBookmarkDepth = 1000

func (in *intake) bookmark() Bookmark {
	if in.depth++; in.depth > maxBookmarkDepth {
		in.fail("an outline without end")
	}
	defer func() { in.depth-- }()
	return Bookmark{Title: in.text(), Page: in.number(), Top: in.real(), Kids: takeList(in, (*intake).bookmark)}
}

func (in *intake) layers() Layers {
	numbers := func() []int { return takeList(in, (*intake).number) }
	return Layers{
		Groups: numbers(), Off: numbers(), Locked: numbers(),
		Order: in.body(), Radio: takeList(in, (*intake).body), Apply: takeList(in, (*intake).body),
	}
}

func (in *intake) body() Body {
	return Body{Text: in.bytes(maxBytes), Holes: takeList(in, func(in *intake) Hole {
		return Hole{At: in.number(), To: in.number()}
	})}
}

// takeList reads a list. It grows as its elements come, so that nobody can announce more than there is.
func takeList[E any](in *intake, take func(*intake) E) (list []E) {
	n := in.number()
	if n < 0 || n > maxList {
		in.fail(fmt.Sprintf("a list of %d", n))
	}
	for range n {
		element := take(in)
		if in.err != nil {
			return nil
		}
		list = append(list, element)
	}
	return list
}

func (in *intake) fail(what string) {
	if in.err == nil {
		in.err = fmt.Errorf("%w: %s", ErrWire, what)
	}
}

func (in *intake) number() (n int) {
	if in.err == nil {
		n, in.err = in.Reader.number()
	}
	return n
}

func (in *intake) bytes(most int) (b []byte) {
	if in.err == nil {
		b, in.err = in.Reader.bytes(most)
	}
	return b
}

func (in *intake) text() string { return string(in.bytes(maxBytes)) }

func (in *intake) rect() (r pdf.Rect) {
	for i := range r {
		r[i] = in.real()
	}
	return r
}

func (in *intake) real() float64 {
	var b [8]byte
	if in.err == nil {
		_, in.err = io.ReadFull(in.in, b[:])
		in.err = lost(in.err)
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		in.fail("a number that is none")
	}
	return v
}

func (in *intake) truth() bool {
	if in.err != nil {
		return false
	}
	b, err := in.in.ReadByte()
	in.err = lost(err)
	return b != 0
}
