package packet

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
)

// TestMemoryOfWorkers shows files twice as large as the memory a worker may have: a sound one, of which no worker
// holds more than its objects, and one that nobody can read without holding it, which no worker tries.
func TestMemoryOfWorkers(t *testing.T) {
	if runtime.GOOS != "linux" {
		outside.Absent(t, "only Linux tells how much memory a process has had at most")
	}
	const memory, size = 64 << 20, 128 << 20
	dir := t.TempDir()
	writeSound(t, filepath.Join(dir, "sound"), size)
	writeHoles(t, filepath.Join(dir, "broken"), size, "%PDF-1.4\n", "")
	for _, test := range []struct {
		name string
		want dossier.Placed
	}{
		{"sound", dossier.Placed{Merged: dossier.MergedPages, FirstPage: 3, Pages: 1}},
		{"broken", dossier.Placed{Merged: dossier.MergedPlaceholder, FirstPage: 3, Pages: 1, Reason: "it needs more memory than allowed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := DefaultLimits
			limits.Memory = memory
			b, err := NewBuilder(Options{Workers: 1, Command: []string{os.Args[0], workerArgument}, Limits: limits, SOffice: "-"})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			p, d := aPosting(), aDossier()
			p.Files = os.DirFS(dir)
			d.Answers, d.Documents = nil, d.Documents[:1]
			d.Documents[0].Content = test.name
			outline, err := b.Build(t.Context(), io.Discard, p, d)
			if err != nil {
				t.Fatal(err)
			}
			if outline.Documents[0] != test.want {
				t.Errorf("got %+v", outline.Documents[0])
			}
			if peak := b.peakOfWorker(t); peak == 0 || peak > memory {
				t.Errorf("the worker had %d MB, of %d MB that it may have", peak>>20, memory>>20)
			}
		})
	}
}

// TestMemoryOfTexts takes the texts of many documents. What each took is given back before the next comes.
func TestMemoryOfTexts(t *testing.T) {
	if runtime.GOOS != "linux" {
		outside.Absent(t, "only Linux tells how much memory a process has had at most")
	}
	cache := filepath.Join(os.TempDir(), "ejmx-test-cache") // where compiling PDFium took much memory
	var peaks []int64
	for _, texts := range []int{1, 1, 60} { // the first worker may have to compile PDFium, which takes much memory
		b, err := NewBuilder(Options{Workers: 1, Command: []string{os.Args[0], workerArgument}, SOffice: "-", CacheDir: cache})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		p, d := aPosting(), aDossier()
		p.Files = fstest.MapFS{"cv": {Data: []byte("A curriculum vitae in plain text.")}}
		d.Documents[0].Content = "cv"
		for range texts {
			if pages, err := b.Text(t.Context(), p.Files, &d.Documents[0], 1); err != nil || len(pages) != 1 {
				t.Fatalf("got %q, %v", pages, err)
			}
		}
		peaks = append(peaks, b.peakOfWorker(t))
	}
	t.Logf("one text takes %d MB, 60 texts take %d MB", peaks[1]>>20, peaks[2]>>20)
	if peaks[2]-peaks[1] > 32<<20 {
		t.Error("each text adds to it")
	}
}

// workerArgument makes the test binary a worker.
const workerArgument = "be-a-pdf-worker"

// peakOfWorker is the most memory that the builder's one worker has had, in bytes (proc(5), VmHWM).
func (b *Builder) peakOfWorker(t *testing.T) int64 {
	t.Helper()
	w := <-b.workers.places
	defer func() { b.workers.places <- w }()
	if w == nil {
		t.Fatal("the worker is gone")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	peak, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return peak << 10
}

// writeHoles writes a file of a length that is empty but for its beginning and its end, so that it takes no space.
func writeHoles(t *testing.T, name string, size int64, head, tail string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(head); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size - int64(len(tail))); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(tail), size-int64(len(tail))); err != nil {
		t.Fatal(err)
	}
}

// writeSound writes a PDF with a page whose image, of plain data, is nearly as long as the file.
func writeSound(t *testing.T, name string, size int) {
	t.Helper()
	const image = "/Type/XObject/Subtype/Image/Width 10240/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d"
	rows := size/10240 - 2
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>",
		fmt.Sprintf("<<"+image+">>\nstream\n", rows, rows*10240),
	}
	head, table := "%PDF-1.4\n", "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", len(head))
		head += fmt.Sprintf("%d 0 obj\n%s", i+1, o)
		if i+1 < len(objects) {
			head += "\nendobj\n"
		}
	}
	end := len(head) + rows*10240
	tail := "\nendstream\nendobj\n"
	table += fmt.Sprintf("%010d 00000 n \n", end+len(tail))
	tail += "5 0 obj\n<</Length 31>>\nstream\nq 595 0 0 842 0 0 cm /I Do Q   \nendstream\nendobj\n"
	tail += fmt.Sprintf("xref\n0 6\n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", table, end+len(tail))
	writeHoles(t, name, int64(end+len(tail)), head, tail)
}
