package season

import (
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// cv is a curriculum vitae: two pages or three.
type cv struct{ person *person }

func (c cv) print(out io.Writer, w *world, rng *rand.Rand) error {
	p := c.person
	s := newSheet(out, pdf.Metadata{Title: "Curriculum vitae", Author: p.name.full(), Lang: "en"})
	s.numbered()
	s.Paragraph(p.name.full(), title, nil)
	s.Paragraph("Department of Economics, "+p.university.name+", "+p.university.place, small, nil)
	s.Paragraph(p.email+" · "+p.phone, small, nil)
	s.Space(4)
	s.Rule(0.6, typeset.Gray(0.5))
	s.heading("Education")
	s.row(fmt.Sprintf("%d–%d", p.degreeYear-6, p.degreeYear), "PhD in Economics, "+p.university.name+" (expected)")
	s.row(fmt.Sprintf("%d–%d", p.degreeYear-8, p.degreeYear-6), "MSc in Economics, "+pick(rng, universities).name)
	s.row(fmt.Sprintf("%d–%d", p.degreeYear-11, p.degreeYear-8), "BA in "+pick(rng, []string{"Economics", "Mathematics and Tides", "History", "Philosophy and Bookkeeping"})+", "+pick(rng, universities).name)
	s.heading("Fields")
	s.row("Primary", p.field)
	for _, n := range p.others {
		s.row("Secondary", fields[n])
	}
	s.heading("Job market paper")
	s.row(fmt.Sprint(p.degreeYear), "“"+p.paper.title+"”")
	s.paragraph(abstract(p.paper, rng))
	s.heading("Working papers")
	for i, n := range rng.Perm(len(papers))[:2+rng.IntN(3)] {
		if papers[n].subject != p.paper.subject {
			s.row(fmt.Sprint(p.degreeYear-1-i), "“"+papers[n].title+"”, with "+writerName(rng).full())
		}
	}
	s.heading("Teaching")
	for i := range 3 + rng.IntN(4) {
		s.row(fmt.Sprint(p.degreeYear-1-i), pick(rng, courses)+", teaching assistant, "+p.university.name)
	}
	s.heading("Presentations")
	for i := range 5 + rng.IntN(9) {
		s.row(fmt.Sprint(p.degreeYear-i/3), pick(rng, meetings)+", "+pick(rng, universities).place)
	}
	s.heading("Honours")
	for i := range 2 + rng.IntN(3) {
		s.row(fmt.Sprint(p.degreeYear-1-i), pick(rng, honours))
	}
	s.heading("Service")
	s.row("Referee", "Journal of Coastal Economics, Review of Imaginary Studies, Annals of the Tide")
	s.row("Other", "Organiser of the students' seminar, keeper of the departmental kettle")
	s.heading("Languages and tools")
	s.paragraph("English, " + pick(rng, []string{"Greek", "Korean", "Norwegian", "Arabic", "Portuguese", "sign"}) + "; Stata, R, Julia, a slide rule.")
	s.heading("References")
	for _, writer := range p.letterWriters {
		s.row("Professor", writer.name.full()+", "+writer.university.name+", "+writer.email)
	}
	return s.close()
}

func abstract(p paper, rng *rand.Rand) string {
	about := prose{paper: p, rng: rng}
	return "What do " + p.subject + " do to " + p.outcome + "? " + about.paragraph(4)
}

var (
	courses  = []string{"Principles of Economics", "Econometrics II", "Macroeconomics for Engineers", "Game Theory", "Mathematics Camp", "The Economics of the Sea"}
	meetings = []string{"Winter Meeting of the Society for Imaginary Economics", "Workshop on Islands and Markets", "Young Economists' Regatta", "Summer School in Patience", "Departmental seminar", "Conference on Small Samples"}
	honours  = []string{"Prize for the clearest figure", "Fellowship of the Lighthouse Foundation", "Best teaching assistant", "Travel grant (by ferry)", "Dissertation grant of the Herring Board"}
)

// teachingStatement is a page or two.
type teachingStatement struct{ person *person }

func (t teachingStatement) print(out io.Writer, w *world, rng *rand.Rand) error {
	s := newSheet(out, pdf.Metadata{Title: "Teaching statement", Author: t.person.name.full(), Lang: "en"})
	s.numbered()
	s.Paragraph("Teaching statement", title, nil)
	s.Paragraph(t.person.name.full()+" · "+t.person.university.name, small, nil)
	s.Space(10)
	for i, n := range rng.Perm(len(teaching)) {
		if i == 3 {
			s.heading("Experience")
			s.paragraph("I have taught " + pick(rng, courses) + " and " + pick(rng, courses) + " at " + t.person.university.name + ", to between nine and two hundred students.")
		}
		s.paragraph(teaching[n])
	}
	s.heading("Evaluations")
	for i := range 4 {
		s.row(fmt.Sprint(t.person.degreeYear-1-i), fmt.Sprintf("%s: %.1f out of 5, %d answers", pick(rng, courses), 3.9+rng.Float64(), 12+rng.IntN(150)))
	}
	return s.close()
}

var teaching = []string{
	"I begin each course with a question that can be answered by looking out of the window. By the middle of term we have the tools; by the end we have an answer, and it is rarely the one we began with.",
	"Students learn most from their own mistakes, so I arrange for these to be cheap. Weekly exercises count for little and are returned within two days, with one remark on what is right and one on what is not.",
	"I teach proofs as stories: who wants what, what stands in the way, and how it ends. A student who can retell a proof at breakfast has understood it.",
	"Data in my classes are small enough to be read. We draw the scatter plot by hand before any computer does, and we say beforehand what we expect to see.",
	"Office hours take place in a café by the ferry terminal. More students come, and they stay until the boat leaves.",
	"In large lectures I stop every fifteen minutes for a vote by raised hands. When the room is divided, neighbours argue for three minutes, and the second vote is usually unanimous and usually right.",
	"I would gladly teach the core courses in microeconomics and econometrics, and would like to offer an elective on markets that are hard to reach.",
}
