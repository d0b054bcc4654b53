package foreign

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
	"github.com/ejmx/ejmx/packet/typeset"
)

// sound gives a PDF without a fault.
func sound(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	blocks := []typeset.Block{{Kind: typeset.Heading, Text: "One"}, {Kind: typeset.PageBreak}, {Text: "Two"}}
	if err := typeset.WriteDocument(&b, pdf.Metadata{Title: "Sound"}, slices.Values(blocks)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plainPDF is a file without object streams, for a fuzzer to change.
const plainPDF = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R/Names<</Dests<</Names[(a)[3 0 R/Fit]]>>>>>>\nendobj\n" +
	"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 100 100]>>\nendobj\n" +
	"3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[<</Subtype/Link/Rect[0 0 9 9]/Dest(a)>>]>>\nendobj\n" +
	"4 0 obj\n<</Length 8>>\nstream\n0 0 9 9 re f\nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 5>>\n"

// FuzzImport cuts pages out of anything. What comes out must be whole: it survives the pipe, and can be written as a file.
func FuzzImport(f *testing.F) {
	f.Add(sound(f))
	f.Add([]byte(plainPDF))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<20 {
			return
		}
		s, err := readLenient(context.Background(), file)
		if err != nil {
			return
		}
		p, err := importPages(s, 50)
		if err != nil {
			return
		}
		if _, err := standalone(p, true); err != nil {
			t.Fatal(err)
		}
		var pipe bytes.Buffer
		if err := piece.Write(&pipe, p); err != nil {
			t.Fatal(err)
		}
		r, err := piece.Read(bufio.NewReader(&pipe))
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzRebuild makes tables of objects of anything. A file without a fault must come out with its pages.
func FuzzRebuild(f *testing.F) {
	f.Add([]byte(plainPDF))
	f.Add(sound(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<20 {
			return
		}
		again, err := rebuild(file)
		if err == nil && !bytes.HasPrefix(again, file) {
			t.Fatal("what was there is changed")
		}
	})
}

func TestRebuild(t *testing.T) {
	for name, file := range map[string][]byte{
		"with object streams": sound(t), "without a table": []byte(plainPDF),
		"without a catalog": bytes.ReplaceAll([]byte(plainPDF), []byte("/Catalog"), []byte("/Nothing")),
	} {
		if name == "without a catalog" {
			file = bytes.ReplaceAll(file, []byte("/Root 1 0 R"), nil)
		}
		again, err := rebuild(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, err := readLenient(t.Context(), again)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p, err := importPages(s, 10); err != nil || len(p.Pages) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSyntax scans anything. An object of ours is always sound.
func FuzzSyntax(f *testing.F) {
	f.Add([]byte("<</A[1 2 0 R(a\\)b)<00>]/B#20 true>>"))
	f.Add([]byte("[[[[[[[["))
	f.Fuzz(func(t *testing.T, b []byte) {
		soundValue(b)
		soundObject(b, 1)
		if text := (pdf.Array{pdf.String(b), pdf.Name(b), pdf.Hex(b)}).Append(nil); !soundValue(text) {
			t.Errorf("%q is not sound", text)
		}
	})
}

func TestSoundValue(t *testing.T) {
	for text, want := range map[string]bool{
		"<</A 1/B[2 0 R]>>": true, "(a(b)c)": true, "/Name": true, "-.5": true, "null": true, "<</A<</B/C>>>> endobj": true,
		"<</A 1": false, "<<1 2>>": false, "/Im#1": false, "[1 2": false, "(open": false, "word": false, "<0G>": false,
		"% comment\n[true false]": true, "": false,
	} {
		if got := soundValue([]byte(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

// FuzzPictures makes pages of anything that might be a picture.
func FuzzPictures(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) < 2 || len(file) > 1<<20 {
			return
		}
		p, err := pictured(file, 10)
		if err != nil {
			return
		}
		if _, err := standalone(p, true); err != nil {
			t.Fatal(err)
		}
	})
}
