package packet

import (
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// front is a packet's front matter: the cover, the contents, and what the applicant answered to the posting's questions.
// It says nothing that the edition did not give it.
//
// How many pages it takes is known at once, so that the documents can be numbered; its pages are written last, when it is
// known where everything is. A PDF's pages stand in the order of the page tree, not of the file.
type front struct {
	setter  *typeset.Setter
	tags    *typeset.Tags
	running *runningLine
	posting *dossier.Posting
	dossier *dossier.Dossier
	paper   paper
	sheets  [][]block // what stands on each page after the cover
	cover   *typeset.Page
	pages   []*typeset.Page
	places  []place
	total   int

	standIns []standIn
}

// paper is the size of the pages we make, in points.
type paper struct{ width, height float64 }

// The papers that applicants write on.
var (
	paperA4     = paper{typeset.A4Width, typeset.A4Height}
	paperLetter = paper{612, 792}
)

// paperLike gives the paper for pages that stand among pages of a size: Letter for Letter, else A4.
func paperLike(width, height float64) paper {
	within := func(a, b float64) bool { return a > b-2 && a < b+2 }
	if within(width, paperLetter.width) && within(height, paperLetter.height) {
		return paperLetter
	}
	return paperA4
}

// place is where the packet has a document, and the page that leads there.
type place struct {
	dossier.Placed
	page pdf.Ref // 0 when it has no page
	top  float64 // the page's upper edge
}

// newFront lays out the front matter of a dossier. The running line may be that of an edition without one.
func newFront(s *typeset.Setter, tags *typeset.Tags, running *runningLine, p *dossier.Posting, d *dossier.Dossier, size paper) *front {
	f := &front{setter: s, tags: tags, running: running, posting: p, dossier: d, paper: size}
	f.sheets = paginate(append(f.contents(), f.answers()...), f.columnHeight())
	f.cover = s.NewPage(size.width, size.height, tags)
	for range f.sheets {
		f.pages = append(f.pages, s.NewPage(size.width, size.height, tags))
	}
	return f
}

// pageCount is how many pages the front matter takes. The first document begins on the one after.
func (f *front) pageCount() int { return 1 + len(f.pages) }

// write draws and writes all pages, those of placeholders too, as children of a node of the page tree, and gives the front
// matter's in order. places says where
// each of the dossier's documents is, in their order; total is how many pages the packet has.
func (f *front) write(parent pdf.Ref, places []place, total int) []pdf.Ref {
	f.places, f.total = places, total
	f.drawCover(f.cover)
	f.cover.Close(parent)
	refs := []pdf.Ref{f.cover.Ref()}
	for i, p := range f.pages {
		top := f.paper.height - marginTop
		for _, b := range f.sheets[i] {
			b.draw(p, top)
			top -= b.height
		}
		f.running.onOwnPage(p, "Contents", i+2, total)
		p.Close(parent)
		refs = append(refs, p.Ref())
	}
	for _, s := range f.standIns {
		f.running.onOwnPage(s.page, s.label, s.number, total)
		s.page.Close(parent)
	}
	return refs
}

// bookmarks gives the outline's entries for the front matter, above those of the documents.
func (f *front) bookmarks() []pdf.Bookmark {
	return []pdf.Bookmark{
		{Title: "Cover", Page: f.cover.Ref(), Top: f.paper.height},
		{Title: "Contents", Page: f.pages[0].Ref(), Top: f.paper.height},
	}
}

// block is something to be drawn on a page of the front matter. Its height is known before its text is: page numbers and
// reasons fit the room they are given.
type block struct {
	height float64
	keep   bool // on the same page as what follows
	draw   func(p *typeset.Page, top float64)
}

// paginate deals blocks out to pages of a height, at least one page.
func paginate(blocks []block, height float64) [][]block {
	sheets := [][]block{nil}
	left := height
	for i := 0; i < len(blocks); {
		n, need := together(blocks[i:])
		last := len(sheets) - 1
		if need > left && len(sheets[last]) > 0 {
			sheets, left = append(sheets, nil), height
			last++
		}
		sheets[last] = append(sheets[last], blocks[i:i+n]...)
		left -= need
		i += n
	}
	return sheets
}

// together says how many blocks stay on one page, and how high they are.
func together(blocks []block) (n int, height float64) {
	for _, b := range blocks {
		n++
		height += b.height
		if !b.keep {
			break
		}
	}
	return n, height
}

// The front matter's shape, in points, and its looks: one family of type in few sizes, gray for what explains, one colour.
const (
	marginLeft   = 74
	marginRight  = 74
	marginTop    = 76
	marginBottom = 64
)

var (
	ink    = typeset.Gray(0.12)
	pale   = typeset.Gray(0.42)
	hair   = typeset.Gray(0.82)
	accent = typeset.Colour{R: 0.10, G: 0.28, B: 0.50}

	styleName    = typeset.Style{Size: 30, Leading: 39, Bold: true, Colour: ink, Align: typeset.Left}
	styleLead    = typeset.Style{Size: 13, Leading: 19, Colour: ink, Align: typeset.Left}
	styleTitle   = typeset.Style{Size: 20, Leading: 28, Bold: true, Colour: ink, Align: typeset.Left}
	styleSection = typeset.Style{Size: 9, Leading: 14, Bold: true, Colour: accent, Align: typeset.Left}
	styleText    = typeset.Style{Size: 10.5, Leading: 15.5, Colour: ink, Align: typeset.Left}
	styleDetail  = typeset.Style{Size: 8.5, Leading: 12.5, Colour: pale, Align: typeset.Left}
)

// column is the width of the text.
func (f *front) column() float64 { return f.paper.width - marginLeft - marginRight }

func (f *front) columnHeight() float64 { return f.paper.height - marginTop - marginBottom }
