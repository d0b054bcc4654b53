package foreign

import (
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/piece"
)

// The most of a document's outline that is carried over.
const (
	maxBookmarks     = 20_000
	maxBookmarkDepth = 24
	maxTitle         = 500 // characters
)

// outlineReader reads a tree of linked lists that may have loops.
type outlineReader struct {
	*importer
	seen map[int]bool
	left int
}

// outline gives the document's own bookmarks, those that lead to one of its pages or have such below them.
func (im *importer) outline() []piece.Bookmark {
	r := &outlineReader{importer: im, seen: map[int]bool{}, left: maxBookmarks}
	return r.list(im.dict(im.catalog()["Outlines"])["First"], 0)
}

func (r *outlineReader) list(o types.Object, depth int) (marks []piece.Bookmark) {
	for depth < maxBookmarkDepth && r.left > 0 {
		ref, ok := o.(types.IndirectRef)
		if !ok || r.seen[ref.ObjectNumber.Value()] {
			break
		}
		r.seen[ref.ObjectNumber.Value()] = true
		r.left--
		d := r.dict(ref)
		if d == nil {
			break
		}
		if mark, ok := r.bookmark(d, depth); ok {
			marks = append(marks, mark)
		}
		o = d["Next"]
	}
	return marks
}

func (r *outlineReader) bookmark(d types.Dict, depth int) (piece.Bookmark, bool) {
	mark := piece.Bookmark{Title: title(r.text(d["Title"])), Kids: r.list(d["First"], depth+1)}
	to, ok := r.places.of(d)
	switch {
	case ok:
		mark.Page, mark.Top = to.page, to.top
		if !to.has {
			mark.Top = r.out.Pages[to.page].CropBox[3]
		}
	case len(mark.Kids) > 0: // a heading over others leads to the first of them
		mark.Page, mark.Top = mark.Kids[0].Page, mark.Kids[0].Top
	default:
		return mark, false
	}
	return mark, true
}

// title gives a bookmark's title in one line.
func title(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxTitle {
		text = string(runes[:maxTitle-1]) + "…"
	}
	if text == "" {
		return "–"
	}
	return text
}
