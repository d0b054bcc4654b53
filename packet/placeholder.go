package packet

import (
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// standIn is a placeholder page that waits for the packet's number of pages.
type standIn struct {
	page   *typeset.Page
	label  string
	number int
}

// placeholder draws the page that stands for a document which cannot be shown: whose document it is, why it cannot be
// shown, and where the original lies. reason is for people: "the PDF needs a password". number is the page's, counted
// from 1 within the packet. [front.write] writes the page.
func (f *front) placeholder(d *dossier.Document, reason string, number int) pdf.Ref {
	p := f.setter.NewPage(f.paper.width, f.paper.height, f.tags)
	f.standIns = append(f.standIns, standIn{p, d.Label, number})
	c := coverPen{front: f, page: p, root: f.tags.Root().Add("Sect"), y: f.paper.height * 0.64}
	c.bar()
	c.lines(f.setter.Wrap(d.Label, styleTitle, f.column(), 3), c.root.Add("H2"))
	c.text(f.dossier.Name.Full(), styleText.In(pale), 2)
	c.y -= 20
	c.text("This document cannot be shown here: "+withStop(reason), styleLead, 8)
	if d.Path != "" {
		c.y -= 14
		c.text("The original is in the export, as it was sent:", styleDetail, 1)
		c.text(d.Path, styleText, 4)
	}
	return p.Ref()
}

// withStop ends a reason as a sentence.
func withStop(reason string) string {
	if reason == "" {
		return "the reason is not known."
	}
	switch reason[len(reason)-1] {
	case '.', '!', '?':
		return reason
	}
	return reason + "."
}
