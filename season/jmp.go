package season

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// jobMarketPaper is a paper of up to forty pages, with figures and tables. The n-th person's has its own length.
type jobMarketPaper struct {
	person *person
	n      int
}

// sectionTitles are a paper's sections after the introduction, in order.
var sectionTitles = []string{"Setting", "Data", "A model", "Empirical strategy", "Results", "Mechanisms", "Robustness", "Welfare", "Conclusion"}

func (j jobMarketPaper) print(out io.Writer, w *world, rng *rand.Rand) error {
	s := newSheet(out, pdf.Metadata{Title: j.person.paper.title, Author: j.person.name.full(), Subject: j.person.field, Lang: "en"})
	s.numbered()
	about := &prose{paper: j.person.paper, rng: rng}
	j.front(s, about)
	length := 6 + j.n*5%17 // paragraphs a section
	s.heading("1  Introduction")
	j.section(s, about, length)
	figures := &figures{sheet: s, rng: rng, paper: j.person.paper}
	for i, name := range sectionTitles {
		s.heading(fmt.Sprintf("%d  %s", i+2, name))
		j.section(s, about, length/2)
		switch i % 4 {
		case 0:
			figures.plate(w.plates, j.n)
		case 1:
			figures.scatter()
		case 2:
			s.Paragraph("yᵢₜ = α + β · Dᵢₜ + γᵢ + δₜ + εᵢₜ", body.Sized(12).Aligned(typeset.Centre), nil)
			s.Space(8)
		case 3:
			figures.table()
		}
		j.section(s, about, length-length/2)
	}
	j.references(s, rng)
	return s.close()
}

// front is the first page: title, author, date, abstract, and where the paper is found.
func (j jobMarketPaper) front(s *sheet, about *prose) {
	p := j.person
	s.Space(40)
	s.Page()
	s.Take(50)
	s.Paragraph(p.paper.title, title.Aligned(typeset.Centre), nil)
	s.Space(14)
	s.Paragraph(p.name.full(), section.Aligned(typeset.Centre), nil)
	s.Paragraph(p.university.name, body.Aligned(typeset.Centre), nil)
	s.Paragraph(longDate(p.changed), small.Sized(9.5).Aligned(typeset.Centre), nil)
	s.Space(8)
	address := fmt.Sprintf("https://people.%s/%d/jmp.pdf", p.university.domain, p.aid)
	s.Link("The newest version is here: "+address, address, small.In(linkBlue).Aligned(typeset.Centre), nil)
	s.Space(24)
	s.Paragraph("Abstract", body.Heavy().Aligned(typeset.Centre), nil)
	s.Space(4)
	s.paragraph(abstract(p.paper, about.rng))
	s.Paragraph("JEL codes: D12, H41, Q54. I thank my advisers, the harbour masters, and everyone who lent me a boat. All errors drift towards me.", small, nil)
	s.Break()
}

func (j jobMarketPaper) section(s *sheet, about *prose, paragraphs int) {
	for range paragraphs {
		s.paragraph(about.paragraph(4 + about.rng.IntN(4)))
	}
}

func (j jobMarketPaper) references(s *sheet, rng *rand.Rand) {
	s.heading("References")
	for range 14 {
		who := writerName(rng)
		s.Paragraph(fmt.Sprintf("%s, %s. %d. “%s.” Journal of Coastal Economics %d: %d–%d.", who.last, who.first, 1975+rng.IntN(50),
			strings.TrimRight(pick(rng, papers).title, "?"), 1+rng.IntN(60), 1+rng.IntN(300), 301+rng.IntN(60)), body.Sized(9.5), nil)
		s.Space(4)
	}
}
