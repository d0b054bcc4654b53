package packet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
		AsOf: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
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
	long := aDossier()
	long.Name = dossier.Name{First: strings.Repeat("Wolfeschlegelsteinhausen", 60), Last: strings.Repeat("भट्टाचार्य ", 150)}
	long.Facts[1].Value = strings.Repeat("word ", 3000)
	many := aDossier()
	for i := range 90 {
		many.Documents = append(many.Documents, dossier.Document{
			Kind: ejm.KindLetter, Label: fmt.Sprintf("Letter %d", i+1), State: dossier.NotSubmitted,
		})
		many.Facts = append(many.Facts, dossier.Fact{Key: "x", Label: fmt.Sprintf("Fact %d", i), Value: "value"})
	}
	empty := &dossier.Dossier{AppID: 1}
	all := &dossier.Dossier{Name: dossier.Name{Last: "All candidates"}}
	for i := range 1500 {
		all.Documents = append(all.Documents, dossier.Document{
			Kind: kindPacket, Label: fmt.Sprintf("Candidate %d", i+1), Reason: "University of Somewhere", State: dossier.Stored,
		})
	}
	for name, d := range map[string]*dossier.Dossier{"everything": aDossier(), "long": long, "many": many, "empty": empty, "all": all} {
		t.Run(name, func(t *testing.T) {
			path := writePacket(t, aPosting(), d, oddShapes)
			command(t, "qpdf", "--check", path)
			if text := pageText(t, path, 1); !strings.Contains(text, "Committee edition") {
				t.Errorf("the cover has no foot: %s", text)
			}
		})
	}
}

// pageText is what pdftotext finds on one page, without the marks it puts around what is read from the right.
func pageText(t *testing.T, path string, page int) string {
	t.Helper()
	number := strconv.Itoa(page)
	marks := strings.NewReplacer("\u202A", "", "\u202B", "", "\u202C", "")
	return marks.Replace(command(t, "pdftotext", "-layout", "-f", number, "-l", number, path, "-"))
}

func TestCoverSaysNamesInTheirScript(t *testing.T) {
	for _, name := range []dossier.Name{
		{First: "Łukasz", Last: "Wiśniewski"},
		{First: "Γεώργιος", Last: "Παπαδόπουλος"},
		{First: "Наталія", Last: "Їжакевич"},
		{First: "محمد عبد الله", Last: "الشمري"},
		{First: "דוד", Last: "בן־גוריון"},
		{Last: "李明华"},
		{First: "さくら", Last: "田中"},
		{Last: "김민정"},
		{First: "प्रिया", Last: "शर्मा"},
		{First: "አበበ", Last: "ቢቂላ"},
		{First: "සුනිල්", Last: "පෙරේරා"},
		{First: "သန္တာ", Last: "မြင့်"},
		{First: "សុភា", Last: "ចាន់"},
	} {
		d := aDossier()
		d.Name = name
		path := writePacket(t, aPosting(), d, oddShapes[:1])
		for page := 1; page <= 3; page++ {
			if text := pageText(t, path, page); !strings.Contains(text, name.Full()) {
				t.Errorf("page %d does not say %s: %s", page, name.Full(), text)
			}
		}
		if info := command(t, "pdfinfo", "-enc", "UTF-8", path); !strings.Contains(info, name.Full()) {
			t.Errorf("the title does not say %s", name.Full())
		}
	}
}

func TestCoverSaysWhatIsMissing(t *testing.T) {
	text := pageText(t, writePacket(t, aPosting(), aDossier(), oddShapes[:2]), 1)
	inside, missing, found := strings.Cut(text, "Not inside")
	if !found {
		t.Fatal(text)
	}
	for _, want := range []string{
		"Min-Jung Lee", "Doctoral candidate, Seoul National University", "Labor; Demographic Economics", "2 files and 1 letter on 6 pages",
		"Curriculum vitae · Research statement · Letter Prof. Kim",
	} {
		if !strings.Contains(inside, want) {
			t.Errorf("%q is not on the cover", want)
		}
	}
	for _, want := range []string{
		"cannot be shown here: the PDF needs a password", "kept elsewhere: https://video.example.org/min-jung-lee",
		"could not be fetched: HTTP 503 after 5 tries", "Universidad de los Andes · has not arrived yet",
		"Committee edition · records of 24 November 2026, 09:00 UTC · application 620310 · ejmx 0.1.0",
	} {
		if !strings.Contains(missing, want) {
			t.Errorf("%q is not on the cover", want)
		}
	}
}

// structure is the part of qpdf's JSON that says where links lead.
type structure struct {
	Pages []struct{ Object string }
	QPDF  []map[string]json.RawMessage
}

// TestContentsLinksLand follows each line of the contents to its page, whose running line must say the same.
func TestContentsLinksLand(t *testing.T) {
	d := aDossier()
	path := writePacket(t, aPosting(), d, oddShapes)
	landed := landings(t, path)
	for label, page := range landed {
		if text := pageText(t, path, page); !strings.Contains(text, fmt.Sprintf("· %s · %d / 27", label, page)) {
			t.Errorf("page %d is not of %s: %s", page, label, text)
		}
	}
	if len(landed) != 4 {
		t.Errorf("links lead to %v, not to the four documents", landed)
	}
}

// TestContentsOverSeveralPages follows each line of contents that take six pages.
func TestContentsOverSeveralPages(t *testing.T) {
	const documents, contents = 100, 6
	d := aDossier()
	d.Answers, d.Documents = nil, nil
	for i := range documents {
		d.Documents = append(d.Documents, dossier.Document{Kind: ejm.KindFile, Label: fmt.Sprintf("Paper %d", i+1), State: dossier.Stored})
	}
	path := writePacket(t, aPosting(), d, oddShapes[:1])
	landed := landings(t, path)
	for i := range documents {
		label := fmt.Sprintf("Paper %d", i+1)
		if want := 1 + contents + i + 1; landed[label] != want {
			t.Errorf("%s is on page %d, and its line leads to %d", label, want, landed[label])
		}
	}
	for _, page := range []int{2, 1 + contents} {
		if text := pageText(t, path, page); !strings.Contains(text, fmt.Sprintf("Contents · %d / %d", page, 1+contents+documents)) {
			t.Errorf("page %d is not of the contents: %s", page, text)
		}
	}
}

// landings follows the links within a packet: the page of each document that one leads to. What a link says of its page
// must be true.
func landings(t *testing.T, path string) map[string]int {
	t.Helper()
	var s structure
	if err := json.Unmarshal([]byte(command(t, "qpdf", "--json=2", path)), &s); err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]int)
	for i, p := range s.Pages {
		pages[p.Object] = i + 1
	}
	landed := make(map[string]int)
	for _, raw := range s.QPDF[1] {
		var o struct {
			Value struct {
				Subtype  string          `json:"/Subtype"`
				Contents string          `json:"/Contents"`
				Dest     json.RawMessage `json:"/Dest"`
			} `json:"value"`
		}
		if json.Unmarshal(raw, &o) != nil || o.Value.Subtype != "/Link" || o.Value.Dest == nil {
			continue
		}
		var dest []any
		if err := json.Unmarshal(o.Value.Dest, &dest); err != nil {
			t.Fatal(err)
		}
		page := pages[dest[0].(string)]
		label, number, _ := strings.Cut(strings.TrimPrefix(o.Value.Contents, "u:"), ", page ")
		if number != strconv.Itoa(page) {
			t.Errorf("%s says page %s and leads to %d", label, number, page)
		}
		landed[label] = page
	}
	return landed
}

func TestFrontIsReadInOrder(t *testing.T) {
	text := command(t, "pdfinfo", "-struct-text", writePacket(t, aPosting(), aDossier(), oddShapes[:1]))
	last := 0
	for _, want := range []string{
		`"Min-Jung Lee"`, `"Doctoral candidate, `, `"Email"`, `"minjung.lee@snu.example.ac.kr"`, `"Inside"`, `"Not inside"`, `"Video"`,
		`"Committee edition`, `"Contents"`, `"Files"`, `"Curriculum vitae"`, `"Letters"`, `"Letter Prof. Kim"`, `"Answers"`, `"Yes, all three days"`,
		`"This document cannot be shown here: `,
	} {
		at := strings.Index(text[last:], want)
		if at < 0 {
			t.Fatalf("%s does not come where it should in\n%s", want, text)
		}
		last += at + len(want)
	}
}

func TestSameDossierGivesSameBytes(t *testing.T) {
	var made [2]bytes.Buffer
	for i := range made {
		if err := new(aPacket).make(&made[i], aPosting(), aDossier(), oddShapes); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0].Bytes(), made[1].Bytes()) {
		t.Error("two makings differ")
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct{ in, web, mail string }{
		{"https://example.org/a?b=c", "https://example.org/a?b=c", ""},
		{"www.example.org", "http://www.example.org", ""},
		{"javascript:alert(1)", "", ""},
		{"file:///etc/passwd", "", ""},
		{"https://exämple.org/ü", "https://ex%C3%A4mple.org/%C3%BC", ""},
		{"https://bank.example.com@example.org/", "", ""},
		{"none", "", ""},
		{"see my page", "", ""},
		{"a@example.org", "", "mailto:a@example.org"},
		{"a@example.org?bcc=b@c", "", ""},
	}
	for _, test := range tests {
		if got := webAddress(test.in); got != test.web {
			t.Errorf("web address of %q is %q, want %q", test.in, got, test.web)
		}
		if got := mailAddress(test.in); got != test.mail {
			t.Errorf("mail address of %q is %q, want %q", test.in, got, test.mail)
		}
	}
}
