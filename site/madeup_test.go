package site

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// madeUp is a posting with as many made-up candidates; the first few have hostile or unusual names. Whatever in them asks
// for something asks the canary, an address.
func madeUp(candidates int, canary string) *dossier.Posting {
	p := &dossier.Posting{
		PosID: 9012, Title: "Assistant Professor of Economics", Institution: "University of Example", Department: "Department of Economics",
		Deadline: "2026-11-20 23:59:59", API: "https://backend.econjobmarket.org", Tool: "ejmx test",
		Snapshot: dossier.Snapshot{ID: "20261124T090000Z", Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		Edition:  &dossier.Edition{Name: "committee", Title: "Committee", Letters: true},
		Questions: []dossier.Question{
			{ID: 500, Text: "Do you need a visa?", Type: "radio"},
			{ID: 501, Text: "Which courses could you teach?", Type: "check-boxes"},
			{ID: 502, Text: "Why here?", Type: "text"},
		},
	}
	for i := range candidates {
		p.Dossiers = append(p.Dossiers, madeUpDossier(i, canary))
	}
	return p
}

// madeUpChanges are what became different since the export before.
func madeUpChanges(p *dossier.Posting) []dossier.Change {
	return []dossier.Change{
		{AppID: p.Dossiers[1].AppID, Name: "x", What: "new", After: "2026-11-21"},
		{AppID: p.Dossiers[3].AppID, Name: "x", Item: "Current position", What: "changed", Before: "Student", After: "Postdoc"},
		{AppID: p.Dossiers[3].AppID, Name: "x", Item: "Letter Prof. Ng", What: "arrived"},
	}
}

func unusualNames(canary string) []dossier.Name {
	return []dossier.Name{
		{First: "<script>document.title='run'</script>", Last: "<img src='" + canary + "/img' onerror=\"document.title='run'\">"},
		{First: "javascript:document.title='run'", Last: "\"><iframe src='" + canary + "/frame'></iframe>"},
		{First: "敏貞", Last: "李"},
		{First: "Min-Jung", Last: "Lee"},
		{First: "عدي", Last: "الحسن"},
		{First: "Chloé", Last: "García Núñez"},
		{First: "</script><style>@import '" + canary + "/css'</style>", Last: "{{.Title}} ${7*7} \u2028 \u202e"},
	}
}

var (
	lastNames    = []string{"Adeyemi", "Bauer", "Castro", "Dubois", "Eriksson", "Fischer", "Hoffmann", "Ivanova", "Jensen", "Kowalski", "Lindqvist"}
	firstNames   = []string{"Anna", "Bruno", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kemi"}
	institutions = []string{"MIT", "London School of Economics", "University of Toronto", "Bocconi University", "東京大学", "University of Cape Town"}
	fields       = []string{"Macroeconomics", "Labour Economics", "Econometrics", "Development Economics"}
)

func madeUpDossier(i int, canary string) *dossier.Dossier {
	name := dossier.Name{First: firstNames[i%len(firstNames)], Last: lastNames[i%len(lastNames)]}
	address := fmt.Sprintf("https://example.org/candidate/%d", i)
	if hostile := unusualNames(canary); i < len(hostile) {
		name = hostile[i]
		address = "javascript:document.title='run'"
	}
	id := ejm.ID(620000 + i)
	file := fmt.Sprintf("%s %s", dossier.SafeName(name.Last+" "+name.First, "", 40), id)
	return &dossier.Dossier{
		AppID: id, AID: ejm.ID(38000 + i), Name: name, FileName: file,
		Applied: fmt.Sprintf("2026-11-%02d 14:00:07", 1+i%20), Changed: "2026-11-21 08:30:00",
		Facts: []dossier.Fact{
			{Key: "email", Label: "E-mail", Value: fmt.Sprintf("candidate%d@example.org", i)},
			{Key: "degreeinst", Label: "Degree institution", Value: institutions[(i*i+i)%len(institutions)]},
			{Key: "degreeendyear", Label: "Degree year", Value: fmt.Sprint(2025 + i%3)},
			{Key: "curpos", Label: "Current position", Value: "PhD candidate"},
			{Key: "primary_field", Label: "Primary field", Value: fields[i%len(fields)]},
			{Key: "url", Label: "Web page", Value: address},
		},
		Answers: []dossier.Answer{
			{QuestionID: 500, Text: []string{"Yes", "No"}[i%2]},
			{QuestionID: 501, Text: []string{"Micro; Macro", "Macro", "Econometrics; Micro"}[i%3]},
			{QuestionID: 502, Text: fmt.Sprintf("Because of the department's strength in field number %d.\nAnd the lake.", i)},
		},
		Documents: madeUpDocuments(file, i),
		Packet:    dossier.Packet{Path: "packets/" + file + ".pdf", Pages: 60 + i%40, Bytes: 4 << 20},
	}
}

func madeUpDocuments(file string, i int) []dossier.Document {
	documents := []dossier.Document{
		{
			Kind: ejm.KindFile, ID: 1, TypeID: 10, TypeName: "cv", Label: "Curriculum vitae", State: dossier.Stored, Path: "documents/" + file + "/1 Curriculum vitae.pdf",
			Date: "2026-11-01 10:00:00", Placed: dossier.Placed{Merged: dossier.MergedPages, FirstPage: 3, Pages: 4},
		},
		{
			Kind: ejm.KindFile, ID: 2, TypeID: 20, TypeName: "jmpaper", Label: "Job market paper", State: dossier.Stored, Path: "documents/" + file + "/2 Job market paper.pdf",
			Date: "2026-11-01 10:00:00", Placed: dossier.Placed{Merged: dossier.MergedPages, FirstPage: 7, Pages: 40}, Previous: 1,
		},
		{Kind: ejm.KindFile, ID: 3, TypeID: 25, Label: "Video", State: dossier.Link, URL: "https://videos.example.org/" + fmt.Sprint(i)},
		{
			Kind: ejm.KindLetter, ID: 4, RecID: 41, Label: "Letter Prof. Kim", State: dossier.Stored, Writer: &dossier.Writer{First: "Prof.", Last: "Kim", Institution: "Example University"},
			Date: "2026-11-10", Path: "documents/" + file + "/L1 Letter Prof. Kim.pdf", Placed: dossier.Placed{Merged: dossier.MergedPages, FirstPage: 47, Pages: 2},
		},
		{
			Kind: ejm.KindLetter, ID: 5, RecID: 42, Label: "Letter Prof. Ng", State: dossier.Stored, Writer: &dossier.Writer{First: "Prof.", Last: "Ng"},
			Placed: dossier.Placed{Merged: dossier.MergedPlaceholder, FirstPage: 49, Pages: 1, Reason: "the PDF needs a password"},
		},
	}
	if i%4 == 0 {
		documents[4] = dossier.Document{Kind: ejm.KindLetter, RecID: 42, Label: "Letter Prof. Ng", State: dossier.NotSubmitted, Writer: &dossier.Writer{First: "Prof.", Last: "Ng"}}
	}
	if i%9 == 0 {
		documents[1].Placed, documents[1].State, documents[1].Reason, documents[1].Path = dossier.Placed{Merged: dossier.MergedNone}, dossier.Failed, "HTTP 503 after 5 tries", ""
	}
	return documents
}

// textOf gives each document two pages of text. The CV of one candidate holds a word that no other has.
func textOf(d *dossier.Document) ([]string, error) {
	pages := []string{"<b>" + d.Label + "</b> page one about labour markets \u2028 and </script>", "page two", "page three of a whole paper"}
	if d.TypeName == "cv" && d.Path != "" && bytes.Contains([]byte(d.Path), []byte("620003")) {
		pages[1] = "Awarded the Zanzibar Fellowship in 2025"
	}
	return pages, nil
}

// files keeps what a site writes.
type files map[string][]byte

func write(t testing.TB, p *dossier.Posting, o Options) files {
	t.Helper()
	out := files{}
	var mu sync.Mutex
	create := func(name string, write func(io.Writer) error) error {
		var file bytes.Buffer
		if err := write(&file); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if out[name] != nil {
			return fmt.Errorf("%s is written twice", name)
		}
		out[name] = file.Bytes()
		return nil
	}
	if err := Write(create, p, o); err != nil {
		t.Fatal(err)
	}
	return out
}

// save puts a site and made-up packets into a folder.
func (f files) save(t testing.TB, dir string, p *dossier.Posting) {
	t.Helper()
	for _, d := range p.Dossiers {
		f[d.Packet.Path] = []byte(onePage)
	}
	for name, data := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// onePage is the smallest PDF that viewers show.
const onePage = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>endobj
4 0 obj<</Length 44>>stream
BT /F 30 Tf 80 700 Td (A made-up packet) Tj ET
endstream endobj
trailer<</Root 1 0 R>>
`
