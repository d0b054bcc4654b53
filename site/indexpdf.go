package site

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// indexName is the list of candidates as a PDF. It lies among the packets; no packet has that name, for each carries its
// application's number.
const indexName = "packets/index.pdf"

// The look of the list of candidates as a PDF, in points.
const (
	rowHeight   = 34
	nameSize    = 11
	detailSize  = 9
	lettersWide = 90 // the column at the right
)

var (
	indexInk   = typeset.Colour{R: 0.11, G: 0.31, B: 0.85}
	indexQuiet = typeset.Gray(0.4)
	indexLine  = typeset.Gray(0.85)
)

func (w *writer) index() error {
	return w.create(indexName, func(out io.Writer) error { return writeIndex(out, w.posting) })
}

// writeIndex writes the list of all candidates as a PDF. Each name opens the candidate's packet, for tablets whose file
// viewer runs no scripts.
func writeIndex(out io.Writer, p *dossier.Posting) error {
	about := pdf.Metadata{Title: p.Title + ": candidates", Author: p.Institution, Lang: "en", Tool: p.Tool, Date: p.Snapshot.Taken}
	return typeset.WriteFlow(out, about, func(flow *typeset.Flow, root *typeset.Element) error {
		flow.Add(typeset.Block{Kind: typeset.Title, Text: p.Title}, root)
		flow.Add(typeset.Block{Kind: typeset.Note, Text: indexNote(p)}, root)
		list := root.Add("L")
		for _, d := range p.Dossiers {
			indexRow(flow, list.Add("LI").Add("LBody"), d, showsLetters(p))
		}
		return nil
	})
}

func indexNote(p *dossier.Posting) string {
	h := (&writer{posting: p}).head()
	parts := []string{h.Institution, counted(len(p.Dossiers)), h.Taken, h.Edition}
	return joinWords(" · ", parts...)
}

func joinWords(by string, parts ...string) string {
	var filled []string
	for _, part := range parts {
		if part != "" {
			filled = append(filled, part)
		}
	}
	return strings.Join(filled, by)
}

// indexRow sets one candidate: the name, under it place and field, at the right letters and pages.
func indexRow(flow *typeset.Flow, e *typeset.Element, d *dossier.Dossier, letters bool) {
	page, top := flow.Take(rowHeight)
	left, width := (page.Width-flow.Column())/2, flow.Column()
	name := typeset.Style{Size: nameSize, Bold: true, Colour: indexInk}
	detail := typeset.Style{Size: detailSize, Colour: indexQuiet}
	link := e
	if d.Packet.Path != "" {
		link = e.Add("Link")
	} else {
		name.Colour = indexQuiet
	}
	page.Tagged(link, func() { page.Text(flow.Fit(nameOf(d), name, width-lettersWide), left, top-14) })
	page.Tagged(e, func() {
		words := joinWords(" · ", d.Fact("degreeinst"), d.Fact("primary_field"), d.Fact("curpos"))
		page.Text(flow.Fit(words, detail, width-lettersWide), left, top-27)
	})
	page.Tagged(e, func() {
		l := flow.Fit(figuresOf(d, letters), detail, lettersWide)
		page.Text(l, left+width-l.Width, top-14)
	})
	page.Artifact(func() { page.Rule(left, top-rowHeight, width, 0.5, indexLine) })
	if d.Packet.Path != "" {
		area := pdf.Rect{left, top - rowHeight + 1, left + width, top - 1}
		page.LinkFile(area, path.Base(d.Packet.Path), "Packet of "+nameOf(d), link)
	}
}

func figuresOf(d *dossier.Dossier, letters bool) string {
	var parts []string
	if letters {
		parts = append(parts, "letters "+countLetters(d).String())
	}
	if d.Packet.Pages > 0 {
		parts = append(parts, fmt.Sprintf("%d p.", d.Packet.Pages))
	}
	return strings.Join(parts, " · ")
}
