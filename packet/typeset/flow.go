package typeset

import (
	"github.com/ejmx/ejmx/packet/pdf"
)

// Layout is the shape of a flow's pages, in points. The zero Layout is A4 with margins of 68 points.
type Layout struct {
	Width, Height            float64
	Top, Bottom, Left, Right float64 // margins
}

func (l Layout) orDefault() Layout {
	if l.Width == 0 || l.Height == 0 {
		l.Width, l.Height = A4Width, A4Height
	}
	for _, margin := range []*float64{&l.Top, &l.Bottom, &l.Left, &l.Right} {
		if *margin == 0 {
			*margin = 68
		}
	}
	return l
}

// Flow fills pages from top to bottom, beginning a new one whenever a page is full.
type Flow struct {
	// Furniture, if set, draws what stands on every page besides the flow's text, such as its number. It is called
	// when the page is full. Pages count from 1.
	Furniture func(p *Page, number int)

	setter    *Setter
	parent    pdf.Ref
	layout    Layout
	tags      *Tags
	page      *Page
	y         float64 // the lower edge of what is drawn so far
	refs      []pdf.Ref
	bookmarks []pdf.Bookmark
}

// NewFlow starts a flow of pages that are children of a node of the page tree. tags may be nil.
func NewFlow(s *Setter, parent pdf.Ref, layout Layout, tags *Tags) *Flow {
	return &Flow{setter: s, parent: parent, layout: layout.orDefault(), tags: tags}
}

// Column is the width that text has, in points.
func (f *Flow) Column() float64 { return f.layout.Width - f.layout.Left - f.layout.Right }

// Page is the page being filled; there is always one.
func (f *Flow) Page() *Page {
	if f.page == nil {
		f.page = f.setter.NewPage(f.layout.Width, f.layout.Height, f.tags)
		f.refs = append(f.refs, f.page.Ref())
		f.y = f.layout.Height - f.layout.Top
	}
	return f.page
}

// Take makes sure that the page has a height left, beginning a new one if not, and takes it. It gives the page and the
// upper edge of what was taken.
func (f *Flow) Take(height float64) (p *Page, top float64) {
	f.Need(height)
	top = f.y
	f.y -= height
	return f.page, top
}

// Need begins a new page unless this one has a height left. A page that is still empty is kept.
func (f *Flow) Need(height float64) {
	p := f.Page()
	if f.y-height < f.layout.Bottom && f.y < p.Height-f.layout.Top {
		f.Break()
		f.Page()
	}
}

// Space leaves a height empty. At the top of a page there is none.
func (f *Flow) Space(height float64) {
	if p := f.Page(); f.y < p.Height-f.layout.Top {
		f.y -= height
	}
}

// Break ends the page. What comes next begins another.
func (f *Flow) Break() {
	p := f.Page()
	if f.Furniture != nil {
		p.Artifact(func() { f.Furniture(p, len(f.refs)) })
	}
	p.Close(f.parent)
	f.page = nil
}

// Paragraph sets text over as many lines and pages as it takes. The element, which may be nil, is what the text belongs
// to.
func (f *Flow) Paragraph(text string, style Style, e *Element) {
	column := f.Column()
	for paragraph := range paragraphs(clean(text)) {
		for _, l := range f.setter.wrap(paragraph, style, column, 0) {
			f.line(l, column, e)
		}
	}
}

func (f *Flow) line(l *Line, column float64, e *Element) {
	height := l.style.LineHeight()
	p, top := f.Take(height)
	p.Tagged(e, func() {
		p.Column([]*Line{l}, f.layout.Left, top, column)
	})
}

// Link sets text that leads to an address of the web, as an element of its own under e.
func (f *Flow) Link(text, address string, style Style, e *Element) {
	link := e.Add("Link")
	for _, l := range f.setter.Wrap(text, style, f.Column(), 0) {
		f.line(l, f.Column(), link)
		left := f.layout.Left + style.Align.offset(l, f.Column())
		f.page.LinkURI(pdf.Rect{left, f.y, left + l.Width, f.y + style.LineHeight()}, address, address, link)
	}
}

// Heading sets a heading that stays with the two lines after it, and is found in the outline.
func (f *Flow) Heading(text string, style Style, e *Element) {
	f.Need(style.LineHeight() * 3)
	f.bookmarks = append(f.bookmarks, pdf.Bookmark{Title: string(clean(text)), Page: f.Page().Ref(), Top: f.y})
	f.Paragraph(text, style, e)
}

// Rule draws a line across the column.
func (f *Flow) Rule(thickness float64, colour Colour) {
	p, top := f.Take(thickness)
	p.Artifact(func() { p.Rule(f.layout.Left, top-thickness/2, f.Column(), thickness, colour) })
}

// Bookmarks gives the headings so far.
func (f *Flow) Bookmarks() []pdf.Bookmark { return f.bookmarks }

// Close ends the last page and gives all pages in order, at least one.
func (f *Flow) Close() []pdf.Ref {
	if f.page != nil || len(f.refs) == 0 {
		f.Break()
	}
	return f.refs
}
