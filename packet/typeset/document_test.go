package typeset_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// names are people's names as they write them, in the scripts that applicants have.
var names = []string{
	"Min-Jung Lee", "Søren Ångström-Kjærgård", "Łukasz Wiśniewski", "Nguyễn Thị Hồng Hạnh", "İsmail Çağlar", "Jiří Dvořák",
	"Γεώργιος Παπαδόπουλος", "Ἀριστοτέλης", "Наталія Їжакевич", "Жанна Ёлкина",
	"محمد عبد الله الشمري", "فاطمة الزهراء", "علی‌رضا پورمحمدی", "דוד בן־גוריון", "יעל כהן",
	"李明华", "陳大文", "田中 さくら", "タナカ サクラ", "김민정", "प्रिया शर्मा", "कृष्णमूर्ति", "लक्ष्मी",
	"ნინო ბერიძე", "Արամ Խաչատրյան", "สมชาย ใจดี", "தமிழ்ச்செல்வி", "রবীন্দ্রনাথ ঠাকুর", "ສົມພອນ",
}

func writeDocument(t *testing.T, blocks ...typeset.Block) string {
	t.Helper()
	var b bytes.Buffer
	about := pdf.Metadata{
		Title: "Names of the world", Author: "ejmx", Lang: "en", Tool: "ejmx test",
		Date: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
	}
	if err := typeset.WriteDocument(&b, about, slices.Values(blocks)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out.pdf")
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

func TestNamesAreFoundAgain(t *testing.T) {
	for _, kind := range []typeset.Kind{typeset.Body, typeset.Title} {
		var blocks []typeset.Block
		for _, name := range names {
			blocks = append(blocks, typeset.Block{Kind: kind, Text: name})
		}
		path := writeDocument(t, blocks...)
		command(t, "qpdf", "--check", path)
		text := command(t, "pdftotext", "-enc", "UTF-8", path, "-")
		for _, name := range names {
			if !strings.Contains(text, name) {
				t.Errorf("pdftotext does not find %s", name)
			}
		}
	}
}

// TestBothDirectionsInOneLine checks a sentence that turns within a line.
func TestBothDirectionsInOneLine(t *testing.T) {
	const sentence = "Written as דוד בן־גוריון, born 1886, in Hebrew."
	marks := strings.NewReplacer("\u202A", "", "\u202B", "", "\u202C", "") // that pdftotext puts around what turns
	text := marks.Replace(command(t, "pdftotext", writeDocument(t, typeset.Block{Text: sentence}), "-"))
	if !strings.Contains(text, sentence) {
		t.Errorf("pdftotext does not find %q in %q", sentence, text)
	}
}

// TestMissingGlyphsAreSeen sets a character that no font of ours has: a box is drawn, and the text is still found.
func TestMissingGlyphsAreSeen(t *testing.T) {
	const hieroglyph = "\U00013080"
	path := writeDocument(t, typeset.Block{Text: "x" + hieroglyph + "x"})
	if text := command(t, "pdftotext", path, "-"); !strings.Contains(text, "x"+hieroglyph+"x") {
		t.Errorf("pdftotext finds %q", text)
	}
	with := inked(t, path)
	without := inked(t, writeDocument(t, typeset.Block{Text: "xx"}))
	if with < without+10 {
		t.Errorf("%d dark pixels with a missing glyph, %d without", with, without)
	}
}

// inked counts the dark pixels of a file's first page.
func inked(t *testing.T, path string) int {
	t.Helper()
	picture := command(t, "pdftoppm", "-r", "72", "-gray", "-singlefile", path)
	_, pixels, found := strings.Cut(picture, "\n255\n")
	if !found {
		t.Fatal("pdftoppm drew nothing")
	}
	dark := 0
	for i := range len(pixels) {
		if pixels[i] < 128 {
			dark++
		}
	}
	return dark
}

func TestPagesFollowOneAnother(t *testing.T) {
	blocks := []typeset.Block{{Kind: typeset.Title, Text: "Many pages"}}
	for i := range 60 {
		blocks = append(blocks,
			typeset.Block{Kind: typeset.Heading, Text: fmt.Sprintf("Section %d", i+1)},
			typeset.Block{Text: strings.Repeat("All that is said in a section. ", 30)})
	}
	blocks = append(blocks, typeset.Block{Kind: typeset.PageBreak}, typeset.Block{Text: "The end"})
	path := writeDocument(t, blocks...)
	command(t, "qpdf", "--check", path)
	pages := strings.Split(strings.TrimSuffix(command(t, "pdftotext", path, "-"), "\f"), "\f")
	if len(pages) < 8 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		lines := strings.Fields(page)
		if got := lines[len(lines)-1]; got != fmt.Sprint(i+1) {
			t.Errorf("page %d says it is %s", i+1, got)
		}
		if strings.HasPrefix(lines[max(len(lines)-3, 0)], "Section") {
			t.Errorf("page %d ends with a heading", i+1)
		}
	}
	if last := pages[len(pages)-1]; !strings.HasPrefix(last, "The end") {
		t.Errorf("the last page is %q", last)
	}
}

func TestSameTextGivesSameBytes(t *testing.T) {
	var made [2]bytes.Buffer
	for i := range made {
		var blocks []typeset.Block
		for _, name := range names {
			blocks = append(blocks, typeset.Block{Kind: typeset.Heading, Text: name})
		}
		if err := typeset.WriteDocument(&made[i], pdf.Metadata{Title: "Names"}, slices.Values(blocks)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(made[0].Bytes(), made[1].Bytes()) {
		t.Error("two makings differ")
	}
}

// TestDocumentIsTagged checks that what is read aloud is the text, in order, as headings and paragraphs.
func TestDocumentIsTagged(t *testing.T) {
	path := writeDocument(t,
		typeset.Block{Kind: typeset.Title, Text: "A title"}, typeset.Block{Text: "A paragraph."}, typeset.Block{Kind: typeset.Heading, Text: "A heading"})
	structure := command(t, "pdfinfo", "-struct-text", path)
	var got []string
	for line := range strings.Lines(structure) {
		if line = strings.TrimSpace(line); line != "" {
			got = append(got, line)
		}
	}
	want := []string{"Document", "H1 (block)", `"A title"`, "P (block)", `"A paragraph."`, "H2 (block)", `"A heading"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFlow lays out pages of a caller's own file: untagged, with a rule and a link.
func TestFlow(t *testing.T) {
	var b bytes.Buffer
	w := pdf.NewWriter(&b)
	setter := typeset.NewSetter(w)
	tree := w.Alloc()
	flow := typeset.NewFlow(setter, tree, typeset.Layout{Width: 300, Height: 200, Top: 20, Bottom: 20, Left: 30, Right: 30}, nil)
	style := typeset.Style{Size: 10, Leading: 15}
	flow.Heading("A heading", style.Heavy(), nil)
	flow.Rule(1, typeset.Gray(0))
	flow.Link("where it is kept", "https://example.org/a(b)", style.In(typeset.Colour{B: 1}), nil)
	flow.Need(150)
	flow.Paragraph("On the second page", style.Aligned(typeset.Centre), nil)
	pages := flow.Close()
	if len(pages) != 2 || len(flow.Bookmarks()) != 1 {
		t.Fatalf("%d pages, %d bookmarks", len(pages), len(flow.Bookmarks()))
	}
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{pages[0], pages[1]}, "Count": pdf.Int(2)})
	if err := setter.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "flow.pdf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "qpdf", "--check", path)
	if text := command(t, "pdftotext", "-f", "2", path, "-"); strings.TrimSpace(text) != "On the second page" {
		t.Errorf("the second page says %q", text)
	}
	if links := command(t, "pdfinfo", "-url", path); !strings.Contains(links, "https://example.org/a(b)") {
		t.Errorf("no link: %s", links)
	}
}

func ExampleWriteDocument() {
	var file bytes.Buffer
	about := pdf.Metadata{Title: "Curriculum vitae", Author: "Min-Jung Lee", Lang: "en"}
	err := typeset.WriteDocument(&file, about, slices.Values([]typeset.Block{
		{Kind: typeset.Title, Text: "이민정 · Min-Jung Lee"},
		{Kind: typeset.Heading, Text: "Education"},
		{Text: "PhD in economics, Seoul National University, 2027"},
	}))
	fmt.Println(file.String()[:8], err)
	// Output: %PDF-1.7 <nil>
}
