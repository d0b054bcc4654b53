package workbook

import (
	"iter"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// stateWords are the states of a document for people.
var stateWords = map[dossier.State]string{
	dossier.Stored:       "stored",
	dossier.Suspect:      "suspect",
	dossier.Link:         "link",
	dossier.NotSubmitted: "not submitted",
	dossier.Withdrawn:    "withdrawn",
	dossier.Failed:       "failed",
}

// mergedWords say for people what became of a document in its packet.
var mergedWords = map[dossier.Merged]string{
	dossier.MergedPages:       "its pages",
	dossier.MergedImage:       "as pictures",
	dossier.MergedPlaceholder: "a page that says why not",
	dossier.MergedNone:        "—",
}

// stateRules colour a column of states.
var stateRules = []rule{
	{headerState, `OR({State}="failed",{State}="suspect")`, toneProblem},
	{headerState, `OR({State}="not submitted",{State}="withdrawn")`, toneWaiting},
}

// documents is the ledger: every document that the edition may show, once, and what became of it.
func documents(p *dossier.Posting) *sheet {
	s := &sheet{
		name: "Documents", frozen: 2, rules: stateRules,
		empty: "No documents.",
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: headerKind, narrow: 7, wide: 8},
			{header: "Document", narrow: 20, wide: 40},
			{header: headerState, narrow: 13, wide: 14},
			{header: "Reason", narrow: 12, wide: 50},
			{header: "In the packet", narrow: 13, wide: 24},
			{header: "First page", format: integer, narrow: 8, wide: 8},
			{header: "Pages", format: integer, narrow: 8, wide: 8},
			{header: "Bytes", format: integer, narrow: 11, wide: 14},
			{header: "Dated", format: moment, narrow: 16, wide: 18},
			{header: "Older versions", format: integer, narrow: 9, wide: 9},
			{header: "File", narrow: 20, wide: 60},
			{header: "Address", narrow: 12, wide: 40},
			{header: "SHA-256", narrow: 20, wide: 20},
			{header: headerNumber, format: identity, narrow: 10, wide: 12},
		},
	}
	for d, doc := range allDocuments(p) {
		s.rows = append(s.rows, []cell{
			text(d.Name.Listed()), number(d.AppID), text(string(doc.Kind)), linked(doc.Label, opens(d, doc)),
			text(stateWords[doc.State]), text(reasonOf(doc)),
			text(mergedWords[doc.Placed.Merged]), numberOrNone(doc.Placed.FirstPage), numberOrNone(doc.Placed.Pages),
			numberOrNone(doc.Bytes), date(doc.Date), numberOrNone(doc.Previous), text(doc.Path), text(doc.URL),
			text(doc.SHA256), numberOf(doc),
		})
	}
	return s
}

// allDocuments goes through the documents of all candidates, in order.
func allDocuments(p *dossier.Posting) iter.Seq2[*dossier.Dossier, *dossier.Document] {
	return func(yield func(*dossier.Dossier, *dossier.Document) bool) {
		for _, d := range p.Dossiers {
			for i := range d.Documents {
				if !yield(d, &d.Documents[i]) {
					return
				}
			}
		}
	}
}

// opens is the file that shows a document: its original where the export has it, else the packet that its pages are in.
func opens(d *dossier.Dossier, doc *dossier.Document) string {
	if doc.Path != "" || doc.Placed.FirstPage == 0 {
		return doc.Path
	}
	return d.Packet.Path
}

// reasonOf says why a document is not as it should be.
func reasonOf(doc *dossier.Document) string {
	if doc.Reason != "" {
		return doc.Reason
	}
	return doc.Placed.Reason
}

// numberOf is what tells a document from the others of its kind and application. Every letter has the number of its
// request, also before it arrives.
func numberOf(doc *dossier.Document) cell {
	if doc.Kind == ejm.KindLetter && doc.RecID != 0 {
		return number(doc.RecID)
	}
	return numberOrNone(doc.ID)
}

// letters is the sheet of who was asked for a letter, and whether it has come.
func letters(p *dossier.Posting) *sheet {
	s := &sheet{
		name: "Letters", frozen: 2, rules: stateRules,
		empty: "No letters were asked for.",
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: "Writer", narrow: 18, wide: 34},
			{header: "Writer's institution", narrow: 20, wide: 40},
			{header: "Writer's department", narrow: 18, wide: 34},
			{header: "Writer's e-mail", narrow: 18, wide: 34},
			{header: headerState, narrow: 13, wide: 14},
			{header: "Dated", format: moment, narrow: 16, wide: 18},
			{header: "Pages", format: integer, narrow: 8, wide: 8},
			{header: "Reason", narrow: 12, wide: 50},
			{header: headerNumber, format: identity, narrow: 10, wide: 12},
		},
	}
	for d, doc := range allDocuments(p) {
		if doc.Kind != ejm.KindLetter {
			continue
		}
		writer, name := doc.Writer, doc.Label
		if writer == nil {
			writer = &dossier.Writer{}
		} else if writer.Name() != "" {
			name = writer.Name()
		}
		s.rows = append(s.rows, []cell{
			text(d.Name.Listed()), number(d.AppID), linked(name, opens(d, doc)), text(writer.Institution), text(writer.Department),
			text(writer.Email), text(stateWords[doc.State]), date(doc.Date), numberOrNone(doc.Placed.Pages), text(reasonOf(doc)),
			numberOf(doc),
		})
	}
	return s
}

// problems is the sheet of what went wrong, with what to do about it.
func problems(p *dossier.Posting) *sheet {
	s := &sheet{
		name: "Problems", frozen: 2,
		empty: "No problems: every document that should be here is here and can be read.",
		columns: []column{
			{header: headerName, narrow: 18, wide: 34},
			{header: headerApplication, format: identity, narrow: 11, wide: 14},
			{header: headerKind, narrow: 7, wide: 8},
			{header: "Document", narrow: 20, wide: 40},
			{header: "Problem", narrow: 24, wide: 40},
			{header: "Reason", narrow: 24, wide: 60, wrap: true},
			{header: "What to do", narrow: 40, wide: 60, wrap: true},
			{header: headerNumber, format: identity, narrow: 10, wide: 12},
		},
	}
	for d, doc := range allDocuments(p) {
		if what, advice, found := problemOf(doc); found {
			s.rows = append(s.rows, []cell{
				text(d.Name.Listed()), number(d.AppID), text(string(doc.Kind)), linked(doc.Label, opens(d, doc)),
				text(what), text(reasonOf(doc)), text(advice), numberOf(doc),
			})
		}
	}
	return s
}

// problemOf says for people what is wrong with a document, and what to do. What an applicant never sent is no problem.
func problemOf(doc *dossier.Document) (what, advice string, found bool) {
	switch {
	case doc.State == dossier.Failed:
		return "could not be fetched", "Export again; if it fails again, open the document on EJM or ask EJM's support.", true
	case doc.State == dossier.Suspect:
		return "is not the file that EJM describes", "Open it and compare it with the one on EJM; ask for a new copy if it is damaged.", true
	case doc.Placed.Merged == dossier.MergedPlaceholder:
		return "is not in the packet", "Open the original from the documents folder, or ask the sender for a plain PDF.", true
	default:
		return "", "", false
	}
}
