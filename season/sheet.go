package season

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// printer makes a document's bytes. It may draw on the season's plates, and on chance that is the same each time.
type printer interface {
	print(out io.Writer, w *world, rng *rand.Rand) error
}

// print makes a document, the same bytes each time.
func (w *world) print(out io.Writer, d *document) error {
	kind := uint64(1)
	if d.kind == ejm.KindLetter {
		kind = 2
	}
	rng := rand.New(rand.NewPCG(w.options.Seed^kind<<60, uint64(d.blobid)))
	if w.options.DocumentBytes > 0 && d.fileType == typePDF {
		return plainPage(out, d, w.options.DocumentBytes, rng)
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	if err := d.print.print(buffered, w, rng); err != nil {
		return err
	}
	return buffered.Flush()
}

// The looks of the text that people send.
var (
	body     = typeset.Style{Size: 10.5, Leading: 15.5}
	small    = typeset.Style{Size: 8.5, Leading: 12, Colour: typeset.Gray(0.35)}
	title    = typeset.Style{Size: 18, Leading: 24, Bold: true}
	section  = typeset.Style{Size: 12.5, Leading: 18, Bold: true}
	linkBlue = typeset.Colour{R: 0.1, G: 0.25, B: 0.55}
)

// margin is how wide the margins are, in points.
const margin = 68.0

// sheet is a PDF being written.
type sheet struct {
	*typeset.Flow
	pdf    *pdf.Writer
	setter *typeset.Setter
	tree   pdf.Ref
	about  pdf.Metadata
}

func newSheet(out io.Writer, about pdf.Metadata) *sheet {
	s := &sheet{pdf: pdf.NewWriter(out), about: about}
	s.setter, s.tree = typeset.NewSetter(s.pdf), s.pdf.Alloc()
	s.Flow = typeset.NewFlow(s.setter, s.tree, typeset.Layout{
		Width: typeset.A4Width, Height: typeset.A4Height, Top: margin, Bottom: margin, Left: margin, Right: margin,
	}, nil)
	return s
}

// numbered puts a number at the foot of each page but the first.
func (s *sheet) numbered() {
	s.Furniture = func(p *typeset.Page, number int) {
		if number > 1 {
			l := s.setter.Line(fmt.Sprint(number), small)
			p.Text(l, (p.Width-l.Width)/2, 36)
		}
	}
}

func (s *sheet) paragraph(text string) {
	s.Paragraph(text, body, nil)
	s.Space(7)
}

func (s *sheet) heading(text string) {
	s.Space(9)
	s.Heading(text, section, nil)
	s.Space(3)
}

// row sets text with a date or number in a narrow column on its left.
func (s *sheet) row(left, text string) {
	const narrow = 82
	lines := s.setter.Wrap(text, body, s.Column()-narrow, 0)
	for i, l := range lines {
		p, top := s.Take(body.LineHeight())
		if i == 0 {
			p.Text(s.setter.Line(left, body.In(typeset.Gray(0.35))), margin, top-body.Baseline())
		}
		p.Text(l, margin+narrow, top-body.Baseline())
	}
	s.Space(3)
}

// close ends the file.
func (s *sheet) close() error {
	pages := s.Flow.Close()
	if err := s.setter.Close(); err != nil {
		return err
	}
	kids := make(pdf.Array, len(pages))
	for i, page := range pages {
		kids[i] = page
	}
	s.pdf.Put(s.tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Int(len(pages))})
	catalog := pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": s.tree}
	if outline := s.pdf.PutOutline(s.Bookmarks()); outline != 0 {
		catalog["Outlines"] = outline
	}
	return s.pdf.Close(s.pdf.Add(catalog), s.about.PutInfo(s.pdf))
}

// plainPage is a page with a line of text, and so many bytes of noise that nobody sees.
func plainPage(out io.Writer, d *document, size int64, rng *rand.Rand) error {
	w := pdf.NewWriter(out)
	tree := w.Alloc()
	font := w.Add(pdf.Dict{"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type1"), "BaseFont": pdf.Name("Helvetica")})
	text := w.AddStream(pdf.Dict{}, fmt.Appendf(nil, "BT /F 12 Tf 72 720 Td (%s %s) Tj ET", d.kind, d.blobid))
	noise := w.Alloc()
	w.CopyStream(noise, pdf.Dict{}, io.LimitReader(noiseReader{rng}, max(0, size-1200)))
	page := w.Add(pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": tree, "Contents": text, "PieceInfo": pdf.Dict{"Noise": noise},
		"MediaBox": pdf.Rect{0, 0, typeset.A4Width, typeset.A4Height}, "Resources": pdf.Dict{"Font": pdf.Dict{"F": font}},
	})
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
	return w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0)
}

// noiseReader is an endless stream that no compression makes shorter.
type noiseReader struct{ rng *rand.Rand }

func (n noiseReader) Read(p []byte) (int, error) {
	for i := 0; i < len(p); i += 8 {
		x := n.rng.Uint64()
		for j := i; j < min(i+8, len(p)); j++ {
			p[j] = byte(x)
			x >>= 8
		}
	}
	return len(p), nil
}

// longDate is a date as people write it.
func longDate(t time.Time) string { return t.Format("2 January 2006") }
