package packet_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// workerArgument makes the test binary a worker, as the hidden command makes the program one.
const workerArgument = "be-a-pdf-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArgument {
		os.Exit(packet.WorkerMain(obedient{os.Stdin}, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

// obedient makes a worker do to itself what a document says, as bugs of parsers do.
type obedient struct{ in io.Reader }

// What documents of tests tell a worker to do.
const (
	crash = "%PDF-1.4 worker: crash"
	hang  = "%PDF-1.4 worker: hang"
)

func (o obedient) Read(b []byte) (int, error) {
	n, err := o.in.Read(b)
	switch read := b[:n]; {
	case bytes.Contains(read, []byte(crash)):
		os.Exit(7)
	case bytes.Contains(read, []byte(hang)):
		time.Sleep(time.Hour)
	}
	return n, err
}

// newBuilder gives a builder whose workers are the test binary.
func newBuilder(t testing.TB, change func(*packet.Options)) *packet.Builder {
	t.Helper()
	o := packet.Options{
		Command: []string{os.Args[0], workerArgument}, SOffice: "-", CacheDir: filepath.Join(os.TempDir(), "ejmx-test-cache"),
	}
	if change != nil {
		change(&o)
	}
	b, err := packet.NewBuilder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// source is a document as its sender sent it.
type source struct {
	name string
	data []byte
}

// dossierOf gives a posting with one dossier of the documents, and the dossier. An edition without a running line leaves
// pages as they are.
func dossierOf(running string, sources ...source) (*dossier.Posting, *dossier.Dossier) {
	files := fstest.MapFS{}
	d := &dossier.Dossier{AppID: 620310, AID: 38848, Name: dossier.Name{First: "Min-Jung", Last: "Lee"}, AsOf: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	for i, s := range sources {
		content := fmt.Sprintf("%d", i)
		files[content] = &fstest.MapFile{Data: s.data}
		d.Documents = append(d.Documents, dossier.Document{
			Kind: ejm.KindFile, ID: ejm.ID(i + 1), Label: s.name, State: dossier.Stored, Content: content,
			Bytes: int64(len(s.data)), Path: "documents/Lee Min-Jung 620310/" + s.name,
		})
	}
	p := &dossier.Posting{
		PosID: 9012, Title: "Assistant Professor", Institution: "University of Example", Tool: "ejmx test",
		Edition:  &dossier.Edition{Name: "committee", Title: "Committee", RunningLine: running},
		Snapshot: dossier.Snapshot{ID: "20261124T090000Z", Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		Dossiers: []*dossier.Dossier{d}, Files: files,
	}
	return p, d
}

// good gives a sound PDF of some pages, each with its own words and a heading in the outline.
func good(t testing.TB, title string, pages int) []byte {
	t.Helper()
	var blocks []typeset.Block
	for i := range pages {
		if i > 0 {
			blocks = append(blocks, typeset.Block{Kind: typeset.PageBreak})
		}
		blocks = append(blocks,
			typeset.Block{Kind: typeset.Heading, Text: fmt.Sprintf("%s, section %d", title, i+1)},
			typeset.Block{Text: fmt.Sprintf("This is page %d of %s.", i+1, title)})
	}
	var b bytes.Buffer
	if err := typeset.WriteDocument(&b, pdf.Metadata{Title: title, Lang: "en"}, slices.Values(blocks)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// build makes a packet and writes it to a file.
func build(t testing.TB, b *packet.Builder, p *dossier.Posting, d *dossier.Dossier) (string, packet.Outline) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packet.pdf")
	if dir := os.Getenv("EJMX_KEEP"); dir != "" {
		path = filepath.Join(dir, filepath.Base(t.Name())+".pdf")
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	outline, err := b.Build(t.Context(), f, p, d)
	if err != nil {
		t.Fatal(err)
	}
	return path, outline
}

func TestPacketOfGoodDocuments(t *testing.T) {
	b := newBuilder(t, nil)
	for _, running := range []string{"", "{name} · {document} · {page} / {pages}"} {
		p, d := dossierOf(running, source{"CV", good(t, "Vita", 3)}, source{"Paper", good(t, "Paper", 5)})
		d.Documents = append(d.Documents, dossier.Document{Kind: ejm.KindLetter, Label: "Prof. Ng", State: dossier.NotSubmitted})
		path, outline := build(t, b, p, d)
		check(t, path)
		want := []dossier.Placed{
			{Merged: dossier.MergedPages, FirstPage: 3, Pages: 3},
			{Merged: dossier.MergedPages, FirstPage: 6, Pages: 5},
			{Merged: dossier.MergedNone},
		}
		if !slices.Equal(outline.Documents, want) || outline.Pages != 10 {
			t.Errorf("got %+v", outline)
		}
	}
}

// TestNothingToShow makes packets of an edition that selects nothing, and of a candidate without documents.
func TestNothingToShow(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("{page}")
	for name, change := range map[string]func(){
		"no documents": func() {},
		"none with bytes": func() {
			d.Documents = []dossier.Document{{Kind: ejm.KindLetter, Label: "Prof. Ng", State: dossier.NotSubmitted}}
		},
		"no name either": func() { d.Name = dossier.Name{} },
	} {
		change()
		path, outline := build(t, b, p, d)
		check(t, path)
		if outline.Pages != 2 {
			t.Errorf("%s: %d pages", name, outline.Pages)
		}
		text, err := exec.Command(outside.Tool(t, "pdftotext"), path, "-").Output()
		if err != nil || !strings.Contains(string(text), "No document of this application can be shown.") {
			t.Errorf("%s: the cover does not say so: %s, %v", name, text, err)
		}
	}
}

// TestSameDossierSameBytes makes a packet twice, with a rest in between.
func TestSameDossierSameBytes(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("{page}", source{"CV", good(t, "Vita", 3)}, source{"Paper", good(t, "Paper", 5)}, source{"Junk", []byte("%PDF-1.4 junk")})
	var packets [2]bytes.Buffer
	for i := range packets {
		if _, err := b.Build(t.Context(), &packets[i], p, d); err != nil {
			t.Fatal(err)
		}
		b.Rest()
	}
	if !bytes.Equal(packets[0].Bytes(), packets[1].Bytes()) {
		t.Error("two makings differ")
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("", source{"CV", good(t, "Vita", 3)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Build(ctx, io.Discard, p, d); err == nil {
		t.Error("no error")
	}
}

func TestWorkersThatFailAreReplaced(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Workers, o.Limits.Time = 1, 300*time.Millisecond })
	p, d := dossierOf("", source{"first", good(t, "first", 1)}, source{"crash", []byte(crash)}, source{"second", good(t, "second", 2)},
		source{"hang", []byte(hang)}, source{"third", good(t, "third", 3)})
	path, outline := build(t, b, p, d)
	check(t, path)
	want := []dossier.Placed{
		{Merged: dossier.MergedPages, FirstPage: 3, Pages: 1},
		{Merged: dossier.MergedPlaceholder, FirstPage: 4, Pages: 1, Reason: "reading it ended the program that tried"},
		{Merged: dossier.MergedPages, FirstPage: 5, Pages: 2},
		{Merged: dossier.MergedPlaceholder, FirstPage: 7, Pages: 1, Reason: "it took too long to read"},
		{Merged: dossier.MergedPages, FirstPage: 8, Pages: 3},
	}
	if !slices.Equal(outline.Documents, want) {
		t.Errorf("got %+v", outline.Documents)
	}
}

func TestMemoryLimit(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Limits.Memory = 64 << 20 })
	huge := append([]byte("%PDF-1.4\n"), make([]byte, 100<<20)...)
	p, d := dossierOf("", source{"huge", huge}, source{"good", good(t, "good", 1)})
	_, outline := build(t, b, p, d)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPlaceholder || at.Reason != "it needs more memory than allowed" {
		t.Errorf("got %+v", at)
	}
	if at := outline.Documents[1]; at.Merged != dossier.MergedPages {
		t.Errorf("got %+v", at)
	}
}

func TestManyAtOnce(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Workers = 2 })
	p, d := dossierOf("{page}", source{"CV", good(t, "Vita", 3)}, source{"crash", []byte(crash)}, source{"Paper", good(t, "Paper", 5)})
	var group errgroup.Group
	packets := make([]bytes.Buffer, 6)
	for i := range packets {
		group.Go(func() error {
			_, err := b.Build(t.Context(), &packets[i], p, d)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if !bytes.Equal(packets[i].Bytes(), packets[0].Bytes()) {
			t.Errorf("packet %d differs", i)
		}
	}
}

func TestClosedWhileBuilding(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("", source{"hang", []byte(hang)})
	done := make(chan error)
	go func() {
		_, err := b.Build(t.Context(), io.Discard, p, d)
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

func TestPagesLimit(t *testing.T) {
	b := newBuilder(t, func(o *packet.Options) { o.Limits.Pages = 4 })
	p, d := dossierOf("", source{"long", good(t, "long", 5)}, source{"short", good(t, "short", 4)})
	_, outline := build(t, b, p, d)
	if at := outline.Documents[0]; at.Merged != dossier.MergedPlaceholder || at.Reason != "the PDF has more pages than allowed" {
		t.Errorf("got %+v", at)
	}
	if at := outline.Documents[1]; at.Merged != dossier.MergedPages || at.Pages != 4 {
		t.Errorf("got %+v", at)
	}
}

func TestKeyCoversWhatGoesIn(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("", source{"CV", good(t, "Vita", 1)})
	key := b.Key(p, d)
	d.Packet, d.Documents[0].Placed = dossier.Packet{Pages: 7}, dossier.Placed{Pages: 3}
	if b.Key(p, d) != key {
		t.Error("what becomes of a packet changes its key")
	}
	changes := map[string]func(p *dossier.Posting, d *dossier.Dossier){
		"a document": func(_ *dossier.Posting, d *dossier.Dossier) { d.Documents[0].SHA256 = "00" },
		"a state":    func(_ *dossier.Posting, d *dossier.Dossier) { d.Documents[0].State = dossier.Failed },
		"a reason":   func(_ *dossier.Posting, d *dossier.Dossier) { d.Documents[0].Reason = "HTTP 503" },
		"a fact":     func(_ *dossier.Posting, d *dossier.Dossier) { d.Facts = []dossier.Fact{{Key: "curpos"}} },
		"edition":    func(p *dossier.Posting, _ *dossier.Dossier) { p.Edition = &dossier.Edition{Name: "dean"} },
		"tool":       func(p *dossier.Posting, _ *dossier.Dossier) { p.Tool = "ejmx 9" },
	}
	for what, change := range changes {
		p, d := dossierOf("", source{"CV", good(t, "Vita", 1)})
		change(p, d)
		if b.Key(p, d) == key {
			t.Errorf("%s does not change the key", what)
		}
	}
	other := newBuilder(t, func(o *packet.Options) { o.Limits.Pages = 3 })
	if other.Key(p, d) == key {
		t.Error("limits do not change the key")
	}
}
