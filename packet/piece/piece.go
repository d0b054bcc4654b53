// Package piece holds a document's pages on their way into a packet: cut out of the file they came in, free of anything
// that acts, and numbered on their own, so that they can be put into any PDF file.
//
// A worker process makes a piece out of foreign bytes and sends it over a pipe ([Write]); the process that writes the
// packet reads it object by object ([Read]) and never sees the foreign file.
package piece

import (
	"iter"
	"slices"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Piece is one document. Objects are numbered from 1; a page is referred to by its place, counted from 0.
type Piece struct {
	Pages     []Page
	Resources []Resources
	Outline   []Bookmark
	Layers    Layers
	Image     bool // the pages are pictures of the document's pages, which could not be carried over themselves

	objects []Object // in the order in which they are to be written; not part of the header
	count   int      // how many numbers are given out
}

// Page is one page (PDF 32000-1, 7.7.3.3), with what its file's page tree said of it resolved.
type Page struct {
	MediaBox  pdf.Rect
	CropBox   pdf.Rect // what is shown: within MediaBox, never empty
	Rotate    int      // 0, 90, 180 or 270, clockwise
	UserUnit  float64  // in 1/72 inch
	Entries   Body     // all others that are carried over, such as TrimBox and Group, without the dictionary's brackets
	Contents  []int    // numbers of the content streams
	Resources int      // index into Piece.Resources
	Annots    []Annot
	Full      bool // the page is known to be covered to its edges, as a picture is
}

// Annot is an annotation of a page (12.5), to be written under its number. Where it is on the page is kept apart, so that
// it can be moved together with the page's drawing.
type Annot struct {
	Number int
	Body   Body // without the dictionary's brackets, and without Points
	Points []Points
	Look   bool // whether it is a stamp that looks as an annotation did which does more than to show something
}

// Points is an entry of an annotation that holds coordinates in pairs: Rect, QuadPoints, InkList.
type Points struct {
	Key    string
	Lists  [][]float64
	Nested bool // whether the entry is an array of the lists rather than the one list
}

// Resources is a resource dictionary (7.8.3), one for all pages that share it, without its brackets.
type Resources struct {
	Fonts     Body     // the entries of its Font dictionary
	FontNames []string // and what they are called
	Others    Body     // everything else
}

// Bookmark is an entry of a document's own outline (12.3.3).
type Bookmark struct {
	Title string
	Page  int     // counted from 0
	Top   float64 // in the page's coordinates
	Kids  []Bookmark
}

// Layers is what a document's optional content (8.11) says by default, about those of its groups that its pages use. All
// numbers are of the groups' objects.
type Layers struct {
	Groups []int
	Off    []int
	Locked []int
	Order  Body   // entries of the array that viewers list the groups by
	Radio  []Body // arrays of groups of which one at most is on
	Apply  []Body // usage application dictionaries
}

// Object is an indirect object.
type Object struct {
	Number int
	Shared bool // whether equal ones, of other documents too, may be one object of the packet
	Stream bool // whether Data is its stream, and Body the stream's dictionary without Length
	Body   Body
	Data   []byte
	// A stream that is not empty and has no Data lies in the document itself, from At on, Size bytes long.
	At, Size int64
}

// Body is a serialised object with holes where references belong.
type Body struct {
	Text  []byte
	Holes []Hole
}

// Hole is a reference's place in a [Body].
type Hole struct {
	At int // offset within Text
	To int // an object's number; or a page, as ^i for the page at i
}

// ToPage is how a [Hole] refers to a page.
func ToPage(i int) int { return ^i }

// Alloc gives a new object's number.
func (p *Piece) Alloc() int {
	p.count++
	return p.count
}

// Put adds an object.
func (p *Piece) Put(o Object) { p.objects = append(p.objects, o) }

// Add puts an object under a number of its own.
func (p *Piece) Add(o Object) int {
	o.Number = p.Alloc()
	p.Put(o)
	return o.Number
}

// Objects gives the objects in the order in which they are to be written.
func (p *Piece) Objects() iter.Seq[Object] { return slices.Values(p.objects) }

// Append adds the entry with its key to a dictionary, each point moved by move, which may be nil.
func (e Points) Append(b []byte, move func(x, y float64) (float64, float64)) []byte {
	var lists pdf.Array
	for _, list := range e.Lists {
		moved := make(pdf.Array, 0, len(list))
		for i := 0; i+1 < len(list); i += 2 {
			x, y := list[i], list[i+1]
			if move != nil {
				x, y = move(x, y)
			}
			moved = append(moved, pdf.Real(x), pdf.Real(y))
		}
		lists = append(lists, moved)
	}
	b = pdf.Name(e.Key).Append(b)
	if !e.Nested && len(lists) == 1 {
		return lists[0].Append(b)
	}
	return lists.Append(b)
}

// Value is a body without holes.
func Value(o pdf.Object) Body { return Body{Text: o.Append(nil)} }

// Ref adds a reference.
func (b *Body) Ref(to int) { b.Holes = append(b.Holes, Hole{At: len(b.Text), To: to}) }

// String adds text as it is.
func (b *Body) String(s string) { b.Text = append(b.Text, s...) }

// Value adds an object.
func (b *Body) Value(o pdf.Object) { b.Text = o.Append(b.Text) }

// Empty reports whether nothing was added.
func (b Body) Empty() bool { return len(b.Text) == 0 && len(b.Holes) == 0 }

// Bound is a body whose holes are filled by a packet's own numbers.
type Bound struct {
	Body
	Find func(to int) pdf.Ref
}

// Append adds the object, with the references that Find gives.
func (b Bound) Append(out []byte) []byte {
	from := 0
	for _, hole := range b.Holes {
		out = append(out, b.Text[from:hole.At]...)
		out = b.Find(hole.To).Append(out)
		from = hole.At
	}
	return append(out, b.Text[from:]...)
}

// sound reports whether the holes lie in order within the text and lead to something that a piece of so many objects and
// pages has.
func (b Body) sound(objects, pages int) bool {
	from := 0
	return !slices.ContainsFunc(b.Holes, func(h Hole) bool {
		ok := h.At >= from && h.At <= len(b.Text) && h.To != 0 && h.To <= objects && ^h.To < pages
		from = h.At
		return !ok
	})
}
