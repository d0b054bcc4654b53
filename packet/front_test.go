package packet

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// aPosting and aDossier are an application with something of every kind in it.
func aPosting() *dossier.Posting {
	return &dossier.Posting{
		PosID: 9012, Title: "Assistant Professor", Institution: "University of Northumbria", Department: "Department of Economics",
		Tool: "ejmx 0.1.0", Edition: &dossier.Edition{
			Name: "committee", Title: "Committee", RunningLine: "{name} · {document} · {page} / {pages}",
		},
		Snapshot:  dossier.Snapshot{ID: "20261124T090000Z", Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		Questions: []dossier.Question{{ID: 1, Text: "Are you going to the ASSA meetings?"}, {ID: 2, Text: "Which courses would you like to teach?"}},
	}
}

func aDossier() *dossier.Dossier {
	return &dossier.Dossier{
		AppID: 620310, AID: 38848, Name: dossier.Name{First: "Min-Jung", Last: "Lee"}, Applied: "2026-11-02 14:12:09",
		Facts: []dossier.Fact{
			{Key: "email", Label: "Email", Value: "minjung.lee@snu.example.ac.kr"},
			{Key: "phone", Label: "Phone", Value: "+82 2 880 0000"},
			{Key: "degreetype", Label: "Degree", Value: "PhD"},
			{Key: "degreeinst", Label: "Degree institution", Value: "Seoul National University"},
			{Key: "degreeendyear", Label: "Degree year", Value: "2027"},
			{Key: "curpos", Label: "Current position", Value: "Doctoral candidate"},
			{Key: "curinst", Label: "Current institution", Value: "Seoul National University"},
			{Key: "primary_field", Label: "Primary field", Value: "Labor; Demographic Economics"},
			{Key: "secondary_fields", Label: "Secondary fields", Value: "Public Economics, Econometrics, Development; Growth"},
			{Key: "country", Label: "Country", Value: "Korea, Republic of"},
			{Key: "url", Label: "Web page", Value: "https://minjunglee.example.org/research"},
		},
		Answers: []dossier.Answer{
			{QuestionID: 1, Text: "Yes, all three days"},
			{QuestionID: 2, Text: "Econometrics at any level, and a field course in the economics of the family."},
		},
		Documents: []dossier.Document{
			{Kind: ejm.KindFile, Label: "Curriculum vitae", State: dossier.Stored, Date: "2026-11-02 14:10:00"},
			{Kind: ejm.KindFile, Label: "Job market paper", State: dossier.Stored, Date: "2026-11-02 14:11:00", Path: "documents/Lee Min-Jung 620310/2 Job market paper.pdf"},
			{Kind: ejm.KindFile, Label: "Research statement", State: dossier.Suspect, Date: "2026-11-02 14:11:30"},
			{Kind: ejm.KindFile, Label: "Video", State: dossier.Link, URL: "https://video.example.org/min-jung-lee"},
			{Kind: ejm.KindLetter, Label: "Letter Prof. Kim", State: dossier.Stored, Date: "2026-11-10 01:00:00", Writer: &dossier.Writer{First: "Ji-woo", Last: "Kim", Institution: "Seoul National University"}},
			{Kind: ejm.KindLetter, Label: "Letter Prof. Ng", State: dossier.Failed, Reason: "HTTP 503 after 5 tries", Writer: &dossier.Writer{Last: "Ng", Institution: "National University of Singapore"}},
			{Kind: ejm.KindLetter, Label: "Letter Prof. García Márquez", State: dossier.NotSubmitted, Writer: &dossier.Writer{Last: "García Márquez", Institution: "Universidad de los Andes"}},
		},
	}
}

// aPacket is a packet whose documents are blank pages of odd shapes, to test what stands around documents.
type aPacket struct {
	w       *pdf.Writer
	setter  *typeset.Setter
	running *runningLine
	front   *front
	tree    pdf.Ref
	pages   pdf.Array
}

// make writes the whole file.
func (a *aPacket) make(out *bytes.Buffer, p *dossier.Posting, d *dossier.Dossier, shapes []geometry) error {
	a.w = pdf.NewWriter(out)
	a.setter = typeset.NewSetter(a.w)
	a.running = newRunningLine(a.w, a.setter, p, d)
	a.front = newFront(a.setter, typeset.NewTags(a.w), a.running, p, d, paperA4)
	a.tree = a.w.Alloc()
	next := a.front.pageCount() + 1
	places := make([]place, len(d.Documents))
	for i := range d.Documents {
		doc := &d.Documents[i]
		if !doc.State.HasBytes() {
			places[i].Merged = dossier.MergedNone
			continue
		}
		var refs pdf.Array
		merged, reason := dossier.MergedPages, ""
		if doc.Path != "" {
			merged, reason = dossier.MergedPlaceholder, "the PDF needs a password"
			refs = pdf.Array{a.front.placeholder(doc, reason, next)}
		} else {
			for k, g := range shapes {
				refs = append(refs, a.blank(g, doc.Label, next+k))
			}
		}
		places[i] = place{
			Placed: dossier.Placed{Merged: merged, FirstPage: next, Pages: len(refs), Reason: reason},
			page:   refs[0].(pdf.Ref), top: 842,
		}
		a.pages = append(a.pages, refs...)
		next += len(refs)
	}
	total := next - 1
	front := pdf.Array{}
	for _, ref := range a.front.write(a.tree, places, total) {
		front = append(front, ref)
	}
	a.running.write(total)
	if err := a.setter.Close(); err != nil {
		return err
	}
	a.w.Put(a.tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": append(front, a.pages...), "Count": pdf.Int(total)})
	catalog := a.front.catalog(a.w)
	catalog["Pages"] = a.tree
	catalog["Outlines"] = a.w.PutOutline(a.front.bookmarks())
	return a.w.Close(a.w.Add(catalog), a.front.metadata().PutInfo(a.w))
}

// blank writes a page as an imported one would be: a frame around what is shown and a cross in it.
func (a *aPacket) blank(g geometry, document string, page int) pdf.Ref {
	b := g.box
	own := fmt.Sprintf("q 1 0 0 RG 4 w %v %v %v %v re S %v %v m %v %v l S", // and a state left open
		b[0], b[1], b[2]-b[0], b[3]-b[1], b[0], b[1], b[2], b[3])
	content := a.w.AddStream(pdf.Dict{}, []byte(own))
	over := a.running.onPage(g, document, page)
	return a.w.Add(pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": a.tree, "MediaBox": b, "Rotate": pdf.Int(g.rotate), "UserUnit": pdf.Real(g.points()),
		"Contents":  pdf.Array{over.before, content, over.after},
		"Resources": pdf.Dict{"Font": a.running.fonts(document)},
	})
}

var oddShapes = []geometry{
	newGeometry(pdf.Rect{0, 0, 595, 842}, pdf.Rect{0, 0, 595, 842}, 0, 1),
	newGeometry(pdf.Rect{100, -50, 712, 742}, pdf.Rect{0, -100, 900, 900}, 0, 1),
	newGeometry(pdf.Rect{0, 0, 842, 595}, pdf.Rect{0, 0, 842, 595}, 90, 1),
	newGeometry(pdf.Rect{10, 20, 852, 615}, pdf.Rect{10, 20, 852, 615}, 270, 1),
	newGeometry(pdf.Rect{0, 0, 595, 842}, pdf.Rect{0, 0, 595, 842}, 180, 1),
	newGeometry(pdf.Rect{0, 0, 362.8, 272.1}, pdf.Rect{0, 0, 362.8, 272.1}, 0, 1),
	newGeometry(pdf.Rect{0, 0, 272.1, 362.8}, pdf.Rect{0, 0, 272.1, 362.8}, -90, 1),
	newGeometry(pdf.Rect{0, 0, 306, 396}, pdf.Rect{0, 0, 306, 396}, 0, 2),
}

func writePacket(t *testing.T, p *dossier.Posting, d *dossier.Dossier, shapes []geometry) string {
	t.Helper()
	var b bytes.Buffer
	if err := new(aPacket).make(&b, p, d, shapes); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "packet.pdf")
	if dir := os.Getenv("EJMX_KEEP"); dir != "" {
		path = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".pdf")
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func command(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	out, err := exec.Command(outside.Tool(t, name), arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestFrontIsSound(t *testing.T) {
	path := writePacket(t, aPosting(), aDossier(), oddShapes)
	command(t, "qpdf", "--check", path)
}
