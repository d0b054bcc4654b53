package pdf_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/pdf"
)

var about = pdf.Metadata{
	Title: "Łukasz <Wiśniewski> & 이민정", Author: "Łukasz", Subject: "Application (1)", Lang: "en", Tool: "ejmx 0.1.0",
	Date: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
}

// described writes a file of two pages with metadata and an outline of two levels.
func described(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := pdf.NewWriter(&b)
	tree := w.Alloc()
	var pages [2]pdf.Ref
	for i := range pages {
		pages[i] = w.Add(pdf.Dict{"Type": pdf.Name("Page"), "Parent": tree, "MediaBox": pdf.Rect{0, 0, 200, 200}, "Resources": pdf.Dict{}})
	}
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{pages[0], pages[1]}, "Count": pdf.Int(2)})
	outline := w.PutOutline([]pdf.Bookmark{
		{Title: "Curriculum vitæ", Page: pages[0], Top: 200, Kids: []pdf.Bookmark{
			{Title: "Education", Page: pages[0], Top: 100}, {Title: "研究", Page: pages[1], Top: 50},
		}},
		{Title: "Letter", Page: pages[1], Top: 200},
	})
	catalog := w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree, "Metadata": about.PutXMP(w), "Outlines": outline})
	if err := w.Close(catalog, about.PutInfo(w)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "described.pdf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOutlineIsRead(t *testing.T) {
	out, err := exec.Command(outside.Tool(t, "mutool"), "show", described(t), "outline").Output()
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for line := range strings.Lines(string(out)) {
		before, _, _ := strings.Cut(strings.TrimLeft(line, "|+-"), "#")
		titles = append(titles, strings.ReplaceAll(strings.TrimRight(before, " \t"), "\t", " "))
	}
	want := []string{` "Curriculum vitæ"`, `  "Education"`, `  "研究"`, ` "Letter"`}
	if got := strings.Join(titles, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestMetadataIsRead(t *testing.T) {
	path := described(t)
	out, err := exec.Command(outside.Tool(t, "pdfinfo"), "-isodates", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{about.Title, about.Author, about.Subject, about.Tool, "2026-11-24T09:00:00Z", "Metadata Stream: yes"} {
		if !strings.Contains(strings.Join(strings.Fields(string(out)), " "), want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, out)
		}
	}
}

func TestXMPIsXML(t *testing.T) {
	data, err := os.ReadFile(described(t))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(data, []byte("<?xpacket begin"))
	packet, _, found := bytes.Cut(rest, []byte("<?xpacket end"))
	if !found {
		t.Fatal("no packet of metadata lies open in the file")
	}
	decoder := xml.NewDecoder(io.MultiReader(strings.NewReader("<?xpacket begin"), bytes.NewReader(packet)))
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if characters, ok := token.(xml.CharData); ok {
			text.Write(characters)
		}
	}
	if !strings.Contains(text.String(), about.Title) {
		t.Errorf("the metadata are %q", text.String())
	}
}
