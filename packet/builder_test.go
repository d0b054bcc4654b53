package packet_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// workerArgument makes the test binary a worker, as the hidden command makes the program one.
const workerArgument = "be-a-pdf-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArgument {
		os.Exit(packet.WorkerMain(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
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
	d := &dossier.Dossier{AppID: 620310, AID: 38848, Name: dossier.Name{First: "Min-Jung", Last: "Lee"}}
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

func TestSameDossierSameBytes(t *testing.T) {
	b := newBuilder(t, nil)
	p, d := dossierOf("{page}", source{"CV", good(t, "Vita", 3)}, source{"Paper", good(t, "Paper", 5)}, source{"Junk", []byte("%PDF-1.4 junk")})
	var packets [2]bytes.Buffer
	for i := range packets {
		if _, err := b.Build(t.Context(), &packets[i], p, d); err != nil {
			t.Fatal(err)
		}
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
