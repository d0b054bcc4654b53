package packet_test

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

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/packet/pdf"
)

// paper gives a PDF as LaTeX makes them: two pages, the first with a link to the named destination "section.1" on the second,
// which is in the outline too, a layer that is off, a form field, and whatever else is asked for.
func paper(t testing.TB, title string, action pdf.Object) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pdf.NewWriter(&b)
	tree, first, second, outline := w.Alloc(), w.Alloc(), w.Alloc(), w.Alloc()
	font := w.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica")})
	layer := w.Add(pdf.Dict{"Type": pdf.Name("OCG"), "Name": pdf.Text("Draft mark")})
	content := func(words string) pdf.Ref {
		return w.AddStream(pdf.Dict{}, fmt.Appendf(nil, "BT /F1 24 Tf 72 700 Td (%s) Tj ET /OC /Draft BDC BT /F1 60 Tf 72 400 Td (DRAFT) Tj ET EMC", words))
	}
	look := w.AddStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Rect{0, 0, 200, 20},
		"Resources": pdf.Dict{"Font": pdf.Dict{"F1": font}},
	}, []byte("BT /F1 12 Tf 2 5 Td (filled in) Tj ET"))
	link := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Link"), "Rect": pdf.Rect{72, 600, 200, 620},
		"A": pdf.Dict{"S": pdf.Name("GoTo"), "D": pdf.String("section.1")},
	})
	web := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Link"), "Rect": pdf.Rect{72, 560, 200, 580},
		"A": pdf.Dict{"S": pdf.Name("URI"), "URI": pdf.String("https://example.org/paper")},
	})
	acting := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Link"), "Rect": pdf.Rect{72, 520, 200, 540}, "A": action,
	})
	field := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Tx"), "T": pdf.Text("name"), "V": pdf.Text("filled in"),
		"Rect": pdf.Rect{72, 480, 272, 500}, "F": pdf.Int(4), "AP": pdf.Dict{"N": look}, "DA": pdf.String("/F1 12 Tf 0 g"),
	})
	resources := w.Add(pdf.Dict{"Font": pdf.Dict{"F1": font}, "Properties": pdf.Dict{"Draft": layer}})
	w.Put(first, pdf.Dict{"Type": pdf.Name("Page"), "Parent": tree, "Contents": content(title + " one"), "Annots": pdf.Array{link, web, acting, field}})
	w.Put(second, pdf.Dict{"Type": pdf.Name("Page"), "Parent": tree, "Contents": content(title + " two")})
	w.Put(tree, pdf.Dict{
		"Type": pdf.Name("Pages"), "Kids": pdf.Array{first, second}, "Count": pdf.Int(2), "MediaBox": pdf.Rect{0, 0, 595, 842},
		"Resources": resources,
	})
	item := w.Add(pdf.Dict{"Title": pdf.Text("1 Introduction of " + title), "Parent": outline, "Dest": pdf.String("section.1")})
	w.Put(outline, pdf.Dict{"Type": pdf.Name("Outlines"), "First": item, "Last": item, "Count": pdf.Int(1)})
	catalog := w.Add(pdf.Dict{
		"Type": pdf.Name("Catalog"), "Pages": tree, "Outlines": outline, "OpenAction": action,
		"AcroForm":     pdf.Dict{"Fields": pdf.Array{field}, "DR": pdf.Dict{"Font": pdf.Dict{"F1": font}}},
		"OCProperties": pdf.Dict{"OCGs": pdf.Array{layer}, "D": pdf.Dict{"OFF": pdf.Array{layer}, "Order": pdf.Array{layer}}},
		"Names": pdf.Dict{"Dests": pdf.Dict{"Names": pdf.Array{
			pdf.String("section.1"), pdf.Dict{"D": pdf.Array{second, pdf.Name("XYZ"), pdf.Int(72), pdf.Int(720), pdf.Null{}}},
		}}},
	})
	if err := w.Close(catalog, 0); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reader is a packet read by another program's reader.
type reader struct {
	*model.Context
	pages []int // object numbers
}

func read(t testing.TB, path string) *reader {
	t.Helper()
	model.ConfigPath = "disable"
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, err := pdfcpu.Read(f, model.NewDefaultConfiguration())
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{Context: ctx}
	catalog := r.dict(*ctx.Root)
	for _, kid := range r.dict(catalog["Pages"])["Kids"].(types.Array) {
		r.pages = append(r.pages, kid.(types.IndirectRef).ObjectNumber.Value())
	}
	return r
}

func (r *reader) resolve(o types.Object) types.Object {
	resolved, err := r.Dereference(o)
	if err != nil {
		return nil
	}
	return resolved
}

func (r *reader) dict(o types.Object) types.Dict {
	d, _ := r.resolve(o).(types.Dict)
	return d
}

// page gives a page, counted from 1.
func (r *reader) page(n int) types.Dict { return r.dict(*types.NewIndirectRef(r.pages[n-1], 0)) }

// leads gives the page that a destination is on, counted from 1, or 0.
func (r *reader) leads(o types.Object) int {
	a, _ := r.resolve(o).(types.Array)
	if len(a) == 0 {
		return 0
	}
	return slices.Index(r.pages, a[0].(types.IndirectRef).ObjectNumber.Value()) + 1
}

func TestWhatPapersHold(t *testing.T) {
	b := newBuilder(t, nil)
	launch := pdf.Dict{"S": pdf.Name("Launch"), "F": pdf.String("calc.exe")}
	var sources []source
	for i := range 5 {
		name := fmt.Sprintf("Paper %d", i+1)
		sources = append(sources, source{name, paper(t, name, launch)})
	}
	p, d := dossierOf("{document} {page}", sources...)
	path, outline := build(t, b, p, d)
	check(t, path)
	r := read(t, path)
	for i, at := range outline.Documents {
		if at.Pages != 2 || at.Merged != dossier.MergedPages {
			t.Fatalf("got %+v", at)
		}
		annots, _ := r.resolve(r.page(at.FirstPage)["Annots"]).(types.Array)
		if len(annots) != 4 {
			t.Fatalf("%d annotations", len(annots))
		}
		if got := r.leads(r.dict(annots[0])["Dest"]); got != at.FirstPage+1 {
			t.Errorf("paper %d: the link leads to page %d, want %d", i+1, got, at.FirstPage+1)
		}
		if uri := r.dict(r.dict(annots[1])["A"])["URI"]; uri != types.StringLiteral("https://example.org/paper") {
			t.Errorf("the web link leads to %v", uri)
		}
		if a := r.dict(annots[2])["A"]; a != nil {
			t.Errorf("an action is left: %v", a)
		}
		if look := r.dict(annots[3]); look["Subtype"] != types.Name("Stamp") || r.dict(look["AP"])["N"] == nil {
			t.Errorf("the form field became %v", look)
		}
	}
	layers := r.dict(r.dict(*r.Root)["OCProperties"])
	if groups, _ := r.resolve(layers["OCGs"]).(types.Array); len(groups) != 5 {
		t.Errorf("%d layers", len(groups))
	}
	text, err := exec.Command(outside.Tool(t, "pdftotext"), path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "filled in") != 5 || strings.Contains(string(text), "DRAFT") {
		t.Errorf("fields or layers do not show what they did: %s", text)
	}
	bookmarks := r.bookmarks(r.dict(r.dict(*r.Root)["Outlines"])["First"], 0)
	for i := range 5 {
		want := fmt.Sprintf("  1 Introduction of Paper %d → %d", i+1, outline.Documents[i].FirstPage+1)
		if !slices.Contains(bookmarks, want) {
			t.Errorf("no bookmark %q in %q", want, bookmarks)
		}
	}
}

// bookmarks lists the outline, deeper ones indented.
func (r *reader) bookmarks(o types.Object, depth int) (lines []string) {
	for d := r.dict(o); d != nil; d = r.dict(d["Next"]) {
		title, _ := types.StringOrHexLiteral(d["Title"])
		lines = append(lines, fmt.Sprintf("%s%s → %d", strings.Repeat("  ", depth), *title, r.leads(d["Dest"])))
		lines = append(lines, r.bookmarks(d["First"], depth+1)...)
	}
	return lines
}

// acts are words that stand in PDFs that do something when they are opened, clicked or printed.
var acts = []string{
	"/JavaScript", "/JS", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/EmbeddedFile", "/OpenAction", "/AA",
	"/RichMedia", "/Movie", "/Sound", "/XFA", "/Rendition",
}

// plain gives a file with everything unpacked.
func plain(t testing.TB, path string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "plain.pdf")
	command := exec.Command(outside.Tool(t, "qpdf"), "--qdf", "--object-streams=disable", "--warning-exit-0", path, out)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNothingActs(t *testing.T) {
	b := newBuilder(t, nil)
	var sources []source
	for _, kind := range []string{"JavaScript", "Launch", "SubmitForm", "ImportData", "GoToR", "GoToE", "Movie", "Sound", "Rendition"} {
		action := pdf.Dict{"S": pdf.Name(kind), "JS": pdf.String("app.alert(1)"), "F": pdf.String("evil.exe"), "Next": pdf.Dict{"S": pdf.Name("JavaScript")}}
		sources = append(sources, source{"Doc " + strings.ToLower(kind), paper(t, "words", action)})
	}
	p, d := dossierOf("", sources...)
	path, _ := build(t, b, p, d)
	check(t, path)
	noActs(t, path)
}

func noActs(t testing.TB, path string) {
	t.Helper()
	text := plain(t, path)
	for _, act := range acts {
		for rest := text; ; {
			i := bytes.Index(rest, []byte(act))
			if i < 0 {
				break
			}
			rest = rest[i+len(act):]
			if len(rest) > 0 && strings.ContainsRune(" \n/(<[>", rune(rest[0])) {
				t.Errorf("%s is left in %s", act, filepath.Base(path))
				break
			}
		}
	}
}

func TestHostilePDFs(t *testing.T) {
	dir := filepath.Join(outside.PDFs(t), "hostile")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := newBuilder(t, func(o *packet.Options) { o.Limits.Time, o.Limits.Memory = 5*time.Second, 200<<20 })
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			p, d := dossierOf("{page}", source{"before", good(t, "before", 2)}, source{e.Name(), data}, source{"after", good(t, "after", 2)})
			path, outline := build(t, b, p, d)
			if first, last := outline.Documents[0], outline.Documents[2]; first.Pages != 2 || last.Pages != 2 {
				t.Errorf("its neighbours suffer: %+v", outline.Documents)
			}
			if !strings.Contains(e.Name(), "content") && !strings.Contains(e.Name(), "nested") { // qpdf would unpack those bombs
				check(t, path)
				noActs(t, path)
			}
		})
	}
}

func TestEqualStreamsAreWrittenOnce(t *testing.T) {
	b := newBuilder(t, nil)
	m := quarters(700, 900)
	for i := range m.Pix { // noise does not compress
		m.Pix[i] ^= byte(i * i >> 7 * 31)
	}
	photo := encoded(t, encodeJPEG, m)
	sizes := make([]int64, 2)
	for i := range sizes {
		p, d := dossierOf("", slices.Repeat([]source{{"photo", photo}}, 1+3*i)...)
		path, _ := build(t, b, p, d)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes[i] = info.Size()
	}
	if more := sizes[1] - sizes[0]; more > int64(len(photo))/4 {
		t.Errorf("three copies of %d bytes take %d more", len(photo), more)
	}
}

func TestFieldsWithoutALookAreDrawn(t *testing.T) {
	var file bytes.Buffer
	w := pdf.NewWriter(&file)
	tree := w.Alloc()
	font := w.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica")})
	field := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Tx"), "T": pdf.Text("status"),
		"V": pdf.Text("on the market"), "Rect": pdf.Rect{72, 480, 272, 500}, "F": pdf.Int(4), "DA": pdf.String("/F1 12 Tf 0 g"),
	})
	page := w.Add(pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": tree, "MediaBox": pdf.Rect{0, 0, 595, 842}, "Annots": pdf.Array{field},
	})
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
	catalog := w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree, "AcroForm": pdf.Dict{
		"Fields": pdf.Array{field}, "DR": pdf.Dict{"Font": pdf.Dict{"F1": font}}, "DA": pdf.String("/F1 12 Tf 0 g"),
	}})
	if err := w.Close(catalog, 0); err != nil {
		t.Fatal(err)
	}
	p, d := dossierOf("", source{"form", file.Bytes()})
	path, outline := build(t, newBuilder(t, nil), p, d)
	check(t, path)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPages || at.Pages != 1 {
		t.Fatalf("got %+v", at)
	}
	text, err := exec.Command(outside.Tool(t, "pdftotext"), "-f", "3", path, "-").Output()
	if err != nil || !strings.Contains(string(text), "on the market") {
		t.Errorf("the field is not seen: %q, %v", text, err)
	}
}

// Two pages may share an annotation, which no standard has but files do.
func TestSharedAnnotationsAreOnEachPage(t *testing.T) {
	var file bytes.Buffer
	w := pdf.NewWriter(&file)
	tree, first, second := w.Alloc(), w.Alloc(), w.Alloc()
	font := w.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica")})
	look := w.AddStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"), "BBox": pdf.Rect{0, 0, 200, 20},
		"Resources": pdf.Dict{"Font": pdf.Dict{"F1": font}},
	}, []byte("BT /F1 12 Tf 2 5 Td (accepted) Tj ET"))
	stamp := w.Add(pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Stamp"), "Rect": pdf.Rect{72, 480, 272, 500}, "F": pdf.Int(4),
		"AP": pdf.Dict{"N": look}, "P": first,
	})
	shared := w.Add(pdf.Array{stamp})
	w.Put(first, pdf.Dict{"Type": pdf.Name("Page"), "Parent": tree, "Annots": shared})
	w.Put(second, pdf.Dict{"Type": pdf.Name("Page"), "Parent": tree, "Annots": shared})
	w.Put(tree, pdf.Dict{
		"Type": pdf.Name("Pages"), "Kids": pdf.Array{first, second}, "Count": pdf.Int(2), "MediaBox": pdf.Rect{0, 0, 595, 842},
	})
	if err := w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0); err != nil {
		t.Fatal(err)
	}
	p, d := dossierOf("", source{"stamped", file.Bytes()})
	path, outline := build(t, newBuilder(t, nil), p, d)
	check(t, path)
	at := outline.Documents[0]
	r := read(t, path)
	for page := at.FirstPage; page < at.FirstPage+at.Pages; page++ {
		annots, _ := r.resolve(r.page(page)["Annots"]).(types.Array)
		if len(annots) != 1 {
			t.Errorf("page %d has %d annotations", page, len(annots))
			continue
		}
		if of := r.leads(types.Array{r.dict(annots[0])["P"]}); of != page {
			t.Errorf("the annotation of page %d says that it is on page %d", page, of)
		}
	}
}
