package packet

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// coverPen draws the cover from top to bottom.
type coverPen struct {
	*front
	page *typeset.Page
	root *typeset.Element
	y    float64 // the lower edge of what is drawn so far
}

// drawCover draws whose packet it is, what they say of themselves, what is inside and what is missing.
func (f *front) drawCover(p *typeset.Page) {
	c := coverPen{front: f, page: p, root: f.tags.Root().AddFirst("Sect"), y: f.paper.height - marginTop}
	c.head()
	c.facts()
	c.inside()
	c.missing()
	c.foot()
}

// head draws the posting, the name and who that is.
func (c *coverPen) head() {
	posting := join([]string{c.posting.Title, c.posting.Department, c.posting.Institution}, " · ")
	c.text(posting, styleDetail.Sized(9.5), 2)
	c.y -= 46
	c.name()
	c.y -= 12
	c.bar()
	for _, line := range c.lead() {
		c.text(line, styleLead, 2)
	}
}

// name draws the name as large as fits in two lines, and one that fits in no size in three lines of the smallest.
func (c *coverPen) name() {
	name := c.dossier.Name.Full()
	if name == "" {
		name = "Application " + c.dossier.AppID.String()
	}
	style := styleName
	lines := c.setter.Wrap(name, style, c.column(), 3)
	for _, size := range []float64{24, 18} {
		if len(lines) <= 2 {
			break
		}
		style = styleName.Sized(size)
		lines = c.setter.Wrap(name, style, c.column(), 3)
	}
	c.lines(lines, c.root.Add("H1"))
}

// The facts that stand under the name, in two lines, rather than in the table.
var leadFacts = [][]string{{"curpos", "curinst"}, {"degreetype", "degreeinst", "degreeendyear"}}

func (c *coverPen) lead() []string {
	var lines []string
	for _, keys := range leadFacts {
		var parts []string
		for _, key := range keys {
			parts = append(parts, c.dossier.Fact(key))
		}
		if line := join(parts, ", "); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// facts draws the table of what else the edition shows of the applicant, as far as the lists below leave room.
func (c *coverPen) facts() {
	c.y -= 22
	facts := slices.DeleteFunc(slices.Clone(c.dossier.Facts), func(f dossier.Fact) bool {
		return f.Value == "" || slices.ContainsFunc(leadFacts, func(keys []string) bool { return slices.Contains(keys, f.Key) })
	})
	if c.dossier.Applied != "" {
		facts = append(facts, dossier.Fact{Label: "Applied", Value: c.dossier.Applied})
	}
	if len(facts) == 0 {
		return
	}
	list := c.root.Add("L")
	for i, fact := range facts {
		if c.y < coverEnd+listsRoom && i+1 < len(facts) {
			c.fact(list, dossier.Fact{Value: fmt.Sprintf("and %d more", len(facts)-i)})
			return
		}
		c.fact(list, fact)
	}
}

// factLink is where a fact leads: an address of the web or of mail, or nowhere, "".
func factLink(f dossier.Fact) string {
	switch f.Key {
	case "url":
		return webAddress(f.Value)
	case "email":
		return mailAddress(f.Value)
	}
	return ""
}

// webAddress gives text as an address that a reader may follow, or "" when it is none: applicants type anything into that
// field. One with a user before its host, which could look like another host, is none either.
func webAddress(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, " \t\n\r") {
		return ""
	}
	if !strings.Contains(text, "://") && strings.Contains(text, ".") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return asciiAddress(u)
}

func mailAddress(text string) string {
	text = strings.TrimSpace(text)
	if strings.Count(text, "@") != 1 || strings.ContainsAny(text, " \t\n\r?&<>:/") {
		return ""
	}
	return asciiAddress(&url.URL{Scheme: "mailto", Opaque: url.PathEscape(text)})
}

// asciiAddress gives an address as PDF has them, in ASCII (PDF 32000-1, 12.6.4.7). One that cannot be is not linked.
func asciiAddress(u *url.URL) string {
	address := u.String()
	if len(address) > 2000 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return address
}

// The table's columns, and what the cover keeps free under it, in points.
const (
	labelColumn = 116
	mostLines   = 5 // of one fact
	listsRoom   = 200
	coverEnd    = marginBottom + 34
)

func (c *coverPen) fact(list *typeset.Element, fact dossier.Fact) {
	width := c.column() - labelColumn
	style, address := styleText, factLink(fact)
	if address != "" {
		style = style.In(accent)
	}
	lines := c.setter.Wrap(fact.Value, style, width, mostLines)
	height := float64(len(lines)) * styleText.LineHeight()
	item := list.Add("LI")
	c.page.Tagged(item.Add("Lbl"), func() {
		l := c.setter.Fit(fact.Label, styleDetail, labelColumn-10)
		c.page.Text(l, marginLeft, c.y-styleText.Baseline())
	})
	body := item.Add("LBody")
	if address != "" {
		body = body.Add("Link")
	}
	c.page.Tagged(body, func() { c.page.Column(lines, marginLeft+labelColumn, c.y, width) })
	if address != "" {
		c.page.LinkURI(pdf.Rect{marginLeft + labelColumn, c.y - height, marginLeft + c.column(), c.y}, address, address, body)
	}
	c.y -= height + 3
}

// inside draws what the packet holds: how much, and the documents' names.
func (c *coverPen) inside() {
	var files, letters, packets []string
	pages := 0
	for i, d := range c.dossier.Documents {
		switch {
		case c.places[i].page == 0, c.places[i].Merged == dossier.MergedPlaceholder:
		case d.Kind == kindPacket:
			packets = append(packets, d.Label)
			pages += c.places[i].Pages
		case d.Kind == ejm.KindLetter:
			letters = append(letters, d.Label)
			pages += c.places[i].Pages
		default:
			files = append(files, d.Label)
			pages += c.places[i].Pages
		}
	}
	c.heading("Inside")
	if len(files)+len(letters)+len(packets) == 0 {
		c.text("No document of this application can be shown.", styleText, 1)
		return
	}
	var counts []string
	if len(packets) > 0 {
		counts = append(counts, count(len(packets), "candidate"))
	}
	if len(files) > 0 {
		counts = append(counts, count(len(files), "file"))
	}
	if len(letters) > 0 {
		counts = append(counts, count(len(letters), "letter"))
	}
	c.text(strings.Join(counts, " and ")+" on "+count(pages, "page"), styleText.Heavy(), 1)
	c.text(strings.Join(slices.Concat(packets, files, letters), " · "), styleText, 5)
}

// missing draws what a reader might look for in vain.
func (c *coverPen) missing() {
	type absence struct{ label, why, address string }
	var absent []absence
	for i := range c.dossier.Documents {
		d, at := &c.dossier.Documents[i], c.places[i]
		if at.page == 0 || at.Merged == dossier.MergedPlaceholder {
			absent = append(absent, absence{d.Label, describe(d, at.Placed), webAddress(d.URL)})
		}
	}
	if len(absent) == 0 {
		return
	}
	c.heading("Not inside")
	list := c.root.Add("L")
	for i, a := range absent {
		if c.y-2*styleText.LineHeight() < coverEnd && i+1 < len(absent) {
			c.text(fmt.Sprintf("and %d more, listed in the contents", len(absent)-i), styleDetail, 1)
			return
		}
		item := list.Add("LI").Add("LBody")
		if a.address != "" {
			item = item.Add("Link")
		}
		top := c.y
		c.lines([]*typeset.Line{c.setter.Fit(a.label, styleText, c.column())}, item)
		c.lines([]*typeset.Line{c.setter.Fit(a.why, detailStyle(a.address), c.column())}, item)
		if a.address != "" {
			c.page.LinkURI(pdf.Rect{marginLeft, c.y, marginLeft + c.column(), top}, a.address, a.address, item)
		}
		c.y -= 3
	}
}

// detailStyle shows a line that leads to the web as what it is.
func detailStyle(address string) typeset.Style {
	if address != "" {
		return styleDetail.In(accent)
	}
	return styleDetail
}

// foot draws, at the foot of the cover, from when the records are and who the packet is for.
func (c *coverPen) foot() {
	taken := c.dossier.AsOf.UTC().Format("2 January 2006, 15:04 UTC")
	application := ""
	if c.dossier.AppID != 0 {
		application = "application " + c.dossier.AppID.String()
	}
	line := join([]string{c.posting.Edition.Title + " edition", "records of " + taken, application, c.posting.Tool}, " · ")
	c.page.Artifact(func() { c.page.Rule(marginLeft, marginBottom+8, c.column(), 0.5, hair) })
	c.y = marginBottom
	c.text(line, styleDetail, 1)
}

// bar draws the short line that marks the head of a page.
func (c *coverPen) bar() {
	c.page.Artifact(func() { c.page.Fill(marginLeft, c.y-2, 42, 2, accent) })
	c.y -= 18
}

func (c *coverPen) heading(text string) {
	c.y -= 16
	c.lines([]*typeset.Line{c.setter.Line(text, styleSection)}, c.root.Add("H2"))
	c.page.Artifact(func() { c.page.Rule(marginLeft, c.y-1, c.column(), 0.5, hair) })
	c.y -= 7
}

// text draws text in at most a number of lines.
func (c *coverPen) text(text string, style typeset.Style, limit int) {
	if text != "" {
		c.lines(c.setter.Wrap(text, style, c.column(), limit), c.root.Add("P"))
	}
}

func (c *coverPen) lines(lines []*typeset.Line, e *typeset.Element) {
	c.page.Tagged(e, func() { c.y = c.page.Column(lines, marginLeft, c.y, c.column()) })
}
