package packet_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/packet"
)

// rawPDF writes a PDF of objects, the first of which is its catalog, without a look at what they are.
func rawPDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var places []int
	for i, object := range objects {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, place := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", place)
	}
	fmt.Fprintf(&b, "trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
	return b.Bytes()
}

// deflatedZeros is so many bytes of zeros, deflated so many times.
func deflatedZeros(t *testing.T, size, times int) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	piece := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := z.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	for range times - 1 {
		var again bytes.Buffer
		z := zlib.NewWriter(&again)
		if _, err := z.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		z.Close()
		b = again
	}
	return b.String()
}

// TestBombs merges documents that are small and want to be large. Each must stand in the packet as its pages, pictures of
// them, or a page that says why not, next to the good document beside it.
func TestBombs(t *testing.T) {
	qpdf := outside.Tool(t, "qpdf")
	catalog, pages, page := "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>"
	stream := func(dictionary, data string) string {
		return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dictionary, len(data), data)
	}
	sharing := []string{catalog, "", "[", strings.Replace(fmt.Sprintf(page, "/Annots 3 0 R"), "/Contents 4 0 R", "", 1)}
	for range 5000 {
		sharing = append(sharing, "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>")
		sharing[2] += fmt.Sprintf("%d 0 R ", len(sharing))
	}
	sharing[2] += "]"
	sharing[1] = "<< /Type /Pages /Kids ["
	for range 400 {
		sharing = append(sharing, sharing[3])
		sharing[1] += fmt.Sprintf("%d 0 R ", len(sharing))
	}
	sharing[1] += "] /Count 400 >>"
	twice := deflatedZeros(t, tried.Often(128, 4<<10)<<20, 2)
	bombs := map[string][]byte{
		"a stream deflated twice": rawPDF(catalog, pages, fmt.Sprintf(page, ""), stream("/Filter [/FlateDecode /FlateDecode]", twice)),
		"a picture of a million by a million": rawPDF(catalog, pages, fmt.Sprintf(page, "/Resources << /XObject << /I 5 0 R >> >>"), stream("", "612 0 0 792 0 0 cm /I Do"),
			stream("/Type /XObject /Subtype /Image /Width 1000000 /Height 1000000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter [/FlateDecode /FlateDecode]", twice)),
		"a million pages that are one":        rawPDF(catalog, "<< /Type /Pages /Kids ["+strings.Repeat("3 0 R ", 1_000_000)+"] /Count 1000000 >>", fmt.Sprintf(page, ""), stream("", "")),
		"a page of a hundred kilometres":      rawPDF(catalog, pages, strings.Replace(fmt.Sprintf(page, ""), "612 792", "1e9 1e9", 1), stream("", "0 0 1e9 1e9 re f")),
		"arrays in arrays":                    rawPDF(catalog, pages, fmt.Sprintf(page, "/X "+strings.Repeat("[", 500_000)+strings.Repeat("]", 500_000)), stream("", "")),
		"pages within themselves":             rawPDF(catalog, "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>", fmt.Sprintf(page, ""), stream("", "")),
		"pages that share thousands of links": rawPDF(sharing...),
		"a form that draws itself": rawPDF(catalog, pages, fmt.Sprintf(page, "/Resources << /XObject << /F 5 0 R >> >>"), stream("", "/F Do"),
			stream("/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /F 5 0 R >> >>", strings.Repeat("/F Do ", 50))),
	}
	good := rawPDF(catalog, pages, fmt.Sprintf(page, ""), stream("", "0 0 100 100 re f"))
	if !tried.Fully() { // these use up their time in every way in which a document can be read
		for _, slow := range []string{"a page of a hundred kilometres", "arrays in arrays", "pages within themselves"} {
			delete(bombs, slow)
		}
	}
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(t, func(o *packet.Options) {
				o.Limits = packet.Limits{Time: time.Duration(tried.Often(3, 10)) * time.Second, Memory: 256 << 20, Pages: 500, Bytes: 64 << 20}
			})
			p, d := dossierOf("", source{"bomb.pdf", bomb}, source{"good.pdf", good})
			path, outline := build(t, b, p, d)
			if placed := outline.Documents[1]; placed.Merged != dossier.MergedPages || placed.Pages != 1 {
				t.Errorf("the good document beside it became %+v", placed)
			}
			if placed := outline.Documents[0]; placed.Pages < 1 || placed.Pages > 500 {
				t.Errorf("it became %+v", placed)
			}
			if out, err := exec.Command(qpdf, "--check", path).CombinedOutput(); err != nil {
				t.Errorf("qpdf: %v: %.300s", err, out)
			}
		})
	}
	tried.Row(t, "Attacks: documents", "PDFs that are small and want to be large", "streams deflated twice, pictures and pages without measure, a million pages, deep nesting, what contains itself, what pages share", len(bombs),
		"pages, or a page that says why not, within the limits of time and memory; the document beside it is merged; qpdf finds the packet sound")
}
