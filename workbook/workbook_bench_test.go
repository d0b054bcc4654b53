package workbook

import (
	"io"
	"testing"
)

// The largest posting that is likely: 1,500 candidates by 45 columns, and 9,000 documents.
func BenchmarkWrite(b *testing.B) {
	p := madeUp(1500, 29)
	for b.Loop() {
		if err := Write(io.Discard, p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
