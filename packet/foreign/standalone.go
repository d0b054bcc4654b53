package foreign

import (
	"bytes"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// standalone gives a piece as a file of its own, to be drawn and compared with what it came from. The looks of form fields
// may be left out.
func standalone(p *piece.Piece, looks bool) ([]byte, error) {
	var out bytes.Buffer
	w := pdf.NewWriter(&out)
	b := &book{w: w, Piece: p, tree: w.Alloc(), looks: looks}
	for range p.Numbers() {
		b.objects = append(b.objects, w.Alloc())
	}
	for range p.Pages {
		b.pages = append(b.pages, w.Alloc())
	}
	for o := range p.Objects() {
		if body := pdf.Raw(b.bind(o.Body)); o.Stream {
			w.PutStream(b.objects[o.Number-1], body, o.Data)
		} else {
			w.Put(b.objects[o.Number-1], body)
		}
	}
	var kids pdf.Array
	for i := range p.Pages {
		b.page(i)
		kids = append(kids, b.pages[i])
	}
	w.Put(b.tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Int(len(kids))})
	catalog := pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": b.tree}
	if len(p.Layers.Groups) > 0 {
		catalog["OCProperties"] = pdf.Dict{"OCGs": b.refs(p.Layers.Groups), "D": pdf.Dict{"OFF": b.refs(p.Layers.Off)}}
	}
	err := w.Close(w.Add(catalog), 0)
	return out.Bytes(), err
}

// book is a piece being written as a file.
type book struct {
	w *pdf.Writer
	*piece.Piece
	tree    pdf.Ref
	objects []pdf.Ref
	pages   []pdf.Ref
	looks   bool
}

func (b *book) find(to int) pdf.Ref {
	if to < 0 {
		return b.pages[^to]
	}
	return b.objects[to-1]
}

func (b *book) bind(body piece.Body) []byte { return piece.Bound{Body: body, Find: b.find}.Append(nil) }

func (b *book) refs(numbers []int) (refs pdf.Array) {
	for _, n := range numbers {
		refs = append(refs, b.find(n))
	}
	return refs
}

func (b *book) page(i int) {
	p := b.Pages[i]
	resources := append([]byte("<<"), b.bind(b.Resources[p.Resources].Others)...)
	if fonts := b.bind(b.Resources[p.Resources].Fonts); len(fonts) > 0 {
		resources = append(append(append(resources, "/Font<<"...), fonts...), ">>"...)
	}
	d := pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": b.tree, "MediaBox": p.MediaBox, "CropBox": p.CropBox, "Rotate": pdf.Int(p.Rotate),
		"UserUnit": pdf.Real(p.UserUnit), "Contents": b.refs(p.Contents), "Resources": pdf.Raw(append(resources, ">>"...)),
	}
	var annots pdf.Array
	for _, a := range p.Annots {
		if a.Look && !b.looks {
			continue
		}
		text := append([]byte("<<"), b.bind(a.Body)...)
		for _, points := range a.Points {
			text = points.Append(text, nil)
		}
		b.w.Put(b.find(a.Number), pdf.Raw(append(text, ">>"...)))
		annots = append(annots, b.find(a.Number))
	}
	d["Annots"] = annots
	text := d.Append(nil)
	text = append(text[:len(text)-len(">>")], b.bind(p.Entries)...)
	b.w.Put(b.pages[i], pdf.Raw(append(text, ">>"...)))
}
