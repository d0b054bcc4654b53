package pdf_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/ejmx/ejmx/packet/pdf"
)

// BenchmarkPut writes dictionaries like those of pages.
func BenchmarkPut(b *testing.B) {
	w := pdf.NewWriter(io.Discard)
	parent := w.Alloc()
	b.ReportAllocs()
	for b.Loop() {
		ref := w.Alloc()
		w.Put(ref, pdf.Dict{
			"Type": pdf.Name("Page"), "Parent": parent, "MediaBox": pdf.Rect{0, 0, 595.28, 841.89},
			"Contents": ref, "Resources": pdf.Dict{"Font": parent},
		})
	}
}

// BenchmarkPutRaw writes what is serialised already, as imported pages are.
func BenchmarkPutRaw(b *testing.B) {
	w := pdf.NewWriter(io.Discard)
	raw := pdf.Raw("<</Type/Annot/Subtype/Link/Rect[100 200 300 400]/Border[0 0 0]/Dest[12 0 R/XYZ 0 700 0]>>")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		w.Put(w.Alloc(), raw)
	}
}

// BenchmarkPutStream copies encoded streams, the bulk of any packet.
func BenchmarkPutStream(b *testing.B) {
	w := pdf.NewWriter(io.Discard)
	data := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		w.PutStream(w.Alloc(), pdf.Raw("<</Filter/FlateDecode>>"), data)
	}
}
