package packet

import (
	"maps"
	"slices"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// putPages writes the pages of a document, the first of which has a number within the packet. Without a running line they
// are exactly what they were; with one, two streams stand around each page's own.
func (a *assembly) putPages(p *part, running *runningLine, label string, first int) {
	if p.Piece == nil {
		return
	}
	resources := a.putResources(p, running, label)
	for i, page := range p.Pages {
		at := overlay{fit: identity}
		if running.wanted() {
			at = running.onPage(shape(page), label, first+i)
		}
		a.putPage(p, i, resources[page.Resources], at)
	}
}

// putResources writes the resource dictionaries, with the running line's fonts added.
func (a *assembly) putResources(p *part, running *runningLine, label string) []pdf.Ref {
	var line pdf.Dict
	if running.wanted() {
		line = running.fonts(label)
	}
	refs := make([]pdf.Ref, len(p.Resources))
	for i, r := range p.Resources {
		b := a.bound(p, r.Others, []byte("<<"))
		if !r.Fonts.Empty() || len(line) > 0 {
			b = a.bound(p, r.Fonts, append(b, "/Font<<"...))
			b = append(appendUnlike(b, line, r.FontNames), ">>"...)
		}
		refs[i] = a.w.Add(pdf.Raw(append(b, ">>"...)))
	}
	return refs
}

// appendUnlike adds the entries of d that have none of the names.
func appendUnlike(b []byte, d pdf.Dict, names []string) []byte {
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if !slices.Contains(names, string(key)) {
			b = d[key].Append(append(key.Append(b), ' '))
		}
	}
	return b
}

// bound adds a body with the packet's numbers to b.
func (a *assembly) bound(p *part, body piece.Body, b []byte) []byte {
	return piece.Bound{Body: body, Find: a.find(p)}.Append(b)
}

func (a *assembly) putPage(p *part, i int, resources pdf.Ref, at overlay) {
	page := p.Pages[i]
	contents := pdf.Array{}
	for _, number := range page.Contents {
		contents = append(contents, a.find(p)(number))
	}
	if at.before != 0 {
		contents = append(append(pdf.Array{at.before}, contents...), at.after)
	}
	d := pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": a.tree, "MediaBox": page.MediaBox, "Resources": resources, "Contents": contents,
	}
	if page.CropBox != page.MediaBox {
		d["CropBox"] = page.CropBox
	}
	if page.Rotate != 0 {
		d["Rotate"] = pdf.Int(page.Rotate)
	}
	if page.UserUnit != 1 {
		d["UserUnit"] = pdf.Real(page.UserUnit)
	}
	if annots := a.putAnnots(p, page.Annots, at.fit); len(annots) > 0 {
		d["Annots"] = annots
	}
	b := d.Append(nil)
	b = a.bound(p, page.Entries, b[:len(b)-len(">>")])
	a.w.Put(p.pages[i], pdf.Raw(append(b, ">>"...)))
}

// putAnnots writes the annotations of a page, moved as its drawing is.
func (a *assembly) putAnnots(p *part, annots []piece.Annot, fit matrix) (refs pdf.Array) {
	var move func(x, y float64) (float64, float64)
	if fit != identity {
		move = fit.apply
	}
	for _, annot := range annots {
		b := a.bound(p, annot.Body, []byte("<<"))
		for _, points := range annot.Points {
			b = points.Append(b, move)
		}
		ref := a.find(p)(annot.Number)
		a.w.Put(ref, pdf.Raw(append(b, ">>"...)))
		refs = append(refs, ref)
	}
	return refs
}
