package piece_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// aPiece is a page with a content stream that refers to itself in a roundabout way.
func aPiece() *piece.Piece {
	p := &piece.Piece{Resources: []piece.Resources{{}}, Outline: []piece.Bookmark{{Title: "One", Page: 0, Top: 700}}}
	content := p.Add(piece.Object{Shared: true, Stream: true, Body: piece.Value(pdf.Dict{}), Data: []byte("0 0 9 9 re f")})
	var body piece.Body
	body.String("[")
	body.Ref(content)
	body.String(" ")
	body.Ref(piece.ToPage(0))
	body.String("]")
	p.Add(piece.Object{Body: body})
	p.Pages = append(p.Pages, piece.Page{MediaBox: pdf.Rect{0, 0, 100, 100}, CropBox: pdf.Rect{0, 0, 100, 100}, Contents: []int{content}})
	return p
}

func wire(t testing.TB, p *piece.Piece) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := piece.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// receive reads a piece to its end.
func receive(b []byte) (objects []piece.Object, err error) {
	r, err := piece.Read(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		return nil, err
	}
	for {
		o, err := r.Next()
		if err == io.EOF {
			return objects, nil
		}
		if err != nil {
			return objects, err
		}
		objects = append(objects, o)
	}
}

func TestPieceSurvivesThePipe(t *testing.T) {
	objects, err := receive(wire(t, aPiece()))
	if err != nil || len(objects) != 2 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	if string(objects[0].Data) != "0 0 9 9 re f" || !objects[0].Shared || !objects[0].Stream {
		t.Errorf("got %+v", objects[0])
	}
	bound := piece.Bound{Body: objects[1].Body, Find: func(to int) pdf.Ref {
		if to == piece.ToPage(0) {
			return 7
		}
		return pdf.Ref(to + 40)
	}}
	if got := string(bound.Append(nil)); got != "[41 0 R 7 0 R]" {
		t.Errorf("got %s", got)
	}
}

func TestHeaderSurvivesThePipe(t *testing.T) {
	p := aPiece()
	body := piece.Body{Text: []byte("/A "), Holes: []piece.Hole{{At: 3, To: piece.ToPage(0)}, {At: 3, To: 1}}}
	p.Image = true
	p.Pages[0] = piece.Page{
		MediaBox: pdf.Rect{-1, 0.5, 100, 200}, CropBox: pdf.Rect{1, 2, 3, 4}, Rotate: 270, UserUnit: 1.25, Entries: body, Contents: []int{1, 2},
		Annots: []piece.Annot{{Number: 2, Body: body, Look: true, Points: []piece.Points{
			{Key: "InkList", Nested: true, Lists: [][]float64{{1, 2.5}, {-3, 4}}}, {Key: "Rect", Lists: [][]float64{{1, 2, 3, 4}}},
		}}}, Full: true,
	}
	p.Resources = []piece.Resources{{Fonts: body, FontNames: []string{"F1", "F2"}, Others: body}}
	p.Outline = []piece.Bookmark{{Title: "Ünï", Top: 1.5, Kids: []piece.Bookmark{{Title: "b"}}}, {Title: "c"}}
	p.Layers = piece.Layers{Groups: []int{1}, Off: []int{1}, Locked: []int{2}, Order: body, Radio: []piece.Body{body}, Apply: []piece.Body{body}}
	r, err := piece.Read(bufio.NewReader(bytes.NewReader(wire(t, p))))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"pages": {r.Piece.Pages, p.Pages}, "resources": {r.Piece.Resources, p.Resources}, "outline": {r.Piece.Outline, p.Outline},
		"layers": {r.Piece.Layers, p.Layers}, "image": {r.Piece.Image, p.Image}, "numbers": {r.Piece.Numbers(), p.Numbers()},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: got %+v, want %+v", name, pair[0], pair[1])
		}
	}
}

func TestCutPiecesAreErrors(t *testing.T) {
	whole := wire(t, aPiece())
	for n := range len(whole) {
		if _, err := receive(whole[:n]); err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestPiecesThatLeadNowhere(t *testing.T) {
	for name, spoil := range map[string]func(p *piece.Piece){
		"contents":  func(p *piece.Piece) { p.Pages[0].Contents = []int{9} },
		"resources": func(p *piece.Piece) { p.Pages[0].Resources = 1 },
		"bookmark":  func(p *piece.Piece) { p.Outline[0].Page = 1 },
		"layer":     func(p *piece.Piece) { p.Layers.Groups = []int{0} },
		"annot":     func(p *piece.Piece) { p.Pages[0].Annots = []piece.Annot{{Number: -1}} },
		"reference": func(p *piece.Piece) { p.Pages[0].Entries.Ref(12) },
		"page":      func(p *piece.Piece) { p.Resources[0].Others.Ref(piece.ToPage(3)) },
		"object":    func(p *piece.Piece) { p.Put(piece.Object{Number: 30}) },
	} {
		p := aPiece()
		spoil(p)
		if _, err := receive(wire(t, p)); !errors.Is(err, piece.ErrWire) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPointsMove(t *testing.T) {
	half := func(x, y float64) (float64, float64) { return x / 2, y / 2 }
	p := piece.Points{Key: "Rect", Lists: [][]float64{{10, 20, 30, 40}}}
	if got := string(p.Append(nil, half)); got != "/Rect[5 10 15 20]" {
		t.Errorf("got %s", got)
	}
	p = piece.Points{Key: "InkList", Lists: [][]float64{{1, 2}, {3, 4}}, Nested: true}
	if got := string(p.Append(nil, nil)); got != "/InkList[[1 2] [3 4]]" {
		t.Errorf("got %s", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(wire(f, aPiece()))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = receive(b) // anything but a panic
	})
}
