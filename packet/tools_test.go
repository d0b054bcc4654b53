package packet_test

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
)

// check has qpdf judge a file. What it says of the data of streams is not ours: they are the senders', as they sent them.
func check(t testing.TB, path string) {
	t.Helper()
	out, err := exec.Command(outside.Tool(t, "qpdf"), "--check", path).CombinedOutput()
	if err == nil {
		return
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "WARNING") && !theirs.MatchString(line) || strings.Contains(line, "ERROR") {
			t.Errorf("qpdf: %s", line)
		}
	}
}

var theirs = regexp.MustCompile(`error decoding stream data|will be re-processed without filtering|\(content, offset`)

// How pages are compared by outside programs: some of each document, drawn small. A page drawn with another page's
// dictionary, without its fonts or its pictures differs by far more than the bounds, which leave room for a program's own
// idea of where a pixel ends.
const (
	mostDrawn  = 4  // pages of a document
	resolution = 20 // pixels an inch
)

// bound is how far two drawings of a page of a file may be apart, in the mean over all pixels, of 255. A picture of a page is
// one program's drawing of it and never quite another's; a page that was carried over is the same pixel for pixel.
func bound(m dossier.Merged, name string) float64 {
	switch {
	case m == dossier.MergedImage:
		return 8
	case drawnByViewers[name]:
		return 1
	}
	return 0.005
}

// drawnByViewers are the files of which viewers draw something that is not on their pages. In a packet it is as PDFium draws
// it, or not there.
var drawnByViewers = map[string]bool{
	// form fields without a look of their own
	"qpdf__field-types.pdf": true, "qpdf__form.pdf": true, "qpdf__need-appearances.pdf": true, "qpdf__need-appearances2.pdf": true,
	"qpdf__need-appearances-more.pdf": true, "qpdf__need-appearances-more-out.pdf": true,
	// MuPDF's mark at a field to be signed
	"pdfbox__acroform.pdf": true, "pdfbox__AcroFormsBasicFields.pdf": true,
	// colours changed by the file's output intent, of which a packet of many files can have none
	"veraPDF-corpus__veraPDF_test_suite_6-2-4-2-t03-fail-b.pdf": true,
}

// picture is a page drawn in colour.
type picture struct {
	width, height int
	pixels        []byte
}

// difference is the mean difference of two pictures, of 255.
func (p picture) difference(q picture) float64 {
	if p.width != q.width || p.height != q.height {
		return 255
	}
	sum := 0
	for i := range p.pixels {
		sum += max(int(p.pixels[i])-int(q.pixels[i]), int(q.pixels[i])-int(p.pixels[i]))
	}
	return float64(sum) / float64(max(len(p.pixels), 1))
}

// poppler draws pages, counted from 1. Of a file that it cannot read it gives none.
func poppler(t testing.TB, path string, first, last int) []picture {
	t.Helper()
	out, _ := exec.Command(outside.Tool(t, "pdftoppm"), "-q", "-cropbox", "-r", fmt.Sprint(resolution),
		"-f", fmt.Sprint(first), "-l", fmt.Sprint(last), path).Output()
	return pictures(out)
}

// mupdf draws pages, counted from 1. Of a file that it cannot read it gives none.
func mupdf(t testing.TB, path string, first, last int) []picture {
	t.Helper()
	out, _ := exec.Command(outside.Tool(t, "mutool"), "draw", "-q", "-r", fmt.Sprint(resolution), "-c", "rgb", "-F", "ppm",
		"-o", "-", path, fmt.Sprintf("%d-%d", first, last)).Output()
	return pictures(out)
}

// pictures reads PPM files, one after the other.
func pictures(ppm []byte) (all []picture) {
	in := bytes.NewBuffer(ppm)
	for {
		var p picture
		var depth int
		if n, _ := fmt.Fscanf(in, "P6\n%d %d\n%d\n", &p.width, &p.height, &depth); n != 3 {
			return all
		}
		p.pixels = make([]byte, p.width*p.height*3)
		if _, err := io.ReadFull(in, p.pixels); err != nil {
			return all
		}
		all = append(all, p)
	}
}
