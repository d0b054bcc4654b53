package packet_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// allPages is more pages than any document of these tests has.
const allPages = 1000

// textOf gives the text of one document, which must not fail.
func textOf(t testing.TB, b *packet.Builder, data []byte, mostPages int) []string {
	t.Helper()
	p, d := dossierOf("", source{"a document", data})
	pages, err := b.Text(t.Context(), p.Files, &d.Documents[0], mostPages)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// scripts are words as applicants write them.
var scripts = []string{
	"Curriculum vitae of Zoë Łukasiewicz: efficient affluent fiscal policy",
	"李民中 経済学 𠮷野家 노동경제학",
	"اقتصاد العمل والتنمية",
	"כלכלה של העבודה",
	"अर्थशास्त्र और श्रम",
	"ไทยเศรษฐศาสตร์",
	"Μακροοικονομία Экономика",
}

func TestTextComesBackInEveryScript(t *testing.T) {
	var blocks []typeset.Block
	for _, line := range scripts {
		blocks = append(blocks, typeset.Block{Text: line})
	}
	blocks = append(blocks, typeset.Block{Kind: typeset.PageBreak}, typeset.Block{Text: "On macroeco-\nnomics"})
	var file bytes.Buffer
	if err := typeset.WriteDocument(&file, pdf.Metadata{Title: "Vita", Lang: "en"}, slices.Values(blocks)); err != nil {
		t.Fatal(err)
	}
	plain := strings.Join(scripts, "\n\n") + "\fOn macroeco-\nnomics"
	b := newBuilder(t, nil)
	for name, document := range map[string][]byte{"PDF": file.Bytes(), "plain text": []byte(plain)} {
		pages := textOf(t, b, document, allPages)
		if len(pages) != 2 {
			t.Fatalf("%s: %d pages: %q", name, len(pages), pages)
		}
		for _, line := range scripts {
			if !strings.Contains(pages[0], norm.NFC.String(line)) {
				t.Errorf("%s: %q is not in %q", name, line, pages[0])
			}
		}
		if !strings.Contains(pages[1], "On macroeconomics") {
			t.Errorf("%s: a divided word is not put together: %q", name, pages[1])
		}
	}
}

func TestTextOfTheFirstPages(t *testing.T) {
	b := newBuilder(t, nil)
	pages := textOf(t, b, good(t, "Paper", 5), 2)
	if len(pages) != 2 || !strings.Contains(pages[1], "This is page 2 of Paper.") {
		t.Errorf("got %q", pages)
	}
	if pages := textOf(t, b, good(t, "Paper", 1), 0); pages != nil {
		t.Errorf("no pages were asked for, got %q", pages)
	}
}

func TestTextIsBounded(t *testing.T) {
	const pageLimit = 64 << 10
	b := newBuilder(t, nil)
	crowded := onePage("BT /F1 1 Tf 9 700 Td " + strings.Repeat(`(caf\351 economics ) Tj `, 20_000) + "ET")
	pages := textOf(t, b, crowded, allPages)
	if len(pages) != 1 || len(pages[0]) < pageLimit/2 || len(pages[0]) > pageLimit || !isClean(pages[0]) {
		t.Errorf("%d pages, the first of %d bytes", len(pages), len(strings.Join(pages, "")))
	}
}

// onePage gives a PDF of one page that shows content with the font Helvetica as F1.
func onePage(content string) []byte {
	var file bytes.Buffer
	w := pdf.NewWriter(&file)
	stream, page, tree := w.Alloc(), w.Alloc(), w.Alloc()
	w.PutStream(stream, pdf.Dict{}, []byte(content))
	font := w.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica"), "Encoding": pdf.Name("WinAnsiEncoding")})
	w.Put(page, pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": tree, "MediaBox": pdf.Rect{0, 0, 612, 792}, "Contents": stream,
		"Resources": pdf.Dict{"Font": pdf.Dict{"F1": font}},
	})
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
	_ = w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0) // a buffer takes everything
	return file.Bytes()
}

func TestNoTextIsNoError(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Workers = 1 })
	for name, data := range map[string][]byte{
		"empty": nil, "damaged": []byte("%PDF-1.4 junk"), "picture": []byte("\x89PNG\r\n\x1a\n junk"), "archive": []byte("PK\x03\x04junk"),
	} {
		if pages := textOf(t, b, data, allPages); len(pages) != 0 {
			t.Errorf("%s: got %q", name, pages)
		}
	}
	small := newBuilder(t, func(o *packet.Options) { o.Limits.Memory = 64 << 20 })
	if pages := textOf(t, small, append([]byte("%PDF-1.4\n"), make([]byte, 100<<20)...), allPages); len(pages) != 0 {
		t.Errorf("too large for memory: got %q", pages)
	}
	if pages := textOf(t, b, good(t, "after all that", 1), allPages); len(pages) != 1 {
		t.Errorf("a good document gives %q", pages)
	}
}

func TestTextThatMayBeHadLater(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Workers, o.Limits.Time = 1, 300*time.Millisecond })
	for _, data := range []string{crash, hang} {
		p, d := dossierOf("", source{"a document", []byte(data)})
		pages, err := b.Text(t.Context(), p.Files, &d.Documents[0], allPages)
		if err == nil || len(pages) > 0 {
			t.Errorf("%s: got %q, %v", data, pages, err)
		}
	}
}

func TestTextThatCannotBeTried(t *testing.T) {
	b := newBuilder(t, nil)
	data := good(t, "Vita", 1)
	p, d := dossierOf("", source{"CV", data})
	doc := &d.Documents[0]
	sum := sha256.Sum256(data)
	doc.SHA256 = hex.EncodeToString(sum[:])
	if pages, err := b.Text(t.Context(), p.Files, doc, allPages); err != nil || len(pages) != 1 {
		t.Errorf("got %q, %v", pages, err)
	}
	for name, other := range map[string][]byte{"another PDF": good(t, "Other", 1), "damaged": data[:len(data)/2], "no PDF": []byte("PK\x03\x04junk")} {
		files, _ := dossierOf("", source{"CV", other})
		if _, err := b.Text(t.Context(), files.Files, doc, allPages); !errors.Is(err, packet.ErrOtherBytes) {
			t.Errorf("%s: %v", name, err)
		}
	}
	doc.Content = "nowhere"
	if _, err := b.Text(t.Context(), p.Files, doc, allPages); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a document that is not there: %v", err)
	}
	doc.State = dossier.NotSubmitted
	if pages, err := b.Text(t.Context(), p.Files, doc, allPages); err != nil || pages != nil {
		t.Errorf("a document without bytes: %q, %v", pages, err)
	}
	doc.State, doc.Content = dossier.Stored, "0"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Text(ctx, p.Files, doc, allPages); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v", err)
	}
}

// isClean reports whether a page's text is as Text promises.
func isClean(page string) bool {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	return utf8.ValidString(page) && norm.NFC.IsNormalString(page) && !strings.ContainsFunc(page, control)
}

func TestTextOfRealPDFs(t *testing.T) {
	b := newBuilder(t, nil)
	read, withWords := 0, 0
	for _, r := range realPDFs(t) {
		data, err := os.ReadFile(r.path)
		if err != nil {
			t.Fatal(err)
		}
		pages := textOf(t, b, data, allPages)
		if read++; strings.Join(pages, "") != "" {
			withWords++
		}
		if r.class == "password" && len(pages) > 0 {
			t.Errorf("%s needs a password and gives %q", r.name, pages)
		}
		if r.pages != 0 && len(pages) > r.pages {
			t.Errorf("%s: text of %d pages, it has %d", r.name, len(pages), r.pages)
		}
		if i := slices.IndexFunc(pages, func(page string) bool { return !isClean(page) }); i >= 0 {
			t.Errorf("%s: page %d is not clean: %q", r.name, i+1, pages[i])
		}
	}
	t.Logf("%d of %d files have words", withWords, read)
	if withWords < read/2 {
		t.Errorf("only %d of %d files have words", withWords, read)
	}
}

func TestTextOfHostilePDFs(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(outside.PDFs(t), "hostile", "*.pdf"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no hostile PDFs: %v", err)
	}
	const limit = 5 * time.Second
	b := newBuilder(t, func(o *packet.Options) { o.Limits.Time = limit })
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		p, d := dossierOf("", source{"hostile", data})
		pages, err := b.Text(t.Context(), p.Files, &d.Documents[0], allPages)
		if took := time.Since(start); took > limit+2*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		t.Logf("%s: %d pages, %d bytes, %v", filepath.Base(name), len(pages), len(strings.Join(pages, "")), err)
	}
}
