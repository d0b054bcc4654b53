package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/pdf"
)

// write makes a file of n pages, each with a content stream in one of the three ways of writing one.
func write(out io.Writer, n int) error {
	w := pdf.NewWriter(out)
	pages := w.Alloc()
	var kids pdf.Array
	for i := range n {
		content := w.Alloc()
		drawing := fmt.Appendf(nil, "0 0 %d %d re f", i+1, i+1)
		switch i % 3 {
		case 0:
			w.PutCompressed(content, pdf.Dict{}, drawing)
		case 1:
			w.PutStream(content, pdf.Raw("<</Custom(>>)>>"), drawing)
		case 2:
			w.CopyStream(content, pdf.Dict{}, iotest.OneByteReader(bytes.NewReader(drawing)))
		}
		kids = append(kids, w.Add(pdf.Dict{
			"Type": pdf.Name("Page"), "Parent": pages, "MediaBox": pdf.Rect{0, 0, 595, 842},
			"Contents": content, "Resources": pdf.Dict{},
		}))
	}
	w.Put(pages, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": kids, "Count": pdf.Int(n)})
	info := w.Add(pdf.Dict{"Title": pdf.Text("Jiří's packet")})
	return w.Close(w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": pages}), info)
}

func TestFilesAreSound(t *testing.T) {
	qpdf := outside.Tool(t, "qpdf")
	for _, pages := range []int{1, 3, 700} {
		t.Run(fmt.Sprint(pages), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.pdf")
			var b bytes.Buffer
			if err := write(&b, pages); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(qpdf, "--check", path).CombinedOutput(); err != nil {
				t.Errorf("qpdf: %v\n%s", err, out)
			}
			out, err := exec.Command(qpdf, "--show-npages", path).Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != fmt.Sprint(pages) {
				t.Errorf("%s pages, want %d (%v)", got, pages, err)
			}
		})
	}
}

func TestSameCallsGiveSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(write(&a, 40), write(&b, 40)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two makings differ")
	}
	var c bytes.Buffer
	if err := write(&c, 41); err != nil {
		t.Fatal(err)
	}
	if id(t, a.Bytes()) == id(t, c.Bytes()) {
		t.Error("different files have one identifier")
	}
}

func id(t *testing.T, file []byte) string {
	t.Helper()
	_, rest, found := bytes.Cut(file, []byte("/ID [<"))
	if !found || len(rest) < 32 {
		t.Fatal("no identifier")
	}
	return string(rest[:32])
}

func TestMistakesAreErrors(t *testing.T) {
	broken := errors.New("disk full")
	tests := []struct {
		name string
		do   func(w *pdf.Writer)
		want string
	}{
		{"never allocated", func(w *pdf.Writer) { w.Put(99, pdf.Null{}) }, "object 99 was never allocated"},
		{"put twice", func(w *pdf.Writer) { r := w.Add(pdf.Null{}); w.Put(r, pdf.Null{}) }, "object 2 is put twice"},
		{"stream over object", func(w *pdf.Writer) { r := w.Add(pdf.Null{}); w.PutStream(r, pdf.Dict{}, nil) }, "put twice"},
		{"no catalog", func(*pdf.Writer) {}, "catalog was never put"},
		{"source fails", func(w *pdf.Writer) { w.CopyStream(w.Alloc(), pdf.Dict{}, iotest.ErrReader(broken)) }, "disk full"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := pdf.NewWriter(io.Discard)
			catalog := w.Alloc()
			test.do(w)
			if err := w.Close(catalog, 0); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
