package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/piece"
)

var testLimits = Limits{Time: time.Minute, Memory: 512 << 20, Pages: 5000, Bytes: 1 << 30}

// onDisk is a document of a file that is not held, as large ones are not.
func onDisk(t testing.TB, b []byte) *document {
	t.Helper()
	return &document{ReaderAt: bytes.NewReader(b), Closer: io.NopCloser(nil), size: int64(len(b)), memory: testLimits.Memory}
}

// TestStrictAndLenientAgree reads real files in both ways: where neither has doubts they must find the same.
func TestStrictAndLenientAgree(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(outside.PDFs(t), "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	strict, lenient := 0, 0
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := readLenient(t.Context(), file)
		if err != nil {
			continue
		}
		want, err := importPages(s, testLimits.Pages)
		if err != nil || len(s.odd) > 0 || looksKept(s, AsIs) != nil {
			continue
		}
		lenient++
		got, err := asWritten(Job{Way: AsIs, Limits: testLimits}, onDisk(t, file))
		if err != nil {
			t.Logf("%s: %v", filepath.Base(path), err)
			continue
		}
		strict++
		for i := range want.Pages {
			if a, b := fmt.Sprint(want.Pages[i]), fmt.Sprint(got.Pages[i]); a != b {
				t.Errorf("%s: page %d is\n%s\nand strictly\n%s", path, i+1, a, b)
			}
		}
		if a, b := listing(want, file), listing(got, file); a != b {
			t.Errorf("%s: %s", path, firstDifference(a, b))
		}
	}
	t.Logf("%d of %d sound files are read strictly", strict, lenient)
	if 10*strict < 9*lenient {
		t.Errorf("only %d of %d sound files are read strictly", strict, lenient)
	}
}

// listing is all of a piece's objects, as text.
func listing(p *piece.Piece, file []byte) string {
	var b strings.Builder
	for o := range p.Objects() {
		data := o.Data
		if o.Size > 0 {
			data = file[o.At : o.At+o.Size]
		}
		fmt.Fprintf(&b, "%d %v %s %v %d bytes %x\n", o.Number, o.Shared, o.Body.Text, o.Body.Holes, len(data), data[:min(len(data), 16)])
	}
	return b.String()
}

func firstDifference(a, b string) string {
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(one), len(other)) {
		if one[i] != other[i] {
			return fmt.Sprintf("\n%.600s\nand strictly\n%.600s", one[i], other[i])
		}
	}
	return fmt.Sprintf("%d objects and strictly %d", len(one), len(other))
}

// TestStrictNeverGuesses spoils a sound file in every place: what is not read as before must be refused.
func TestStrictNeverGuesses(t *testing.T) {
	for name, file := range map[string][]byte{"with object streams": sound(t), "with a table": tabled(plainPDF)} {
		want, err := asWritten(Job{Way: AsIs, Limits: testLimits}, inMemory(file, testLimits))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, spoilt := range [][]byte{
			bytes.Replace(file, []byte("startxref"), []byte("startxxxx"), 1),
			bytes.Replace(file, []byte("endstream"), []byte("endstroom"), 1),
			bytes.Replace(file, []byte("%PDF-"), []byte("%PDF "), 1),
			append([]byte("junk\n"), file...),
			file[:len(file)-40],
			bytes.Replace(file, []byte("/Length "), []byte("/Length 1"), 1),
		} {
			if _, err := asWritten(Job{Way: AsIs, Limits: testLimits}, inMemory(spoilt, testLimits)); !errors.Is(err, errOdd) {
				t.Errorf("%s: a spoilt file gives %v", name, err)
			}
		}
		if got, err := asWritten(Job{Way: AsIs, Limits: testLimits}, onDisk(t, file)); err != nil || listing(got, file) != listing(want, file) {
			t.Errorf("%s: read from the disk it is another: %v", name, err)
		}
	}
}

// tabled adds a table to a file without one, and puts its stream's length right.
func tabled(file string) []byte {
	file = strings.Replace(file, "/Length 8", "/Length 12", 1)
	trailer := strings.Index(file, "trailer")
	var table strings.Builder
	fmt.Fprintf(&table, "xref\n0 5\n0000000000 65535 f \n")
	for number := 1; number < 5; number++ {
		fmt.Fprintf(&table, "%010d 00000 n \n", strings.Index(file, fmt.Sprintf("\n%d 0 obj", number))+1)
	}
	return fmt.Appendf(nil, "%s%s%sstartxref\n%d\n%%%%EOF\n", file[:trailer], table.String(), file[trailer:], trailer)
}

func TestStrictSyntax(t *testing.T) {
	for text, want := range map[string]types.Object{
		"12": types.Integer(12), "-.5": types.Float(-.5), "+4.": types.Float(4), "true": types.Boolean(true),
		"/A#20b": types.Name("A b"), "(a(b)\\)c)": types.StringLiteral("a(b)\\)c"), "<4 1f>": types.HexLiteral("41f0"),
		"12 3 R": *types.NewIndirectRef(12, 3), "[1 2 R]": nil, "1e5": nil, "--1": nil, "<</A 1/A 2>>": nil, "(open": nil, "/A#0": nil,
		"99999999999999999999": nil, "word": nil, "0x10": nil, "1_000": nil,
	} {
		p := parser{scanner{[]byte(text)}}
		o, ok := p.value(0)
		if text == "[1 2 R]" { // a reference to object 1 of generation 2, in an array
			ok = ok && len(o.(types.Array)) == 1
			o, want = nil, nil
		} else if ok != (want != nil) {
			t.Errorf("%s: got %v, %v", text, o, ok)
		}
		if ok && want != nil && o != want {
			t.Errorf("%s: got %v", text, o)
		}
	}
}

func TestUnfiltered(t *testing.T) {
	rows := []byte{0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 10, 10, 10, 4, 1, 1, 1}
	want := []byte{1, 2, 3, 1, 2, 3, 2, 3, 4, 11, 17, 20, 12, 18, 21}
	got, err := unfiltered(bytes.Clone(rows), 3)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if _, err := unfiltered([]byte{5, 0}, 1); err == nil {
		t.Error("a filter that there is not")
	}
}

// FuzzStrict reads anything strictly. What comes out must be whole and lie within the file.
func FuzzStrict(f *testing.F) {
	f.Add(sound(f))
	f.Add(tabled(plainPDF))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<20 {
			return
		}
		p, err := asWritten(Job{Way: AsIs, Limits: testLimits}, inMemory(file, testLimits))
		if err != nil {
			return
		}
		for o := range p.Objects() {
			if o.At < 0 || o.Size < 0 || o.At+o.Size > int64(len(file)) {
				t.Fatalf("a stream of %d bytes at %d of %d", o.Size, o.At, len(file))
			}
		}
	})
}
