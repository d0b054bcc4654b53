package archive_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/ledger"
)

const benchBytes = 512 << 20

// benchFolder makes 512 files of 1 MB that do not shrink, as PDFs do not.
func benchFolder(b *testing.B) string {
	dir := b.TempDir()
	random := rand.NewChaCha8([32]byte{8})
	for i := range 512 {
		data := make([]byte, benchBytes/512)
		_, _ = random.Read(data) // never fails
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.pdf", i)), data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
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
	dir, name := benchFolder(b), filepath.Join(b.TempDir(), "a.zip")
	b.SetBytes(benchBytes)
	for b.Loop() {
		writeTo(b, dir, name)
	}
}

func BenchmarkVerify(b *testing.B) {
	name := filepath.Join(b.TempDir(), "a.zip")
	writeTo(b, benchFolder(b), name)
	b.SetBytes(benchBytes)
	for b.Loop() {
		if r, err := archive.Verify(b.Context(), name, archive.Options{}, ledger.Discard); err != nil || !r.OK() {
			b.Fatal(err, r)
		}
	}
}

func BenchmarkOthers(b *testing.B) {
	dir := benchFolder(b)
	for _, script := range []string{"rm -f ../a.zip && zip -q -0 -r ../a.zip .", "sha256sum *"} {
		b.Run(script[:3], func(b *testing.B) {
			shell := outside.Tool(b, "sh")
			b.SetBytes(benchBytes)
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
