package typeset

import (
	"fmt"

	"github.com/ejmx/ejmx/packet/pdf"
)

// A4 is the size of a page, in points.
const (
	A4Width  = 595.28
	A4Height = 841.89
)

// Page is a page being drawn.
type Page struct {
	*Canvas
	Width, Height float64
	ref           pdf.Ref
	annotations   pdf.Array
	images        pdf.Dict
	tags          *Tags
	marked        pdf.Array // the element of each marked-content identifier, in order
	index         int       // of the page in the structure's parent tree
}

// NewPage starts a page. With tags, what is drawn inside [Page.Tagged] becomes part of the structure; tags may be nil.
func (s *Setter) NewPage(width, height float64, tags *Tags) *Page {
	p := &Page{Canvas: s.NewCanvas(), Width: width, Height: height, ref: s.w.Alloc(), tags: tags}
	if tags != nil {
		p.index = tags.page()
	}
	return p
}

// Ref is the page's object, good for links and outlines from the start.
func (p *Page) Ref() pdf.Ref { return p.ref }

// Close writes the page as a child of a node of the page tree.
func (p *Page) Close(parent pdf.Ref) {
	w := p.setter.w
	d := pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": parent, "MediaBox": pdf.Rect{0, 0, p.Width, p.Height},
		"Resources": pdf.Dict{"Font": p.fonts}, "Contents": w.AddStream(pdf.Dict{}, p.buf),
	}
	if len(p.images) > 0 {
		d["Resources"] = pdf.Dict{"Font": p.fonts, "XObject": p.images}
	}
	if len(p.annotations) > 0 {
		d["Annots"] = p.annotations
	}
	if p.tags != nil {
		d["StructParents"] = pdf.Int(p.index)
		d["Tabs"] = pdf.Name("S")
		p.tags.parents[p.index] = p.marked
	}
	w.Put(p.ref, d)
}

// Image draws an image that is an object of the file (PDF 32000-1, 8.9.5), stretched over a rectangle.
func (p *Page) Image(image pdf.Ref, at pdf.Rect) {
	if p.images == nil {
		p.images = pdf.Dict{}
	}
	name := pdf.Name(fmt.Sprintf("Image%d", image))
	p.images[name] = image
	p.Raw("q")
	p.Transform([6]float64{at[2] - at[0], 0, 0, at[3] - at[1], at[0], at[1]})
	p.Raw("/" + string(name) + " Do Q")
}

// Tagged draws as part of an element of the structure. Without tags it just draws.
func (p *Page) Tagged(e *Element, draw func()) {
	if e == nil || p.tags == nil {
		draw()
		return
	}
	b := append(e.kind.Append(p.buf), "<</MCID "...)
	b = pdf.Int(len(p.marked)).Append(b)
	p.buf = append(b, ">>BDC\n"...)
	e.addContent(p, len(p.marked))
	p.marked = append(p.marked, e.ref)
	draw()
	p.Raw("EMC")
}

// Artifact draws what is not part of the text: rules, page numbers.
func (p *Page) Artifact(draw func()) {
	p.Raw("/Artifact BMC")
	draw()
	p.Raw("EMC")
}

// LinkURI makes a rectangle of the page lead to an address. What it says about itself, to those who do not see it, is
// text. The element, which may be nil, is the Link that the text in the rectangle belongs to.
func (p *Page) LinkURI(at pdf.Rect, address, text string, e *Element) {
	p.link(at, text, e, pdf.Dict{"A": pdf.Dict{"S": pdf.Name("URI"), "URI": pdf.String(address)}})
}

// LinkFile makes a rectangle open another PDF file beside this one (12.6.4.3, remote go-to), named by its path from this
// file's folder, with slashes.
func (p *Page) LinkFile(at pdf.Rect, path, text string, e *Element) {
	file := pdf.Dict{"Type": pdf.Name("Filespec"), "F": pdf.Text(path), "UF": pdf.Text(path)}
	p.link(at, text, e, pdf.Dict{"A": pdf.Dict{
		"S": pdf.Name("GoToR"), "F": file, "D": pdf.Array{pdf.Int(0), pdf.Name("Fit")}, "NewWindow": pdf.Bool(true),
	}})
}

// LinkPage makes a rectangle lead to a place on a page of the same file.
func (p *Page) LinkPage(at pdf.Rect, page pdf.Ref, top float64, text string, e *Element) {
	p.link(at, text, e, pdf.Dict{"Dest": pdf.Destination(page, top)})
}

func (p *Page) link(at pdf.Rect, text string, e *Element, d pdf.Dict) {
	d["Type"], d["Subtype"] = pdf.Name("Annot"), pdf.Name("Link")
	d["Rect"], d["P"], d["F"] = at, p.ref, pdf.Int(4) // printed as it is shown
	d["Border"] = pdf.Array{pdf.Int(0), pdf.Int(0), pdf.Int(0)}
	d["Contents"] = pdf.Text(text)
	ref := p.setter.w.Alloc()
	if e != nil && p.tags != nil {
		d["StructParent"] = pdf.Int(p.tags.object(e))
		e.kids = append(e.kids, pdf.Dict{"Type": pdf.Name("OBJR"), "Obj": ref, "Pg": p.ref})
	}
	p.setter.w.Put(ref, d)
	p.annotations = append(p.annotations, ref)
}
