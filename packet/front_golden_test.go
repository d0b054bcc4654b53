package packet

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ejmx/ejmx/dossier"
)

var update = flag.Bool("update", false, "write the golden files anew")

// How far a page may be from its golden image, at 50 dpi in gray: poppler's versions draw edges a little differently. A
// line of text that moves, or goes, is far beyond it.
const (
	meanTolerance = 0.6   // levels of 255, over the page
	farTolerance  = 0.002 // of the pixels may be off by more than a quarter of the range
)

// TestFrontLooksAsItShould compares pages with images that were looked at.
func TestFrontLooksAsItShould(t *testing.T) {
	arabic, korean := aDossier(), aDossier()
	arabic.Name = dossier.Name{First: "محمد عبد الله", Last: "الشمري"}
	korean.Name = dossier.Name{Last: "이민정"}
	tests := []struct {
		name    string
		dossier *dossier.Dossier
		page    int
	}{
		{"cover", aDossier(), 1},
		{"contents", aDossier(), 2},
		{"running-line", aDossier(), 3},
		{"running-line-slide", aDossier(), 8},
		{"placeholder", aDossier(), 11},
		{"cover-arabic", arabic, 1},
		{"cover-korean", korean, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := writePacket(t, aPosting(), test.dossier, oddShapes)
			got := drawn(t, path, test.page)
			golden := filepath.Join("testdata", "front", test.name+".png")
			if *update {
				writePNG(t, golden, got)
			}
			compare(t, got, readPNG(t, golden))
		})
	}
}

// drawn is a page as poppler draws it.
func drawn(t *testing.T, path string, page int) image.Image {
	t.Helper()
	number := strconv.Itoa(page)
	picture := command(t, "pdftoppm", "-png", "-gray", "-r", "50", "-f", number, "-l", number, path)
	img, err := png.Decode(bytes.NewReader([]byte(picture)))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("the page is %v, want %v", got.Bounds(), want.Bounds())
	}
	sum, far := 0, 0
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			off := level(got.At(x, y)) - level(want.At(x, y))
			off = max(off, -off)
			sum += off
			if off > 64 {
				far++
			}
		}
	}
	pixels := float64(got.Bounds().Dx() * got.Bounds().Dy())
	if mean, share := float64(sum)/pixels, float64(far)/pixels; mean > meanTolerance || share > farTolerance {
		t.Errorf("the page is off by %.2f levels, %.2f %% of it far; look at both, then run with -update", mean, 100*share)
	}
}

func level(c color.Color) int { return int(color.GrayModel.Convert(c).(color.Gray).Y) }
