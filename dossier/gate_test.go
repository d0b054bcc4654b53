package dossier

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ejmx/ejmx/ejm"
)

// secret stands in every letter and every equal-opportunity field.
const secret = "S3CRET"

func application(t *testing.T, appid int, first, last string) Application {
	t.Helper()
	var a Application
	record := fmt.Sprintf(`{"appid": %d, "aid": %d, "posid": 9012, "fname": %q, "lname": %q, "degreeinst": "MIT", "questions": [
		{"id": 2, "question": "Second?", "sort_order": 2, "response_text": "no"},
		{"id": 1, "question": "First?", "sort_order": 1, "response": "{\"16694\":\"1\",\"16695\":\"0\"}"},
		{"id": 1, "question": "First?", "sort_order": 1, "response_text": "and more"}]}`, appid, appid+1, first, last)
	if err := json.Unmarshal([]byte(record), &a.Application); err != nil {
		t.Fatal(err)
	}
	person := fmt.Sprintf(`{"aid": %d, "email": "x@example.org", "gender": %q, "ethnic": %q, "ethnicity": %q, "race": %q, "nationality": %q, "curpos": "Postdoc"}`,
		appid+1, secret, secret, secret, secret, secret)
	if err := json.Unmarshal([]byte(person), &a.Applicant); err != nil {
		t.Fatal(err)
	}
	a.Documents = []Document{
		{Kind: ejm.KindFile, ID: 3, TypeID: 50, TypeName: "teachingstatement", Label: "Teaching statement", BlobID: 30, State: Stored, FileName: "t.pdf"},
		{Kind: ejm.KindFile, ID: 2, TypeID: 20, TypeName: "jmpaper", Label: "Job market paper", BlobID: 20, State: Stored, FileName: "paper.exe"},
		{Kind: ejm.KindFile, ID: 1, TypeID: 10, TypeName: "cv", Label: "Curriculum vitae", BlobID: 10, State: Stored, FileName: "cv.PDF"},
		{Kind: ejm.KindFile, ID: 4, TypeID: 25, Label: "Video", State: Link, URL: "https://example.org"},
		{Kind: ejm.KindLetter, ID: 5, RecID: 6, Label: "Letter " + secret, BlobID: 50, State: Stored, Writer: &Writer{Last: secret}},
		{Kind: ejm.KindLetter, RecID: 7, Label: "Letter " + secret, State: NotSubmitted, Writer: &Writer{Last: secret}},
	}
	return a
}

func source(t *testing.T) *Source {
	contents := fstest.MapFS{}
	for _, name := range []string{"file/10", "file/20", "file/30", "letter/50"} {
		contents[name] = &fstest.MapFile{Data: []byte("bytes of " + name)}
	}
	return &Source{
		PosID: 9012, Title: "Assistant Professor",
		Applications: []Application{application(t, 620311, "Zoë", "Ångström"), application(t, 620310, "Min-Jung", "Lee"), application(t, 620309, "Ann", "Abel")},
		Interviews:   []Interview{{ID: 1, AppID: 620310}, {ID: 2, AppID: 999}},
		Open: func(kind ejm.Kind, blobid ejm.ID) (fs.File, error) {
			return contents.Open(string(kind) + "/" + blobid.String())
		},
	}
}

func gateWith(t *testing.T, text string) *Posting {
	t.Helper()
	edition, err := parseEdition("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Gate(source(t), edition)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGateOrdersAndNames(t *testing.T) {
	p := gateWith(t, `documents = ["cv", "jmpaper", "*"]
letters = true
interviews = true
answers = ["*"]
applicant = ["degreeinst", "email", "fax"]`)
	var people []string
	for _, d := range p.Dossiers {
		people = append(people, d.FileName)
	}
	if got := strings.Join(people, ", "); got != "Abel Ann 620309, Ångström Zoë 620311, Lee Min-Jung 620310" {
		t.Errorf("people in order %s", got)
	}
	lee := p.Dossiers[2]
	var paths []string
	for _, d := range lee.Documents {
		paths = append(paths, d.Path)
	}
	want := []string{
		"documents/Lee Min-Jung 620310/1 Curriculum vitae.pdf", "documents/Lee Min-Jung 620310/2 Job market paper.bin",
		"documents/Lee Min-Jung 620310/3 Teaching statement.pdf", "", "documents/Lee Min-Jung 620310/L1 Letter " + secret + ".bin", "",
	}
	want[4] = "documents/Lee Min-Jung 620310/L1 Letter " + secret + ".pdf"
	if fmt.Sprint(paths) != fmt.Sprint(want) {
		t.Errorf("paths\n%q, want\n%q", paths, want)
	}
	if fmt.Sprint(lee.Facts) != "[{degreeinst Degree institution MIT} {email E-mail x@example.org}]" {
		t.Errorf("facts %v", lee.Facts)
	}
	if fmt.Sprint(p.Questions) != "[{1 First? } {2 Second? }]" || lee.Answer(1) != "16694; and more" || lee.Answer(2) != "no" {
		t.Errorf("questions %v, answers %v", p.Questions, lee.Answers)
	}
	if len(p.Interviews) != 1 || p.Interviews[0].ID != 1 {
		t.Errorf("interviews %v", p.Interviews)
	}
}

func TestGateIsClosedByDefault(t *testing.T) {
	p := gateWith(t, `documents = ["cv"]`)
	if len(p.Interviews) != 0 {
		t.Errorf("interviews are out: %v", p.Interviews)
	}
	for _, d := range p.Dossiers {
		if len(d.Documents) != 1 || d.Excluded != 5 || len(d.Facts) != 0 || len(d.Answers) != 0 {
			t.Errorf("%s shows %+v", d.FileName, d)
		}
	}
	shown, err := json.Marshal(struct {
		Q []Question
		D []*Dossier
	}{p.Questions, p.Dossiers})
	if err != nil || strings.Contains(string(shown), secret) {
		t.Errorf("the secret is out: %s, %v", shown, err)
	}
	for _, name := range []string{"letter/50", "file/20", ".", "file"} {
		if f, err := p.Files.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opened %s: %v, %v", name, f, err)
		}
	}
	if data, err := fs.ReadFile(p.Files, p.Dossiers[0].Documents[0].Content); err != nil || string(data) != "bytes of file/10" {
		t.Errorf("the CV is %q, %v", data, err)
	}
}

// TestBuiltInEditions looks for what must never show in every edition that comes with the program.
func TestBuiltInEditions(t *testing.T) {
	names := Editions{}.Names()
	if len(names) == 0 {
		t.Fatal("there are no built-in editions")
	}
	for _, name := range names {
		edition, err := Editions{}.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range edition.Applicant {
			if ejm.IsEqualOpportunity(field) {
				t.Errorf("%s shows %s", name, field)
			}
		}
		p, err := Gate(source(t), edition)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Dossiers {
			for _, doc := range d.Documents {
				if doc.Kind == ejm.KindLetter && !edition.Letters {
					t.Errorf("%s shows a letter", name)
				}
			}
		}
	}
}

func TestEditionsThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"title = \"x\"\nletter = true":           `edition test.toml, line 2: there is no setting "letter"`,
		"applicant = [\"emial\"]":                `edition test.toml, line 1: EJM has no applicant field "emial"`,
		"\nanswers = [\"all\"]":                  `edition test.toml, line 2: "all" is neither a question's id nor "*"`,
		"packet_name = \"{last}\"":               "edition test.toml, line 1: packet_name needs {appid}: two candidates can have one name",
		"running_line = \"{gender}\"":            "has an unknown {gender}",
		"title = ":                               "edition test.toml, line 1",
		"letters = \"yes\"":                      "edition test.toml",
		"packet_name = \"{appid\"\ntitle = \"\"": "has an unknown {appid",
	} {
		if _, err := parseEdition("test", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	for _, name := range []string{"nobody", "../committee", "", "a/b"} {
		if _, err := (Editions{}).Load(name); !errors.Is(err, ErrNoEdition) {
			t.Errorf("%q: error %v", name, err)
		}
	}
	own := Editions{Season: fstest.MapFS{"committee.toml": {Data: []byte(`title = "Ours"`)}, "mine.toml": {Data: []byte(`letters = true`)}}}
	if e, err := own.Load("committee"); err != nil || e.Title != "Ours" {
		t.Errorf("a season's own edition: %+v, %v", e, err)
	}
}

func TestEveryApplicantFieldHasALabel(t *testing.T) {
	for _, key := range ejm.ApplicantFields() {
		switch key {
		case "aid", "id", "fname", "mname", "lname", "category_id", "statusinactivedate":
			continue // shown as the name, or of no meaning to people
		}
		if FieldLabel(key) == "" {
			t.Errorf("no label for %s", key)
		}
	}
}

func TestCompare(t *testing.T) {
	before, after := gateWith(t, `documents = ["*"]
letters = true
applicant = ["curpos"]`), gateWith(t, `documents = ["*"]
letters = true
applicant = ["curpos"]`)
	if changes := Compare(before, after); len(changes) != 0 {
		t.Errorf("nothing changed, but %v", changes)
	}
	before.Dossiers = before.Dossiers[1:]
	lee := after.Dossiers[2]
	lee.Facts[0].Value = "Assistant Professor"
	lee.Documents[0].SHA256 = "other"
	lee.Documents[5].State = Stored
	lee.Documents[4].State = Withdrawn
	after.Dossiers = append(after.Dossiers[:1], lee)
	var said []string
	for _, c := range Compare(before, after) {
		said = append(said, fmt.Sprintf("%s %s %s", c.AppID, c.Item, c.What))
	}
	want := []string{
		"620309  new", "620310 Current position changed", "620310 Teaching statement replaced",
		"620310 Letter S3CRET withdrawn", "620310 Letter S3CRET arrived", "620311  withdrawn",
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}
