package workbook

import (
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// answers is the sheet of all answers in full, one a row.
func answers(p *dossier.Posting) *sheet {
	s := &sheet{
		name: "Answers", frozen: 2,
		empty: "No answers.",
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: "Question", narrow: 24, wide: 40, wrap: true},
			{header: "Answer", narrow: 30, wide: 90, wrap: true},
			{header: headerQuestionID, format: identity, narrow: 10, wide: 12},
		},
	}
	questions := map[ejm.ID]string{}
	for _, question := range p.Questions {
		questions[question.ID] = question.Text
	}
	for _, d := range p.Dossiers {
		for _, answer := range d.Answers {
			s.rows = append(s.rows, []cell{
				text(d.Name.Listed()), number(d.AppID), text(questions[answer.QuestionID]), text(answer.Text), number(answer.QuestionID),
			})
		}
	}
	return s
}

// interviews is the sheet of appointments.
func interviews(p *dossier.Posting) *sheet {
	s := &sheet{
		name: "Interviews", frozen: 2,
		empty: "No interviews.",
		columns: []column{
			{header: "Start", format: moment, narrow: 16, wide: 18},
			{header: "End", format: moment, narrow: 16, wide: 18},
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: "Conference", narrow: 18, wide: 40},
			{header: "Group", narrow: 12, wide: 24},
			{header: "Place", narrow: 18, wide: 50},
			{header: "Description", narrow: 18, wide: 50, wrap: true},
			{header: headerNumber, format: identity, narrow: 10, wide: 12},
		},
	}
	packets := map[ejm.ID]string{}
	for _, d := range p.Dossiers {
		packets[d.AppID] = d.Packet.Path
	}
	for _, v := range p.Interviews {
		s.rows = append(s.rows, []cell{
			date(v.Start), date(v.End), linked(v.Name, packets[v.AppID]), numberOrNone(v.AppID), text(v.Conference), text(v.Group),
			text(v.Place), text(v.Description), numberOrNone(v.ID),
		})
	}
	return s
}

// changes is the sheet of what became different since the previous export.
func changes(o Options) *sheet {
	s := &sheet{
		name: "Changes", frozen: 2,
		empty: "Nothing changed since the previous export.",
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: headerWhat, narrow: 12, wide: 16},
			{header: headerItem, narrow: 20, wide: 40},
			{header: "Before", narrow: 16, wide: 50, wrap: true},
			{header: "Now", narrow: 16, wide: 50, wrap: true},
		},
	}
	if o.Since == "" {
		s.empty = "This is the first export."
	}
	for _, c := range o.Changes {
		s.rows = append(s.rows, []cell{
			text(c.Name), numberOrNone(c.AppID), text(c.What), text(c.Item), text(c.Before), text(c.After),
		})
	}
	return s
}
