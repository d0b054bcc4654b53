package workbook

import (
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// The reviewers' own columns of the sheet Candidates.
const (
	headerRating   = "Rating"
	headerReviewer = "Reviewer"
	headerNotes    = "Notes"
)

// Headers that rows are told apart by, or that rules speak of.
const (
	headerName        = "Name"
	headerApplication = "Application"
	headerLettersIn   = "Letters in"
	headerRequested   = "Letters requested"
	headerState       = "State"
	headerNumber      = "Number"
	headerKind        = "Kind"
	headerQuestionID  = "Question id"
	headerWhat        = "What"
	headerItem        = "Item"
)

// candidates is the sheet with one row an application: what the edition shows of the applicant, how complete the
// application is, the answers, and room for the reviewers.
func candidates(p *dossier.Posting) *sheet {
	b := candidatesBuilder{posting: p, headers: headerNames{}, facts: factColumns(p), letters: showsLetters(p)}
	for _, reserved := range []string{headerRating, headerReviewer, headerNotes} {
		b.headers.take(reserved)
	}
	s := &sheet{
		name: "Candidates", columns: b.columns(), frozen: 2,
		empty: "No applications yet.",
	}
	if b.letters {
		s.rules = []rule{{headerLettersIn, "{" + headerLettersIn + "}<{" + headerRequested + "}", toneWaiting}}
	}
	for _, d := range p.Dossiers {
		s.rows = append(s.rows, b.row(d))
	}
	return s
}

type candidatesBuilder struct {
	posting *dossier.Posting
	headers headerNames
	facts   []dossier.Fact // of each, Key and Label
	letters bool
}

func (b *candidatesBuilder) columns() []column {
	columns := []column{
		{header: b.headers.take(headerName), narrow: 18, wide: 34},
		{header: b.headers.take(headerApplication), format: identity, narrow: 11, wide: 14},
	}
	for _, fact := range b.facts {
		c := column{header: b.headers.take(fact.Label), narrow: 10, wide: 32}
		if isYear(fact.Key) {
			c.format = identity
		}
		columns = append(columns, c)
	}
	columns = append(columns,
		column{header: b.headers.take("Applied"), format: moment, narrow: 16, wide: 18},
		column{header: b.headers.take("Details changed"), format: moment, narrow: 16, wide: 18},
		column{header: b.headers.take("Documents"), format: integer, narrow: 11, wide: 11},
	)
	if b.letters {
		columns = append(columns,
			column{header: b.headers.take(headerLettersIn), format: integer, narrow: 9, wide: 9},
			column{header: b.headers.take(headerRequested), format: integer, narrow: 10, wide: 10},
		)
	}
	columns = append(columns, column{header: b.headers.take("Packet pages"), format: integer, narrow: 9, wide: 9})
	for _, question := range b.posting.Questions {
		columns = append(columns, column{header: b.headers.take(question.Text), narrow: 14, wide: 30})
	}
	return append(columns,
		column{header: headerRating, typed: true, rating: true, narrow: 9, wide: 9},
		column{header: headerReviewer, typed: true, narrow: 16, wide: 24},
		column{header: headerNotes, typed: true, narrow: 40, wide: 60, wrap: true},
	)
}

func (b *candidatesBuilder) row(d *dossier.Dossier) []cell {
	row := []cell{linked(d.Name.Listed(), d.Packet.Path), number(d.AppID)}
	for _, fact := range b.facts {
		row = append(row, factCell(fact.Key, d.Fact(fact.Key)))
	}
	in, requested := d.Letters()
	row = append(row, date(d.Applied), date(d.Changed), number(filesHeld(d)))
	if b.letters {
		row = append(row, number(in), number(requested))
	}
	row = append(row, numberOrNone(d.Packet.Pages))
	answers := map[ejm.ID]string{}
	for _, answer := range d.Answers {
		answers[answer.QuestionID] = answer.Text
	}
	for _, question := range b.posting.Questions {
		row = append(row, text(answers[question.ID]))
	}
	return append(row, cell{}, cell{}, cell{})
}

// factColumns are the applicant's fields that the sheet shows: those that the edition names, filled or not, so that its
// columns are the same from export to export.
func factColumns(p *dossier.Posting) []dossier.Fact {
	var columns []dossier.Fact
	known := map[string]bool{}
	add := func(key, label string) {
		if !known[key] {
			known[key] = true
			columns = append(columns, dossier.Fact{Key: key, Label: label})
		}
	}
	if p.Edition != nil {
		for _, key := range p.Edition.Applicant {
			add(key, dossier.FieldLabel(key))
		}
	}
	for _, d := range p.Dossiers {
		for _, fact := range d.Facts {
			add(fact.Key, fact.Label)
		}
	}
	return columns
}

func isYear(key string) bool { return strings.HasSuffix(key, "year") }

func factCell(key, value string) cell {
	switch {
	case isYear(key):
		return year(value)
	case strings.HasSuffix(key, "date"), key == "last_revised_time":
		return date(value)
	default:
		return text(value)
	}
}

// showsLetters reports whether letters, and how many are asked for, may appear.
func showsLetters(p *dossier.Posting) bool { return p.Edition == nil || p.Edition.Letters }

// filesHeld is how many of the applicant's own documents can be read.
func filesHeld(d *dossier.Dossier) int {
	n := 0
	for i := range d.Documents {
		if doc := &d.Documents[i]; doc.Kind == ejm.KindFile && doc.State.HasBytes() {
			n++
		}
	}
	return n
}
