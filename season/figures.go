package season

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// figures draws a paper's figures and tables, numbered.
type figures struct {
	*sheet
	rng    *rand.Rand
	paper  paper
	drawn  int
	tables int
}

func (f *figures) caption(text string) {
	f.drawn++
	f.Space(4)
	f.Paragraph(fmt.Sprintf("Figure %d: %s", f.drawn, text), small.Sized(9).Aligned(typeset.Centre), nil)
	f.Space(12)
}

// plate places one of the season's pictures across the column.
func (f *figures) plate(from *plates, n int) {
	data, width, height := from.plate(n + f.drawn*5)
	image := f.pdf.Alloc()
	f.pdf.PutStream(image, pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Image"), "Width": pdf.Int(width), "Height": pdf.Int(height),
		"ColorSpace": pdf.Name("DeviceRGB"), "BitsPerComponent": pdf.Int(8), "Filter": pdf.Name("DCTDecode"),
	}, data)
	tall := f.Column() * float64(height) / float64(width)
	f.Need(tall + 40)
	p, top := f.Take(tall)
	p.Image(image, pdf.Rect{margin, top - tall, margin + f.Column(), top})
	f.caption("Light at night, and where " + f.paper.subject + " are in " + f.paper.place)
}

// scatter draws points around a line, with axes.
func (f *figures) scatter() {
	const tall = 210
	f.Need(tall + 40)
	p, top := f.Take(tall)
	left, bottom, width, height := margin+40, top-tall+24, f.Column()-80, float64(tall-34)
	var b strings.Builder
	b.WriteString("q 0.16 0.36 0.6 rg\n")
	slope := 0.25 + f.rng.Float64()*0.5
	for range 900 + f.rng.IntN(1500) {
		x := f.rng.Float64()
		y := 0.15 + slope*x + f.rng.NormFloat64()*0.09
		if y > 0 && y < 1 {
			fmt.Fprintf(&b, "%.1f %.1f 1.6 1.6 re\n", left+x*width, bottom+y*height)
		}
	}
	fmt.Fprintf(&b, "f Q q 0.8 0.2 0.1 RG 1.5 w %.1f %.1f m %.1f %.1f l S Q\n", left, bottom+0.15*height, left+width, bottom+(0.15+slope)*height)
	fmt.Fprintf(&b, "q 0.3 G 0.7 w %.1f %.1f m %.1f %.1f l %.1f %.1f l S Q\n", left, bottom+height, left, bottom, left+width, bottom)
	p.Raw(b.String())
	p.Text(f.setter.Fit(f.paper.subject+" per thousand people", small, width), left, bottom-16)
	p.Text(f.setter.Fit(f.paper.outcome, small, width), left, bottom+height+4)
	f.caption("More " + f.paper.subject + " go with more of " + f.paper.outcome)
}

// table sets a table of regressions.
func (f *figures) table() {
	f.tables++
	const line = 15
	rows := []string{"Exposure", "Exposure × distance", "Constant", "Observations", "R²"}
	f.Need(float64(len(rows)+4) * line)
	f.Paragraph(fmt.Sprintf("Table %d: The effect on %s", f.tables, f.paper.outcome), body.Heavy().Sized(9.5).Aligned(typeset.Centre), nil)
	f.Space(3)
	f.Rule(1, typeset.Gray(0))
	f.cells("", func(n int) string { return fmt.Sprintf("(%d)", n) })
	f.Rule(0.5, typeset.Gray(0))
	for _, row := range rows {
		f.cells(row, func(int) string {
			switch row {
			case "Observations":
				return fmt.Sprint(1200 + f.rng.IntN(9000))
			case "R²":
				return fmt.Sprintf("%.2f", 0.2+f.rng.Float64()*0.6)
			}
			return fmt.Sprintf("%.3f%s", f.rng.NormFloat64(), pick(f.rng, []string{"", "*", "**", "***"}))
		})
	}
	f.Rule(1, typeset.Gray(0))
	f.Space(12)
}

func (f *figures) cells(label string, cell func(column int) string) {
	style := body.Sized(9.5)
	p, top := f.Take(style.LineHeight())
	p.Text(f.setter.Line(label, style), margin, top-style.Baseline())
	const columns = 4
	for n := range columns {
		l := f.setter.Line(cell(n+1), style)
		p.Text(l, margin+f.Column()*float64(n+2)/(columns+1)-l.Width, top-style.Baseline())
	}
}
