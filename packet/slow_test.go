package packet

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/packet/foreign"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// TestPageThatIsDrawnForMinutes has PDFium draw a page that it is not done with in minutes. Nothing interrupts it, so that
// its process has to end; the next document gets another.
func TestPageThatIsDrawnForMinutes(t *testing.T) {
	cache := filepath.Join(os.TempDir(), "ejmx-test-cache") // PDFium is compiled once for all tests
	b, err := NewBuilder(Options{Workers: 1, Command: []string{os.Args[0], workerArgument}, SOffice: "-", CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	draw := func(file []byte, limit time.Duration) error {
		limits := DefaultLimits
		limits.Time = limit
		job := foreign.Job{Way: foreign.Draw, Bytes: int64(len(file)), Limits: limits, Cache: cache}
		return b.workers.run(t.Context(), job, bytes.NewReader(file), func(r *piece.Reader) error {
			for {
				if _, err := r.Next(); err != nil {
					if errors.Is(err, io.EOF) {
						return nil
					}
					return err
				}
			}
		})
	}
	var failure *foreign.Failure
	if err := draw(layered(1_000_000), 200*time.Millisecond); !errors.As(err, &failure) || failure.Reason != foreign.Slow {
		t.Errorf("got %v", err)
	}
	if err := draw(layered(1), DefaultLimits.Time); err != nil {
		t.Errorf("the next document: %v", err)
	}
}

// layered gives a PDF with a page that is painted over so many times.
func layered(times int) []byte {
	var file bytes.Buffer
	w := pdf.NewWriter(&file)
	stream, page, tree := w.Alloc(), w.Alloc(), w.Alloc()
	w.PutStream(stream, pdf.Dict{}, []byte("/G gs 0.5 g "+strings.Repeat("0 0 612 792 re f ", times)))
	w.Put(page, pdf.Dict{
		"Type": pdf.Name("Page"), "Parent": tree, "MediaBox": pdf.Rect{0, 0, 612, 792}, "Contents": stream,
		"Resources": pdf.Dict{"ExtGState": pdf.Dict{"G": pdf.Dict{"ca": pdf.Real(0.5), "BM": pdf.Name("Multiply")}}},
	})
	w.Put(tree, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
	_ = w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": tree}), 0) // a buffer takes everything
	return file.Bytes()
}
