package packet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
	"github.com/ejmx/ejmx/packet/typeset"
)

// assembly is a packet being written. Documents' streams and resources are written as they come; pages, which need to know
// how many there are, at the end.
type assembly struct {
	posting *dossier.Posting
	dossier *dossier.Dossier
	w       *pdf.Writer
	setter  *typeset.Setter
	tree    pdf.Ref
	equal   map[[sha256.Size]byte]pdf.Ref // objects that may be shared, by what they are
	parts   []part
	buffer  []byte // for a stream on its way
}

// part is what the packet has of one document.
type part struct {
	*piece.Piece // nil where the document has no pages of its own
	merged       dossier.Merged
	reason       string
	pages        []pdf.Ref
	objects      []pdf.Ref // by the piece's numbers; 0 where not known yet
}

func newAssembly(out io.Writer, p *dossier.Posting, d *dossier.Dossier) *assembly {
	w := pdf.NewWriter(out)
	a := &assembly{
		posting: p, dossier: d, w: w, setter: typeset.NewSetter(w), tree: w.Alloc(),
		equal: map[[sha256.Size]byte]pdf.Ref{},
	}
	a.setter.NameFonts("EjmxPacketFont") // documents may have been set in ours
	return a
}

// none adds a document that has no bytes.
func (a *assembly) none() { a.parts = append(a.parts, part{merged: dossier.MergedNone}) }

// placeholder adds a document that cannot be shown.
func (a *assembly) placeholder(reason string) {
	a.parts = append(a.parts, part{merged: dossier.MergedPlaceholder, reason: reason})
}

// take adds a document's piece. reason says why its pages are pictures, if they are.
func (a *assembly) take(r *piece.Reader, d *document, reason string) error {
	p := part{Piece: r.Piece, merged: dossier.MergedPages, objects: make([]pdf.Ref, r.Piece.Numbers()+1)}
	if r.Piece.Image {
		p.merged, p.reason = dossier.MergedImage, reason
	}
	for range r.Piece.Pages {
		p.pages = append(p.pages, a.w.Alloc())
	}
	for {
		o, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			a.parts = append(a.parts, p)
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.put(&p, d, o); err != nil {
			return err
		}
		if err := a.w.Err(); err != nil {
			return &brokenOutput{err}
		}
	}
}

// find gives the packet's number for one of the piece's.
func (a *assembly) find(p *part) func(to int) pdf.Ref {
	return func(to int) pdf.Ref {
		if to < 0 {
			return p.pages[^to]
		}
		if p.objects[to] == 0 {
			p.objects[to] = a.w.Alloc()
		}
		return p.objects[to]
	}
}

// put writes an object, unless the packet has one that is equal. Objects come after those they refer to, except in circles,
// so two equal ones refer to the same numbers.
func (a *assembly) put(p *part, d *document, o piece.Object) error {
	body := piece.Bound{Body: o.Body, Find: a.find(p)}.Append(nil)
	data, err := a.data(d, o)
	if err != nil {
		return err
	}
	ref := p.objects[o.Number]
	var sum [sha256.Size]byte
	if o.Shared || o.Stream {
		if sum, err = sumOf(o, body, data); err != nil {
			return err
		}
	}
	if o.Shared {
		if known, ok := a.equal[sum]; ok && ref == 0 {
			p.objects[o.Number] = known
			return nil
		}
	}
	if ref == 0 {
		ref = a.w.Alloc()
	}
	if o.Shared {
		a.equal[sum] = ref
	}
	p.objects[o.Number] = ref
	if !o.Stream {
		a.w.Put(ref, pdf.Raw(body))
		return nil
	}
	if _, err := data.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := a.w.CopyKnown(ref, pdf.Raw(body), data, sum); err != nil {
		return &brokenOutput{err} // half of the stream is written
	}
	return nil
}

// heldStream is how long a stream may be to be read once and kept for writing; a longer one is read twice.
const heldStream = 4 << 20

// data gives a stream's data: what the worker made, or a part of the document.
func (a *assembly) data(d *document, o piece.Object) (stream, error) {
	if o.Size == 0 {
		return bytes.NewReader(o.Data), nil
	}
	part, err := d.part(o.At, o.Size)
	if err != nil || o.Size > heldStream {
		return part, err
	}
	a.buffer = slices.Grow(a.buffer[:0], int(o.Size))[:o.Size]
	if _, err := io.ReadFull(part, a.buffer); err != nil {
		return nil, err
	}
	return bytes.NewReader(a.buffer), nil
}

// stream is a stream's data, to be read again.
type stream interface {
	io.ReadSeeker
	Size() int64
}

// sumOf gives the SHA-256 of an object, by which equal ones are known.
func sumOf(o piece.Object, body []byte, data stream) (sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%v %d ", o.Stream, len(body))
	hash.Write(body)
	_, err = io.Copy(hash, data)
	return [sha256.Size]byte(hash.Sum(nil)), err
}

// finish writes everything else, and says where each document is.
func (a *assembly) finish() (Outline, error) {
	tags := typeset.NewTags(a.w)
	running := newRunningLine(a.w, a.setter, a.posting, a.dossier)
	f := newFront(a.setter, tags, running, a.posting, a.dossier, a.paper())
	outline, places := a.place(f)
	var kids pdf.Array
	for i := range a.parts {
		p := &a.parts[i]
		if p.merged == dossier.MergedPlaceholder {
			p.pages = []pdf.Ref{f.placeholder(&a.dossier.Documents[i], p.reason, outline.Documents[i].FirstPage)}
			places[i].page = p.pages[0]
		}
		a.putPages(p, running, a.dossier.Documents[i].Label, outline.Documents[i].FirstPage)
		for _, page := range p.pages {
			kids = append(kids, page)
		}
	}
	running.write(outline.Pages)
	own := f.write(a.tree, places, outline.Pages)
	for i, page := range own {
		kids = append(kids, nil)
		copy(kids[i+1:], kids[i:])
		kids[i] = page
	}
	if len(kids) != outline.Pages {
		return outline, fmt.Errorf("packet: %d pages came out of %d", len(kids), outline.Pages)
	}
	a.w.Put(a.tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Int(len(kids))})
	return outline, a.close(f, places)
}

// paper gives the paper for our own pages: that of the first page of a document.
func (a *assembly) paper() paper {
	for i := range a.parts {
		if a.parts[i].Piece != nil {
			return paperLike(shape(a.parts[i].Pages[0]).shown())
		}
	}
	return paperA4
}

func shape(p piece.Page) geometry {
	g := newGeometry(p.MediaBox, p.CropBox, p.Rotate, p.UserUnit)
	g.full = p.Full
	return g
}

// place numbers the pages.
func (a *assembly) place(f *front) (Outline, []place) {
	next := f.pageCount() + 1
	outline := Outline{Documents: make([]dossier.Placed, len(a.parts))}
	places := make([]place, len(a.parts))
	for i := range a.parts {
		p := &a.parts[i]
		at := dossier.Placed{Merged: p.merged, Reason: p.reason, Pages: len(p.pages)}
		top := f.paper.height
		switch {
		case p.merged == dossier.MergedPlaceholder:
			at.Pages = 1
		case p.Piece != nil:
			top = p.Pages[0].CropBox[3]
			places[i].page = p.pages[0]
		}
		if at.Pages > 0 {
			at.FirstPage = next
		}
		next += at.Pages
		outline.Documents[i] = at
		places[i].Placed, places[i].top = at, top
	}
	outline.Pages = next - 1
	return outline, places
}

// close writes the fonts, the outline and the catalog.
func (a *assembly) close(f *front, places []place) error {
	catalog := f.catalog(a.w)
	catalog["Pages"] = a.tree
	marks := f.bookmarks()
	for i := range a.parts {
		if places[i].page != 0 {
			marks = append(marks, pdf.Bookmark{
				Title: a.dossier.Documents[i].Label, Page: places[i].page, Top: places[i].top, Kids: a.parts[i].bookmarks(),
			})
		}
	}
	catalog["Outlines"] = a.w.PutOutline(marks)
	if layers := a.layers(); layers != nil {
		catalog["OCProperties"] = layers
	}
	if err := a.setter.Close(); err != nil {
		return err
	}
	return a.w.Close(a.w.Add(catalog), f.metadata().PutInfo(a.w))
}

// bookmarks gives the document's own outline.
func (p *part) bookmarks() []pdf.Bookmark {
	if p.Piece == nil {
		return nil
	}
	return p.bind(p.Outline)
}

func (p *part) bind(marks []piece.Bookmark) (bound []pdf.Bookmark) {
	for _, m := range marks {
		bound = append(bound, pdf.Bookmark{Title: m.Title, Page: p.pages[m.Page], Top: m.Top, Kids: p.bind(m.Kids)})
	}
	return bound
}
