package packet

import (
	"fmt"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// contents lays out the list of everything that belongs to the application, inside or not, in the packet's order.
func (f *front) contents() []block {
	toc := f.tags.Root().Add("Sect")
	blocks := []block{f.title("Contents", toc)}
	var list *typeset.Element
	var kind ejm.Kind
	for i := range f.dossier.Documents {
		d := &f.dossier.Documents[i]
		if d.Kind != kind {
			kind = d.Kind
			blocks = append(blocks, f.section(groupTitle(kind), toc.Add("H3")))
			list = toc.Add("TOC")
		}
		blocks = append(blocks, f.contentsRow(i, list))
	}
	if len(f.dossier.Documents) == 0 {
		blocks = append(blocks, f.paragraph("This application has no documents that this edition shows.", toc)...)
	}
	return blocks
}

func groupTitle(k ejm.Kind) string {
	switch k {
	case ejm.KindLetter:
		return "Letters"
	case kindPacket:
		return "Candidates"
	}
	return "Files"
}

// The columns of the contents, in points.
const (
	pageColumn = 60
	rowPadding = 6
)

// contentsRow lays out one document: what it is called and what is known of it, on the left; its page, on the right. The
// whole row leads to the page, or to the address of what is kept elsewhere.
func (f *front) contentsRow(i int, list *typeset.Element) block {
	d := &f.dossier.Documents[i]
	width := f.column() - pageColumn
	label := f.setter.Wrap(d.Label, styleText, width, 2)
	height := float64(len(label))*styleText.LineHeight() + styleDetail.LineHeight() + 2*rowPadding
	item := list.Add("TOCI")
	return block{height: height, draw: func(p *typeset.Page, top float64) {
		at := f.places[i]
		link := item
		address := webAddress(d.URL)
		if at.page != 0 || address != "" {
			link = item.Add("Reference").Add("Link")
		}
		p.Artifact(func() { p.Rule(marginLeft, top-height, f.column(), 0.5, hair) })
		bottom := top
		p.Tagged(link, func() { bottom = p.Column(label, marginLeft, top-rowPadding, width) })
		p.Tagged(link, func() {
			detail := f.setter.Fit(describe(d, at.Placed), detailStyle(address), width)
			p.Column([]*typeset.Line{detail}, marginLeft, bottom, width)
		})
		if at.page != 0 {
			number := f.setter.Line(fmt.Sprint(at.FirstPage), styleText.Aligned(typeset.Right))
			p.Tagged(link, func() {
				p.Column([]*typeset.Line{number}, marginLeft+width, top-rowPadding, pageColumn)
			})
		}
		room := pdf.Rect{marginLeft, top - height, marginLeft + f.column(), top}
		switch {
		case at.page != 0:
			p.LinkPage(room, at.page, at.top, fmt.Sprintf("%s, page %d", d.Label, at.FirstPage), link)
		case address != "":
			p.LinkURI(room, address, address, link)
		}
	}}
}

// describe says in a line what is known of a document: how long it is, who wrote it, why it is not as it should be.
func describe(d *dossier.Document, at dossier.Placed) string {
	var parts []string
	if d.Writer != nil {
		parts = append(parts, d.Writer.Institution)
	}
	if d.Kind == kindPacket {
		parts = append(parts, d.Reason)
	}
	switch {
	case d.State == dossier.Link:
		parts = append(parts, "kept elsewhere: "+d.URL)
	case d.State == dossier.NotSubmitted && d.Kind == ejm.KindLetter:
		parts = append(parts, "has not arrived yet")
	case d.State == dossier.NotSubmitted:
		parts = append(parts, "was not submitted")
	case d.State == dossier.Withdrawn:
		parts = append(parts, withReason("was withdrawn", d.Reason))
	case d.State == dossier.Failed:
		parts = append(parts, withReason("could not be fetched", d.Reason))
	case at.Merged == dossier.MergedPlaceholder:
		parts = append(parts, withReason("cannot be shown here", at.Reason))
	case at.Merged == dossier.MergedImage:
		parts = append(parts, count(at.Pages, "page")+" shown as pictures")
	default:
		parts = append(parts, count(at.Pages, "page"))
	}
	if d.State == dossier.Suspect {
		parts = append(parts, "perhaps damaged on the way")
	}
	if d.State.HasBytes() && d.Date != "" {
		day, _, _ := strings.Cut(d.Date, " ")
		parts = append(parts, "received "+day)
	}
	return join(parts, " · ")
}

func withReason(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// count says how many there are of something whose plural ends in s.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// join joins those texts that are not empty.
func join(parts []string, between string) string {
	var full []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			full = append(full, part)
		}
	}
	return strings.Join(full, between)
}

// answers lays out what the applicant answered to the posting's questions.
func (f *front) answers() []block {
	if len(f.dossier.Answers) == 0 {
		return nil
	}
	questions := make(map[ejm.ID]string, len(f.posting.Questions))
	for _, q := range f.posting.Questions {
		questions[q.ID] = q.Text
	}
	e := f.tags.Root().Add("Sect")
	padding := gap(rowPadding)
	padding.keep = true
	blocks := []block{gap(26), f.section("Answers", e.Add("H2")), padding}
	const mostAnswerLines = 400
	for _, a := range f.dossier.Answers {
		question := f.setter.Wrap(questions[a.QuestionID], styleDetail, f.column(), 6)
		heading, text := e.Add("H3"), e.Add("P")
		for _, l := range question {
			blocks = append(blocks, f.line(l, heading, true))
		}
		for _, l := range f.setter.Wrap(a.Text, styleText.Aligned(typeset.Start), f.column(), mostAnswerLines) {
			blocks = append(blocks, f.line(l, text, false))
		}
		blocks = append(blocks, gap(9))
	}
	return blocks
}

// title lays out the head of a page, with whose it is under it.
func (f *front) title(text string, e *typeset.Element) block {
	title := f.setter.Fit(text, styleTitle, f.column())
	whose := f.setter.Fit(f.dossier.Name.Full(), styleText.In(pale), f.column())
	heading, name := e.Add("H2"), e.Add("P")
	return block{height: styleTitle.LineHeight() + styleText.LineHeight() + 10, keep: true, draw: func(p *typeset.Page, top float64) {
		p.Tagged(heading, func() { top = p.Column([]*typeset.Line{title}, marginLeft, top, f.column()) })
		p.Tagged(name, func() { p.Column([]*typeset.Line{whose}, marginLeft, top, f.column()) })
	}}
}

// section lays out a small heading with a line under it.
func (f *front) section(text string, heading *typeset.Element) block {
	l := f.setter.Line(text, styleSection)
	height := 14 + styleSection.LineHeight() + 2
	return block{height: height, keep: true, draw: func(p *typeset.Page, top float64) {
		p.Tagged(heading, func() { p.Column([]*typeset.Line{l}, marginLeft, top-14, f.column()) })
		p.Artifact(func() { p.Rule(marginLeft, top-height, f.column(), 0.5, hair) })
	}}
}

func (f *front) paragraph(text string, e *typeset.Element) []block {
	blocks := []block{gap(8)}
	p := e.Add("P")
	for _, l := range f.setter.Wrap(text, styleText, f.column(), 0) {
		blocks = append(blocks, f.line(l, p, false))
	}
	return blocks
}

func (f *front) line(l *typeset.Line, e *typeset.Element, keep bool) block {
	return block{height: l.Style().LineHeight(), keep: keep, draw: func(p *typeset.Page, top float64) {
		p.Tagged(e, func() { p.Column([]*typeset.Line{l}, marginLeft, top, f.column()) })
	}}
}

func gap(height float64) block {
	return block{height: height, draw: func(*typeset.Page, float64) {}}
}
