package packet

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

func TestGeometryPutsRightWhatPagesGetWrong(t *testing.T) {
	tests := []struct {
		name        string
		media, crop pdf.Rect
		rotate      int
		want        pdf.Rect
		turned      int
	}{
		{"plain", pdf.Rect{0, 0, 612, 792}, pdf.Rect{0, 0, 612, 792}, 0, pdf.Rect{0, 0, 612, 792}, 0},
		{"corners swapped", pdf.Rect{612, 792, 0, 0}, pdf.Rect{612, 792, 0, 0}, 90, pdf.Rect{0, 0, 612, 792}, 90},
		{"crop sticks out", pdf.Rect{0, 0, 612, 792}, pdf.Rect{-10, 100, 700, 900}, -90, pdf.Rect{0, 100, 612, 792}, 270},
		{"crop elsewhere", pdf.Rect{0, 0, 612, 792}, pdf.Rect{1000, 1000, 1100, 1100}, 450, pdf.Rect{0, 0, 612, 792}, 90},
		{"nothing", pdf.Rect{}, pdf.Rect{}, 0, pdf.Rect{0, 0, 612, 792}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGeometry(test.media, test.crop, test.rotate, 1)
			if g.box != test.want || g.rotate != test.turned {
				t.Errorf("got %v turned %d, want %v turned %d", g.box, g.rotate, test.want, test.turned)
			}
		})
	}
}

// TestFit checks that whatever a page drew within its box stays above the strip, and inside the page, as it is shown.
func TestFit(t *testing.T) {
	for _, shape := range oddShapes {
		for _, full := range []bool{false, true} {
			g := shape
			g.full = full
			toShown := g.upright().inverse()
			width, height := g.shown()
			for _, corner := range [][2]float64{{g.box[0], g.box[1]}, {g.box[2], g.box[3]}, {g.box[0], g.box[3]}, {g.box[2], g.box[1]}} {
				x, y := toShown.apply(g.fit().apply(corner[0], corner[1]))
				lowest := 0.0
				if !g.hasMargin() {
					lowest = runningStrip
				}
				const slack = 1e-6
				if x < -slack || x > width+slack || y < lowest-slack || y > height+slack {
					t.Errorf("%+v: a corner is shown at %v, %v of %v × %v", g, x, y, width, height)
				}
			}
		}
	}
}

func TestMatrixInverse(t *testing.T) {
	m := matrix{2, 1, -1, 3, 5, 7}
	for i, v := range m.then(m.inverse()) {
		if math.Abs(v-identity[i]) > 1e-12 {
			t.Errorf("element %d is %v", i, v)
		}
	}
}

var wordBox = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)</word>`)

// TestRunningLineStandsAtTheFoot finds every page's line where people see it, whatever the page's shape and state.
func TestRunningLineStandsAtTheFoot(t *testing.T) {
	shapes := oddShapes[:7] // poppler knows no UserUnit
	path := writePacket(t, aPosting(), aDossier(), shapes)
	for i, shape := range shapes {
		page := strconv.Itoa(i + 3)
		width, height := shape.shown()
		var words []string
		for _, word := range wordBox.FindAllStringSubmatch(command(t, "pdftotext", "-bbox", "-f", page, "-l", page, path, "-"), -1) {
			var box [4]float64
			for k := range box {
				box[k], _ = strconv.ParseFloat(word[k+1], 64)
			}
			if box[0] < 0 || box[2] > width-runningInset+1 || box[1] < height-runningStrip || box[3] > height {
				t.Errorf("page %s of %v × %v: %s is at %v", page, width, height, word[5], box)
			}
			words = append(words, word[5])
		}
		want := fmt.Sprintf("Min-Jung Lee · Curriculum vitae · %s / 24", page)
		if got := strings.Join(words, " "); got != want {
			t.Errorf("page %s says %q, want %q", page, got, want)
		}
	}
}

// TestWhatLiesOutsideAPageStaysHidden makes a slide smaller that draws far beyond its edge, as print shops' marks do: none
// of it may come into view around the slide.
func TestWhatLiesOutsideAPageStaysHidden(t *testing.T) {
	var b bytes.Buffer
	w := pdf.NewWriter(&b)
	p, d := aPosting(), aDossier()
	p.Edition.RunningLine = " " // a strip with nothing in it
	setter := typeset.NewSetter(w)
	r := newRunningLine(w, setter, p, d)
	g := newGeometry(pdf.Rect{-100, -100, 500, 400}, pdf.Rect{0, 0, 400, 300}, 0, 1)
	over := r.onPage(g, "Slides", 1)
	black := w.AddStream(pdf.Dict{}, []byte("-100 -100 600 500 re f"))
	r.write(1)
	tree := w.Alloc()
	page := w.Add(pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": tree, "MediaBox": pdf.Rect{-100, -100, 500, 400}, "CropBox": g.box,
		"Contents": pdf.Array{over.before, black, over.after}, "Resources": pdf.Dict{"Font": r.fonts("Slides")},
	})
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
	if err := setter.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "slide.pdf")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(strings.NewReader(command(t, "pdftoppm", "-png", "-gray", "-cropbox", "-r", "72", path)))
	if err != nil {
		t.Fatal(err)
	}
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	for _, at := range [][2]int{{2, height / 2}, {width - 3, height / 2}, {width / 2, height - 3}} {
		if level(img.At(at[0], at[1])) < 250 {
			t.Errorf("something is drawn at %v of %d × %d", at, width, height)
		}
	}
	if level(img.At(width/2, height/2)) > 5 {
		t.Error("the slide itself is gone")
	}
}

func TestRunningLinePatterns(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"{name} · {document} · {page} / {pages}", "Min-Jung Lee · Curriculum vitae · 3 / 97"},
		{"{page}", "3"},
		{"{pages}{page}", "973"},
		{"page {page} of {pages}, {appid}, {posting}", "page 3 of 97, 620310, Assistant Professor"},
		{"always the same", "always the same"},
	}
	for _, test := range tests {
		p := aPosting()
		p.Edition.RunningLine = test.pattern
		w := pdf.NewWriter(io.Discard)
		r := newRunningLine(w, typeset.NewSetter(w), p, aDossier())
		if got := r.whole("Curriculum vitae", 500, 3, 97).Text(); got != test.want {
			t.Errorf("%q gives %q, want %q", test.pattern, got, test.want)
		}
	}
}

func TestNoRunningLine(t *testing.T) {
	p := aPosting()
	p.Edition.RunningLine = ""
	w := pdf.NewWriter(io.Discard)
	if newRunningLine(w, typeset.NewSetter(w), p, aDossier()).wanted() {
		t.Error("an edition without running line wants one")
	}
}
