package typeset

import (
	"bufio"
	"fmt"
	"io"
	"iter"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Block is a piece of a simple document.
type Block struct {
	Kind Kind
	Text string // of any length, in any script; line ends begin new lines
}

// Kind is how a block looks and what it is.
type Kind int

// The kinds of block.
const (
	Body      Kind = iota // a paragraph
	Title                 // the document's title
	Heading               // of a section, found in the outline
	Note                  // small and gray: addresses, dates
	PageBreak             // what follows begins a new page
)

// The looks of a simple document.
var looks = map[Kind]struct {
	style         Style
	tag           pdf.Name
	before, after float64
}{
	Body:    {Style{Size: 10.5, Leading: 15.5}, "P", 0, 6},
	Title:   {Style{Size: 20, Leading: 26, Bold: true}, "H1", 0, 8},
	Heading: {Style{Size: 12.5, Leading: 17, Bold: true}, "H2", 10, 4},
	Note:    {Style{Size: 9, Leading: 13, Colour: Gray(0.4)}, "P", 0, 6},
}

// Add sets a block as simple documents have it, under the structure's element e, which may be nil.
func (f *Flow) Add(b Block, e *Element) {
	look := looks[b.Kind]
	switch b.Kind {
	case PageBreak:
		f.Break()
		return
	case Heading:
		f.Space(look.before)
		f.Heading(b.Text, look.style, e.Add(look.tag))
	default:
		f.Space(look.before)
		f.Paragraph(b.Text, look.style, e.Add(look.tag))
	}
	f.Space(look.after)
}

// WriteDocument writes a whole PDF file of A4 pages: blocks one under the other, each page with its number, tagged, with
// its headings in the outline. Blocks are set as they come, none is held.
func WriteDocument(out io.Writer, about pdf.Metadata, blocks iter.Seq[Block]) error {
	return WriteFlow(out, about, func(flow *Flow, root *Element) error {
		for b := range blocks {
			flow.Add(b, root)
			if err := flow.setter.w.Err(); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteFlow is WriteDocument for pages that hold more than blocks: fill puts onto the flow, under the root of the
// structure, whatever the file is to show.
func WriteFlow(out io.Writer, about pdf.Metadata, fill func(flow *Flow, root *Element) error) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	w := pdf.NewWriter(buffered)
	setter := NewSetter(w)
	tags := NewTags(w)
	tree := w.Alloc()
	flow := NewFlow(setter, tree, Layout{}, tags)
	flow.Furniture = func(p *Page, number int) {
		l := setter.Line(fmt.Sprint(number), looks[Note].style)
		p.Text(l, (p.Width-l.Width)/2, 36)
	}
	if err := fill(flow, tags.Root()); err != nil {
		return err
	}
	pages := flow.Close()
	if err := setter.Close(); err != nil {
		return err
	}
	if err := w.Close(putCatalog(w, about, tree, pages, flow.Bookmarks(), tags), about.PutInfo(w)); err != nil {
		return err
	}
	return buffered.Flush()
}

// Fit sets a text on one line of at most width points, cut with an ellipsis where it is longer.
func (f *Flow) Fit(text string, style Style, width float64) *Line {
	return f.setter.Fit(text, style, width)
}

// Wrap sets a text on lines of at most width points.
func (f *Flow) Wrap(text string, style Style, width float64) []*Line {
	return f.setter.Wrap(text, style, width, 0)
}

// putCatalog writes the page tree and what else the catalog names.
func putCatalog(w *pdf.Writer, about pdf.Metadata, tree pdf.Ref, pages []pdf.Ref, marks []pdf.Bookmark, tags *Tags) pdf.Ref {
	kids := make(pdf.Array, len(pages))
	for i, page := range pages {
		kids[i] = page
	}
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Int(len(pages))})
	catalog := pdf.Dict{
		"Type": pdf.Name("Catalog"), "Pages": tree, "Metadata": about.PutXMP(w),
		"StructTreeRoot": tags.Close(), "MarkInfo": pdf.Dict{"Marked": pdf.Bool(true)},
		"ViewerPreferences": pdf.Dict{"DisplayDocTitle": pdf.Bool(true)},
	}
	if about.Lang != "" {
		catalog["Lang"] = pdf.Text(about.Lang)
	}
	if outline := w.PutOutline(marks); outline != 0 {
		catalog["Outlines"] = outline
	}
	return w.Add(catalog)
}
