package packet_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
)

// papers gives eight documents to merge: the largest sound ones of the real-world PDFs.
func papers(b *testing.B) (sources []source, paths []string, size int64) {
	b.Helper()
	all := slices.DeleteFunc(realPDFs(b), func(r realPDF) bool { return r.class != "clean" })
	weight := func(r realPDF) int64 {
		info, err := os.Stat(r.path)
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	}
	slices.SortStableFunc(all, func(x, y realPDF) int { return int(weight(y) - weight(x)) })
	for _, r := range all[:8] {
		data, err := os.ReadFile(r.path)
		if err != nil {
			b.Fatal(err)
		}
		size += int64(len(data))
		sources = append(sources, source{r.name, data})
		paths = append(paths, r.path)
	}
	return sources, paths, size
}

// BenchmarkPackets makes packets of eight documents, with one worker and with two, and has qpdf merge the same ones: what to
// compare is ns/op, and the size of what comes out.
func BenchmarkPackets(b *testing.B) {
	sources, paths, size := papers(b)
	for _, running := range []string{"", "{name} · {document} · {page} / {pages}"} {
		name := "plain"
		if running != "" {
			name = "lines"
		}
		b.Run(name, func(b *testing.B) { benchmarkBuild(b, running, sources, size) })
	}
	b.Run("2workers", func(b *testing.B) {
		builder := newBuilder(b, func(o *packet.Options) { o.Workers = 2 })
		p, d := dossierOf("", sources...)
		b.SetBytes(size)
		b.SetParallelism(2)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := builder.Build(b.Context(), io.Discard, p, d); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("qpdf", func(b *testing.B) {
		qpdf, out := outside.Tool(b, "qpdf"), filepath.Join(b.TempDir(), "out.pdf")
		arguments := append(append([]string{"--empty", "--warning-exit-0", "--pages"}, paths...), "--", out)
		b.SetBytes(size)
		for b.Loop() {
			if text, err := exec.Command(qpdf, arguments...).CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, text)
			}
		}
		reportSize(b, out)
	})
}

func benchmarkBuild(b *testing.B, running string, sources []source, size int64) {
	builder := newBuilder(b, func(o *packet.Options) { o.Workers = 1 })
	p, d := dossierOf(running, sources...)
	path := filepath.Join(b.TempDir(), "out.pdf")
	b.SetBytes(size)
	for b.Loop() {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := builder.Build(b.Context(), f, p, d); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	reportSize(b, path)
}

func reportSize(b *testing.B, path string) {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-out")
}
