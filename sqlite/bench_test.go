package sqlite_test

import (
	"io"
	"testing"

	"github.com/ejmx/ejmx/sqlite"
)

// A busy season: 1,500 applications, with four documents each.
func BenchmarkWrite(b *testing.B) {
	postings := large(1500)
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if err := sqlite.Write(b.Context(), io.Discard, dir, all(postings)); err != nil {
			b.Fatal(err)
		}
	}
}
