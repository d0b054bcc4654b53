package season

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// letter is a letter of recommendation, one page or two, on the letterhead of its writer's university.
type letter struct {
	person  *person
	writer  *writer
	posting *posting
	date    time.Time
	version int // a second one replaces the first
}

func (l letter) print(out io.Writer, _ *world, rng *rand.Rand) error {
	from := l.writer.university
	s := newSheet(out, pdf.Metadata{Title: "Letter of recommendation", Author: l.writer.name.full(), Lang: "en"})
	l.head(s, from)
	s.Space(24)
	s.paragraph(longDate(l.date))
	s.paragraph("To the search committee: " + l.posting.title)
	s.Space(6)
	s.Paragraph("Re: "+l.person.name.full(), body.Heavy(), nil)
	s.Space(10)
	s.paragraph("Dear colleagues,")
	for _, text := range l.text(rng) {
		s.paragraph(text)
	}
	s.Space(8)
	s.Need(110)
	s.paragraph("Yours sincerely,")
	sign(s, rng)
	s.paragraph(l.writer.name.full() + "\nProfessor of Economics, " + from.name)
	return s.close()
}

// head draws the letterhead: a band, the university's name, its address.
func (l letter) head(s *sheet, from university) {
	hue := typeset.Colour{R: from.hue[0], G: from.hue[1], B: from.hue[2]}
	p := s.Page()
	p.Fill(0, p.Height-14, p.Width, 14, hue)
	s.Paragraph(from.name, title.Sized(15).In(hue), nil)
	s.Paragraph("Department of Economics · "+from.place+" · "+from.domain, small, nil)
	s.Space(4)
	s.Rule(0.8, hue)
}

func (l letter) text(rng *rand.Rand) []string {
	about := strings.NewReplacer(
		"{N}", l.person.name.full(), "{A}", l.person.name.short(), "{T}", "“"+l.person.paper.title+"”", "{S}", l.person.paper.subject, "{O}", l.person.paper.outcome,
		"{P}", l.person.paper.place, "{F}", strings.ToLower(l.person.field), "{Y}", fmt.Sprint(2+rng.IntN(5)), "{K}", fmt.Sprint(1+rng.IntN(5)),
	)
	text := []string{about.Replace(pick(rng, openings))}
	for _, n := range rng.Perm(len(praise))[:4+rng.IntN(4)] {
		text = append(text, about.Replace(praise[n]))
	}
	if l.version > 1 {
		text = append(text, "This letter replaces the one that I sent before; the paper has since been accepted for a revision.")
	}
	return append(text, about.Replace(pick(rng, closings)))
}

var (
	openings = []string{
		"I write in support of {N}, whose dissertation I have advised for {Y} years, and whom I recommend without any reservation that matters.",
		"It is a pleasure to recommend {N}. I have known {A} for {Y} years, first in my class on {F}, where the questions were better than my answers, and then as an adviser.",
		"{N} asked me for a letter, and I agreed before the sentence was finished.",
	}
	praise = []string{
		"The job market paper, {T}, asks what {S} do to {O}. One would have thought that this was known. It was not, and now it is.",
		"What impressed me most was the field work. {A} spent a winter in {P} and came back with data that I had told three earlier students could not be had.",
		"The paper is careful where carelessness would have been easy. Every reader's first objection is answered on page four, and the second on page five.",
		"Among the students whom I have advised over the years, I would place {A} in the top {K}. I know that letters say this; I have kept a list.",
		"{A} is also a fine teacher. My own students went to those classes rather than to mine, and I cannot blame them.",
		"In seminars {A} listens first. The question that follows is usually short, and it is usually the one that the speaker goes home with.",
		"A second paper, on a quite different matter, shows that {T} is no accident. It is shorter, more theoretical, and I think will last.",
		"As a colleague {A} is generous with time, drafts and code. The department's computers work better than they did, and nobody asked for it.",
		"If I had to name a weakness, it would be that {A} is slow to call a thing finished. The things, when finished, stay so.",
	}
	closings = []string{
		"I recommend {A} to you most warmly. If I can tell you more, please call me; I am at my desk whenever the ferry is not running.",
		"Any department would be lucky to have {A}. I hope that it will be yours, and regret that it cannot be ours.",
	}
)

// sign draws a signature, no two alike.
func sign(s *sheet, rng *rand.Rand) {
	p, top := s.Take(46)
	x, y := margin+4, top-26
	var path strings.Builder
	fmt.Fprintf(&path, "q 0.1 0.15 0.4 RG 1.3 w 1 J 1 j %.1f %.1f m", x, y)
	for range 5 + rng.IntN(5) {
		dx := 10 + rng.Float64()*16
		fmt.Fprintf(&path, " %.1f %.1f %.1f %.1f %.1f %.1f c", x+dx*0.2, y+rng.Float64()*34, x+dx*0.9, y-rng.Float64()*22, x+dx, y+rng.Float64()*10-5)
		x += dx
	}
	p.Raw(path.String() + " S Q\n")
}
