package packet_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
)

// realPDF is one of the PDFs of the wild, and what other programs say of it.
type realPDF struct {
	name, path, class string
	pages             int
}

// realPDFs gives the real-world PDFs to try, as their index describes them.
func realPDFs(t testing.TB) (all []realPDF) {
	t.Helper()
	dir := outside.PDFs(t)
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		pages, err := strconv.Atoi(row[5])
		if err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		all = append(all, realPDF{row[0], filepath.Join(dir, row[0]), row[4], pages})
	}
	return all
}

// batch is how many real-world PDFs go into one packet, so that the programs that judge it start less often.
const batch = 12

func TestRealPDFs(t *testing.T) {
	b := newBuilder(t, nil)
	before, after := good(t, "before", 2), good(t, "after", 2)
	var shown, readable int
	for group := range slices.Chunk(realPDFs(t), batch) {
		sources := []source{{"before", before}}
		for _, r := range group {
			data, err := os.ReadFile(r.path)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, source{r.name, data}, source{"after", after})
		}
		p, d := dossierOf("", sources...)
		path, outline := build(t, b, p, d)
		check(t, path)
		same(t, b, p, d, path)
		for i, r := range group {
			at := outline.Documents[2*i+1]
			if next := outline.Documents[2*i+2]; next.Pages != 2 || next.FirstPage != at.FirstPage+at.Pages {
				t.Errorf("%s: pages after it are %+v", r.name, next)
			}
			if r.class != "password" && r.class != "unreadable" {
				readable++
				if at.Merged != dossier.MergedPlaceholder {
					shown++
				}
			}
			judge(t, r, at, path)
		}
	}
	t.Logf("%d of %d readable files are shown", shown, readable)
	if float64(shown) < 0.995*float64(readable) {
		t.Errorf("only %d of %d readable files are shown", shown, readable)
	}
}

// same makes a packet again and compares the bytes.
func same(t *testing.T, b *packet.Builder, p *dossier.Posting, d *dossier.Dossier, path string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := b.Build(t.Context(), &got, p, d); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("two makings of %s differ", path)
	}
}

// judge checks what became of one PDF.
func judge(t *testing.T, r realPDF, at dossier.Placed, merged string) {
	t.Helper()
	if at.Merged == dossier.MergedPlaceholder {
		t.Logf("%s (%s): %s", r.name, r.class, at.Reason)
		if r.class == "password" && at.Reason != "the PDF needs a password" {
			t.Errorf("%s: the reason is %q", r.name, at.Reason)
		}
		return
	}
	if r.pages != 0 && at.Pages != r.pages {
		t.Errorf("%s: %d pages, want %d", r.name, at.Pages, r.pages)
	}
	for _, draw := range []func(testing.TB, string, int, int) []picture{poppler, mupdf} {
		last := min(at.Pages, mostDrawn)
		want := draw(t, r.path, 1, last)
		got := draw(t, merged, at.FirstPage, at.FirstPage+last-1)
		if len(want) == 0 { // this program cannot read the original
			continue
		}
		if len(got) != last {
			t.Errorf("%s: %d of %d pages are drawn", r.name, len(got), last)
		}
		for i := range min(len(want), len(got)) {
			if d := want[i].difference(got[i]); d > bound(at.Merged, r.name) {
				t.Errorf("%s (%s): page %d differs by %.2f", r.name, at.Merged, i+1, d)
			}
		}
	}
}
