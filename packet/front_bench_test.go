package packet

import (
	"bytes"
	"io"
	"testing"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// BenchmarkFront makes the cover and the contents of a packet whose documents have 100 pages.
func BenchmarkFront(b *testing.B) {
	p, d := aPosting(), aDossier()
	for b.Loop() {
		w := pdf.NewWriter(io.Discard)
		s := typeset.NewSetter(w)
		f := newFront(s, typeset.NewTags(w), newRunningLine(w, s, p, d), p, d, paperA4)
		f.write(w.Alloc(), make([]place, len(d.Documents)), 100)
		f.catalog(w)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRunningLine draws the lines of 100 pages.
func BenchmarkRunningLine(b *testing.B) {
	p, d := aPosting(), aDossier()
	for b.Loop() {
		w := pdf.NewWriter(io.Discard)
		s := typeset.NewSetter(w)
		r := newRunningLine(w, s, p, d)
		for page := range 100 {
			r.onPage(oddShapes[0], "Job market paper", page+1)
		}
		r.write(100)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPacket makes a whole packet of blank documents, for comparison.
func BenchmarkPacket(b *testing.B) {
	p, d := aPosting(), aDossier()
	for b.Loop() {
		var out bytes.Buffer
		if err := new(aPacket).make(&out, p, d, oddShapes); err != nil {
			b.Fatal(err)
		}
	}
}
