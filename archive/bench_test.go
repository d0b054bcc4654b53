package archive_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/ledger"
)

// A season of 2 GB in documents of 1 MB, as the benchmarks of other programs have it too. With EJMX_BENCH_MB it is another.
const benchFile = 1 << 20

// benchFolder makes files that do not shrink, as PDFs do not, and gives their bytes.
func benchFolder(b *testing.B) (dir string, size int64) {
	dir = b.TempDir()
	files := 2048
	if mb, err := strconv.Atoi(os.Getenv("EJMX_BENCH_MB")); err == nil {
		files = mb
	}
	random := rand.NewChaCha8([32]byte{8})
	data := make([]byte, benchFile)
	for i := range files {
		_, _ = random.Read(data) // never fails
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.pdf", i)), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir, int64(files) * benchFile
}

// reportPeak reports the most memory that the process ever held, where the system tells.
func reportPeak(b *testing.B) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(kilobytes/1000, "peak-MB")
		}
	}
}

func writeTo(b *testing.B, dir, name string) {
	out, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := archive.Write(b.Context(), out, os.DirFS(dir), info, ledger.Discard); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	dir, size := benchFolder(b)
	name := filepath.Join(b.TempDir(), "a.zip")
	b.SetBytes(size)
	for b.Loop() {
		writeTo(b, dir, name)
	}
	reportPeak(b)
}

func BenchmarkVerify(b *testing.B) {
	dir, size := benchFolder(b)
	name := filepath.Join(b.TempDir(), "a.zip")
	writeTo(b, dir, name)
	b.SetBytes(size)
	for b.Loop() {
		if r, err := archive.Verify(b.Context(), name, archive.Options{}, ledger.Discard); err != nil || !r.OK() {
			b.Fatal(err, r)
		}
	}
	reportPeak(b)
}

// BenchmarkOthers measures what Write and Verify are held against: zip without compression, and sha256sum.
func BenchmarkOthers(b *testing.B) {
	dir, size := benchFolder(b)
	for _, script := range []string{"rm -f ../a.zip && zip -q -0 -r ../a.zip .", "sha256sum *"} {
		b.Run(strings.Fields(strings.TrimPrefix(script, "rm -f ../a.zip && "))[0], func(b *testing.B) {
			shell := outside.Tool(b, "sh")
			b.SetBytes(size)
			for b.Loop() {
				cmd := exec.Command(shell, "-c", script)
				cmd.Dir, cmd.Stdout = dir, io.Discard
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
