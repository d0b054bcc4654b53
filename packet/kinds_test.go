package packet_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/tiff"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
)

// quarters is a picture whose upper left quarter is red, upper right green, lower left blue, and lower right black.
func quarters(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(x, y int, c color.RGBA) {
		draw.Draw(m, image.Rect(x*width/2, y*height/2, (x+1)*width/2, (y+1)*height/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, color.RGBA{255, 0, 0, 255})
	fill(1, 0, color.RGBA{0, 255, 0, 255})
	fill(0, 1, color.RGBA{0, 0, 255, 255})
	fill(1, 1, color.RGBA{0, 0, 0, 255})
	return m
}

func encoded(t *testing.T, encode func(w io.Writer, m image.Image) error, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
func encodeGIF(w io.Writer, m image.Image) error  { return gif.Encode(w, m, nil) }
func encodeTIFF(w io.Writer, m image.Image) error {
	return tiff.Encode(w, m, &tiff.Options{Compression: tiff.Deflate})
}

// turned gives a JPEG that says it is to be turned.
func turned(file []byte, orientation uint16) []byte {
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	exif = append(binary.BigEndian.AppendUint16(exif, orientation), 0, 0, 0, 0, 0, 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte{}, file[:2]...), append(segment, exif...)...), file[2:]...)
}

func TestPictures(t *testing.T) {
	m := quarters(400, 560)
	paletted := image.NewPaletted(m.Rect, palette.WebSafe)
	draw.Draw(paletted, m.Rect, m, image.Point{}, draw.Src)
	transparent := image.NewNRGBA(image.Rect(0, 0, 400, 560))
	draw.Draw(transparent, m.Rect, m, image.Point{}, draw.Src)
	transparent.SetNRGBA(0, 0, color.NRGBA{})
	photo := encoded(t, encodeJPEG, m)
	const red, green, blue, black = "red", "green", "blue", "black"
	tests := []struct {
		name string
		data []byte
		want [4]string // upper left, upper right, lower left, lower right
	}{
		{"JPEG", photo, [4]string{red, green, blue, black}},
		{"JPEG mirrored", turned(photo, 2), [4]string{green, red, black, blue}},
		{"JPEG upside down", turned(photo, 3), [4]string{black, blue, green, red}},
		{"JPEG mirrored upside down", turned(photo, 4), [4]string{blue, black, red, green}},
		{"JPEG transposed", turned(photo, 5), [4]string{red, blue, green, black}},
		{"JPEG turned right", turned(photo, 6), [4]string{blue, red, black, green}},
		{"JPEG transversed", turned(photo, 7), [4]string{black, green, blue, red}},
		{"JPEG turned left", turned(photo, 8), [4]string{green, black, red, blue}},
		{"PNG", encoded(t, png.Encode, m), [4]string{red, green, blue, black}},
		{"PNG with palette", encoded(t, png.Encode, paletted), [4]string{red, green, blue, black}},
		{"PNG with transparency", encoded(t, png.Encode, transparent), [4]string{red, green, blue, black}},
		{"GIF", encoded(t, encodeGIF, m), [4]string{red, green, blue, black}},
		{"TIFF", encoded(t, encodeTIFF, m), [4]string{red, green, blue, black}},
	}
	b := newBuilder(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, d := dossierOf("", source{test.name, test.data})
			path, outline := build(t, b, p, d)
			check(t, path)
			if at := outline.Documents[0]; at.Merged != dossier.MergedPages || at.Pages != 1 {
				t.Fatalf("got %+v", at)
			}
			drawn := poppler(t, path, 3, 3)[0]
			got := [4]string{drawn.at(0.3, 0.3), drawn.at(0.7, 0.3), drawn.at(0.3, 0.7), drawn.at(0.7, 0.7)}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if most := int64(len(test.data)) + 40_000; info.Size() > most { // the cover's fonts
				t.Errorf("%d bytes made %d", len(test.data), info.Size())
			}
		})
	}
}

// at names the colour at a place of the picture, given as parts of its width and height.
func (p picture) at(x, y float64) string {
	i := (int(y*float64(p.height))*p.width + int(x*float64(p.width))) * 3
	bright := [3]bool{p.pixels[i] > 128, p.pixels[i+1] > 128, p.pixels[i+2] > 128}
	names := map[[3]bool]string{
		{}: "black", {true, false, false}: "red", {false, true, false}: "green", {false, false, true}: "blue", {true, true, true}: "white",
	}
	return names[bright]
}

func TestScansOfManyPages(t *testing.T) {
	one := encoded(t, encodeTIFF, quarters(100, 140))
	// A second directory that is a copy of the first, to which the first leads.
	order := binary.LittleEndian
	at := int(order.Uint32(one[4:]))
	size := 2 + 12*int(order.Uint16(one[at:]))
	two := append([]byte{}, one...)
	order.PutUint32(two[at+size:], uint32(len(two)))
	two = append(append(two, one[at:at+size]...), 0, 0, 0, 0)
	b := newBuilder(t, nil)
	p, d := dossierOf("", source{"scan", two})
	path, outline := build(t, b, p, d)
	check(t, path)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPages || at.Pages != 2 {
		t.Errorf("got %+v", at)
	}
}

func TestText(t *testing.T) {
	b := newBuilder(t, nil)
	for name, data := range map[string][]byte{
		"UTF-8":        []byte("Dear Søren,\r\n\r\nthe naïve Jiří Dvořák.\fNext page"),
		"UTF-16":       []byte("\xff\xfeD\x00v\x00o\x00\x59\x01\xe1\x00k\x00"),
		"Windows-1252": []byte("na\xefve \x96 caf\xe9, Dvo\xe1k"),
	} {
		t.Run(name, func(t *testing.T) {
			p, d := dossierOf("", source{"letter", data})
			path, outline := build(t, b, p, d)
			check(t, path)
			if at := outline.Documents[0]; at.Merged != dossier.MergedPages {
				t.Fatalf("got %+v", at)
			}
			text, err := exec.Command(outside.Tool(t, "pdftotext"), "-f", "3", "-enc", "UTF-8", path, "-").Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range map[string][]string{
				"UTF-8": {"Søren", "Jiří Dvořák", "Next page"}, "UTF-16": {"Dvořák"}, "Windows-1252": {"naïve – café", "Dvoák"},
			}[name] {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in %q", want, text)
				}
			}
		})
	}
}

func TestReasons(t *testing.T) {
	tests := []struct {
		name, data, want string
	}{
		{"nothing", "", "the file is empty"},
		{"a page", "\xef\xbb\xbf<!DOCTYPE html><title>Not found</title>", "it is a web page, not a PDF"},
		{"an archive", "PK\x03\x04whatever", "it is a ZIP archive, not a PDF"},
		{"a Word file", "PK\x03\x04.....[Content_Types].xml", "it is a Word or similar document, which only LibreOffice could turn into pages"},
		{"an iPhone's picture", "\x00\x00\x00\x18ftypheic", "it is a picture in the format HEIC, which cannot be shown"},
		{"a video", "\x00\x00\x00\x18ftypisom", "it is a video, not a PDF"},
		{"half a picture", "\xff\xd8\xff\xe0", "the picture is damaged"},
		{"noise", "\x00\x01\x02\x03\x04", "it is not a PDF, and of no kind that can be shown"},
		{"a header only", "%PDF-1.7\n", "the PDF is damaged"},
		{"a huge number", "%PDF-1.4\n2147483647 0 obj\n<<>>\nendobj\ntrailer<</Size 2147483647/Root 1 0 R>>\n", "the PDF is damaged"},
	}
	b := newBuilder(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, d := dossierOf("", source{test.name, []byte(test.data)})
			_, outline := build(t, b, p, d)
			if at := outline.Documents[0]; at.Merged != dossier.MergedPlaceholder || at.Reason != test.want {
				t.Errorf("got %+v, want %q", at, test.want)
			}
		})
	}
}

// office gives a program that does as LibreOffice's does, as far as we call it.
func office(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		outside.Absent(t, "there is no shell")
	}
	path := filepath.Join(t.TempDir(), "soffice")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

const wordFile = "PK\x03\x04.....word/document.xml"

func TestOfficeDocuments(t *testing.T) {
	made := filepath.Join(t.TempDir(), "made.pdf")
	if err := os.WriteFile(made, good(t, "converted", 2), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EJMX_TOKEN", "secret")
	soffice := office(t, fmt.Sprintf(`
test -z "$EJMX_TOKEN" || exit 9
test "$HOME" = "$(pwd)" || exit 8
mkdir out && cp %q out/document.pdf
`, made))
	b := newBuilder(t, func(o *packet.Options) { o.SOffice = soffice })
	p, d := dossierOf("", source{"statement", []byte(wordFile)})
	path, outline := build(t, b, p, d)
	check(t, path)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPages || at.Pages != 2 {
		t.Errorf("got %+v", at)
	}
}

func TestOfficeThatHangs(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "survived")
	soffice := office(t, fmt.Sprintf("(sleep 2; touch %q) & sleep 60", mark))
	b := newBuilder(t, func(o *packet.Options) { o.SOffice, o.Limits.Time = soffice, 200*time.Millisecond })
	p, d := dossierOf("", source{"statement", []byte(wordFile)})
	start := time.Now()
	_, outline := build(t, b, p, d)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPlaceholder || at.Reason != "it took too long to read" {
		t.Errorf("got %+v", at)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	time.Sleep(2500*time.Millisecond - min(time.Since(start), 2*time.Second))
	if _, err := os.Stat(mark); err == nil {
		t.Error("what LibreOffice started outlived it")
	}
}
