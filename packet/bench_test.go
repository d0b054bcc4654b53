package packet_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/season"
)

// committeeLine is the running line of the edition committee.
const committeeLine = "{name} · {document} · {page} / {pages}"

// BenchmarkPackets makes packets of eight papers, and has qpdf and mutool merge the same ones, all in turn, so that what
// else the machine does slows all of them. It reports how long packets take as a part of what the others take: the least,
// the median and the most of the rounds. Run it with -benchtime 10x or more.
func BenchmarkPackets(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(1200)) // the program's heap, too, may grow by some 50 MB until it is collected
	for name, papers := range map[string]func(testing.TB) []source{"made-up": madeUpPapers, "real": realPapers} {
		b.Run(name, func(b *testing.B) {
			sources := papers(b)
			alone := newBuilder(b, func(o *packet.Options) { o.Workers = 1 })
			pair := newBuilder(b, func(o *packet.Options) { o.Workers = 2 })
			qpdf := func() func(*testing.B) {
				return merges(b, "qpdf", []string{"--empty", "--warning-exit-0", "--pages"}, []string{"--"}, sources)
			}
			race(b, []contender{
				{"lines", builds(b, alone, 1, committeeLine, 1, sources)},
				{"plain", builds(b, alone, 1, "", 1, sources)},
				{"qpdf", qpdf()},
				{"two-qpdfs", together(qpdf(), qpdf())}, // how much two processors of this machine are worth
				{"mutool", merges(b, "mutool", []string{"merge", "-o"}, nil, sources)},
				{"many", builds(b, alone, 1, committeeLine, many, sources)},
				{"many-by-two", builds(b, pair, 2, committeeLine, many, sources)},
			})
		})
	}
}

// many is how many packets one worker and two are compared by: enough that it matters little who finishes last.
const many = 24

// contender is one that does the work of a race.
type contender struct {
	name string
	run  func(b *testing.B)
}

// race has contenders work in turn, and reports each one's time as a multiple of the first one's.
func race(b *testing.B, contenders []contender) {
	ratios := make([][]float64, len(contenders))
	for _, c := range contenders { // nobody starts with cold caches
		c.run(b)
	}
	for b.Loop() {
		var first time.Duration
		for i, c := range contenders {
			start := time.Now()
			c.run(b)
			took := time.Since(start)
			if i == 0 {
				first = took
			}
			ratios[i] = append(ratios[i], took.Seconds()/first.Seconds())
		}
		b.ReportMetric(first.Seconds()*1000, "ms/"+contenders[0].name)
	}
	for i, c := range contenders[1:] {
		slices.Sort(ratios[i+1])
		r := ratios[i+1]
		b.ReportMetric(r[0], c.name+"-min-x")
		b.ReportMetric(r[len(r)/2], c.name+"-median-x")
		b.ReportMetric(r[len(r)-1], c.name+"-max-x")
	}
}

// builds makes so many packets, some at once.
func builds(b *testing.B, builder *packet.Builder, atOnce int, running string, packets int, sources []source) func(*testing.B) {
	p, d := dossierOf(running, sources...)
	dir := b.TempDir()
	if err := os.CopyFS(dir, p.Files); err != nil { // as a mirror has them
		b.Fatal(err)
	}
	p.Files = os.DirFS(dir)
	return func(b *testing.B) {
		var group errgroup.Group
		group.SetLimit(atOnce)
		for i := range packets {
			group.Go(func() error {
				f, err := os.Create(filepath.Join(dir, fmt.Sprint("packet", i)))
				if err != nil {
					return err
				}
				if _, err := builder.Build(b.Context(), f, p, d); err != nil {
					return err
				}
				return f.Close()
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// together does several things at once.
func together(all ...func(*testing.B)) func(*testing.B) {
	return func(b *testing.B) {
		var group sync.WaitGroup
		for _, do := range all {
			group.Go(func() { do(b) })
		}
		group.Wait()
	}
}

// merges runs a program on the sources' files.
func merges(b *testing.B, name string, before, after []string, sources []source) func(*testing.B) {
	tool, dir := outside.Tool(b, name), b.TempDir()
	out := filepath.Join(dir, "out.pdf")
	var paths []string
	for i, s := range sources {
		path := filepath.Join(dir, fmt.Sprintf("%d.pdf", i))
		if err := os.WriteFile(path, s.data, 0o600); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, path)
	}
	arguments := slices.Concat(before, paths, after, []string{out})
	if after == nil {
		arguments = slices.Concat(before, []string{out}, paths)
	}
	return func(b *testing.B) {
		if text, err := exec.Command(tool, arguments...).CombinedOutput(); err != nil {
			b.Errorf("%v\n%s", err, text)
		}
	}
}

// madeUpPapers gives eight job market papers of the made-up season.
func madeUpPapers(t testing.TB) (papers []source) {
	m, err := mirror.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := season.Write(m, season.Options{}); err != nil {
		t.Fatal(err)
	}
	snapshot, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	for application, err := range mirror.Records[ejm.Application](snapshot, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range application.Files {
			if file.Name == "jmpaper" && len(papers) < 8 {
				papers = append(papers, source{file.Description, documentOf(t, m, file.BlobID)})
			}
		}
	}
	return papers
}

func documentOf(t testing.TB, m *mirror.Mirror, blobid ejm.ID) []byte {
	t.Helper()
	f, err := m.OpenDocument(ejm.KindFile, blobid)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// realPapers gives the longest of the real-world PDFs, eight in all.
func realPapers(t testing.TB) (papers []source) {
	all := slices.DeleteFunc(realPDFs(t), func(r realPDF) bool { return r.class != "clean" && r.class != "warned" })
	slices.SortStableFunc(all, func(x, y realPDF) int { return y.pages - x.pages })
	for _, r := range all[:8] {
		data, err := os.ReadFile(r.path)
		if err != nil {
			t.Fatal(err)
		}
		papers = append(papers, source{r.name, data})
	}
	return papers
}
