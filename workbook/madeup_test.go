package workbook

import (
	"fmt"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// madeUp is a posting with as many made-up candidates and questions; the first few have hostile or unusual names.
func madeUp(candidates, questions int) *dossier.Posting {
	p := &dossier.Posting{
		PosID: 9012, Title: "Assistant Professor of Economics", Institution: "University of Example", Department: "Department of Economics",
		URL: "https://econjobmarket.org/positions/9012", Deadline: "2026-11-20 23:59:59", API: "https://backend.econjobmarket.org",
		Tool: "ejmx test", Snapshot: dossier.Snapshot{ID: "20261124T090000Z", Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		Edition: &dossier.Edition{
			Name: "committee", Title: "Committee", Letters: true, Answers: []string{"*"},
			Applicant: []string{"email", "degreetype", "degreeinst", "degreeendyear", "curpos", "primary_field"},
		},
	}
	for i := range questions {
		p.Questions = append(p.Questions, dossier.Question{ID: ejm.ID(500 + i), Text: fmt.Sprintf("Question %d: how do you see it?", i+1), Type: "text"})
	}
	for i := range candidates {
		p.Dossiers = append(p.Dossiers, madeUpDossier(p, i))
	}
	for i, d := range p.Dossiers[:min(4, candidates)] {
		p.Interviews = append(p.Interviews, dossier.Interview{
			ID: ejm.ID(7000 + i), AppID: d.AppID, AID: d.AID, Name: d.Name.Full(), Conference: "Example Meetings", Group: "Macro",
			Start: fmt.Sprintf("2027-01-03 %02d:00:00", 9+i), End: fmt.Sprintf("2027-01-03 %02d:30:00", 9+i), Place: "Room 12, Hotel Example",
		})
	}
	return p
}

var (
	unusualNames = []dossier.Name{
		{First: `=HYPERLINK("http://evil.example","x")`, Last: "=1+1"},
		{First: "<script>alert(1)</script>", Last: `"><img src=x onerror=alert(1)>`},
		{First: "敏貞", Last: "李"},
		{First: "Min-Jung", Last: "Lee"},
		{First: "민정", Last: "이"},
		{First: "עדי", Last: "כהן"},
		{First: "ليلى", Last: "الحسن"},
		{First: "_x0041_", Last: "_xD800_ \x00\x07 end"},
		{First: "Ωmega", Last: strings.Repeat("Very-long-", 30)},
		{First: "", Last: "@SUM(A1)"},
	}
	firstNames   = []string{"Anna", "Bruno", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kemi"}
	lastNames    = []string{"Adeyemi", "Bauer", "Castro", "Dubois", "Eriksson", "Fischer", "García", "Hoffmann", "Ivanova", "Jensen", "Kowalski", "Lindqvist", "Moreau"}
	institutions = []string{"MIT", "London School of Economics", "University of Toronto", "Bocconi University", "Seoul National University", "東京大学", "University of Cape Town"}
	fields       = []string{"Macroeconomics", "Labour Economics", "Econometrics", "Industrial Organization", "Development Economics"}
)

func madeUpDossier(p *dossier.Posting, i int) *dossier.Dossier {
	name := dossier.Name{First: firstNames[i%len(firstNames)], Last: lastNames[i%len(lastNames)]}
	if i < len(unusualNames) {
		name = unusualNames[i]
	}
	id := ejm.ID(620000 + i)
	file := fmt.Sprintf("%s %s", dossier.SafeName(name.Last+" "+name.First, "", 40), id)
	d := &dossier.Dossier{
		AppID: id, AID: ejm.ID(38000 + i), Name: name, FileName: file,
		Applied: fmt.Sprintf("2026-11-%02d 14:%02d:07", 1+i%20, i%60), Changed: "2026-11-21 08:30:00",
		Facts: []dossier.Fact{
			{Key: "email", Label: "E-mail", Value: fmt.Sprintf("candidate%d@example.org", i)},
			{Key: "degreetype", Label: "Degree", Value: "PhD"},
			{Key: "degreeinst", Label: "Degree institution", Value: institutions[(i*i)%len(institutions)]},
			{Key: "degreeendyear", Label: "Degree year", Value: fmt.Sprint(2025 + i%3)},
			{Key: "curpos", Label: "Current position", Value: "PhD candidate"},
			{Key: "primary_field", Label: "Primary field", Value: fields[i%len(fields)]},
		},
		Packet: dossier.Packet{Path: "packets/" + file + ".pdf", Pages: 60 + i%40, Bytes: 4 << 20, SHA256: strings.Repeat("ab", 32)},
	}
	for _, q := range p.Questions {
		d.Answers = append(d.Answers, dossier.Answer{QuestionID: q.ID, Text: fmt.Sprintf("Answer %d of candidate %d", q.ID, i)})
	}
	d.Documents = madeUpDocuments(d, i)
	return d
}

func madeUpDocuments(d *dossier.Dossier, i int) []dossier.Document {
	var documents []dossier.Document
	page := 3
	for n, label := range []string{"Curriculum vitae", "Job market paper", "Teaching statement"} {
		doc := dossier.Document{
			Kind: ejm.KindFile, ID: ejm.ID(820000 + 10*i + n), Label: label, State: dossier.Stored, Bytes: int64(90_000 + 1000*i),
			Date: "2026-11-01 10:00:00", Path: fmt.Sprintf("documents/%s/%d %s.pdf", d.FileName, n+1, label), SHA256: strings.Repeat("0f", 32),
			Placed: dossier.Placed{Merged: dossier.MergedPages, FirstPage: page, Pages: 4},
		}
		switch {
		case i%17 == 5 && n == 1:
			doc.Placed = dossier.Placed{Merged: dossier.MergedPlaceholder, FirstPage: page, Pages: 1, Reason: "the PDF needs a password"}
		case i%19 == 7 && n == 2:
			doc.State, doc.Reason, doc.Path, doc.Placed = dossier.Failed, "HTTP 503 after 5 tries", "", dossier.Placed{Merged: dossier.MergedNone}
		}
		documents = append(documents, doc)
		page += 4
	}
	for n, writer := range []string{"Kim", "Ng", "O'Neill"} {
		doc := dossier.Document{
			Kind: ejm.KindLetter, ID: ejm.ID(90000 + 10*i + n), RecID: ejm.ID(4000 + 10*i + n), Label: "Letter Prof. " + writer, State: dossier.Stored,
			Writer: &dossier.Writer{First: "Prof.", Last: writer, Institution: "Example University", Email: strings.ToLower(writer[:1]) + "@example.org"},
			Date:   "2026-11-10", Bytes: 50_000, Path: fmt.Sprintf("documents/%s/L%d Letter Prof. %s.pdf", d.FileName, n+1, writer),
			Placed: dossier.Placed{Merged: dossier.MergedPages, FirstPage: page, Pages: 2},
		}
		if (i+n)%4 == 0 {
			doc.ID, doc.State, doc.Path, doc.Date, doc.Bytes, doc.Placed = 0, dossier.NotSubmitted, "", "", 0, dossier.Placed{Merged: dossier.MergedNone}
		}
		documents = append(documents, doc)
	}
	return documents
}
