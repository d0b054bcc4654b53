package exporter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/site"
)

// SiteText says what of the documents' texts the site's search looks through.
type SiteText int

// What can be searched.
const (
	StandardText SiteText = iota // all documents, but of papers only the first pages, which hold the abstract
	AllText                      // whole papers too
	NoText                       // no document
)

var siteTexts = map[SiteText]string{StandardText: "standard", AllText: "all", NoText: "none"}

// MarshalText gives the word for it: standard, all or none.
func (t SiteText) MarshalText() ([]byte, error) { return []byte(siteTexts[t]), nil }

// UnmarshalText takes the word for it.
func (t *SiteText) UnmarshalText(text []byte) error {
	for value, word := range siteTexts {
		if word == string(text) {
			*t = value
			return nil
		}
	}
	return errors.New("it must be standard, all or none")
}

// texts are documents' texts in the mirror's derived/text, a file each, named by the document's SHA-256. It holds a line
// of text for each line of the document, a form feed after each page, and one line end, by which a whole file is known.
type texts struct {
	*export
	root *os.Root
	kept map[string]bool // names of the files there were at the start; some may have been cut off

	missed atomic.Bool // a document that can be shown gave no text: another run may do better
}

// textFormat is the version of what is taken of a document and how it is kept. A file of another version is not read.
const textFormat = "1"

func (e *export) openTexts() (*texts, error) {
	root, err := e.season.Mirror.Derived("text")
	if err != nil {
		return nil, err
	}
	t := &texts{export: e, root: root, kept: map[string]bool{}}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	for _, entry := range entries {
		t.kept[entry.Name()] = true
	}
	return t, nil
}

func (t *texts) Close() error { return t.root.Close() }

// textName is the name of the file that holds the text of a document's first pages.
func textName(d *dossier.Document, pages int) string {
	if pages == site.AllPages {
		return fmt.Sprintf("%s.v%s.txt", d.SHA256, textFormat)
	}
	return fmt.Sprintf("%s.v%s.first-%d.txt", d.SHA256, textFormat, pages)
}

// extract takes the texts that are not there yet, several at a time. pages says how many of a document's first pages are
// wanted. A document that gives none for any reason of its own is none the worse for it. To read each text that is there
// would cost as much as the site does.
func (t *texts) extract(ctx context.Context, pages func(*dossier.Document) int) error {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(max(1, t.Workers))
	met := map[string]bool{} // the same file may be in several applications
	for _, d := range t.posting.Dossiers {
		for i := range d.Documents {
			doc := &d.Documents[i]
			most := pages(doc)
			name := textName(doc, most)
			if most == 0 || met[name] || t.kept[name] || t.kept[textName(doc, site.AllPages)] || working.Err() != nil {
				continue
			}
			met[name] = true
			entry := t.plan(doc, d.Name.Full())
			group.Go(func() error { return t.take(working, doc, most, entry) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// plan announces that a document's text is to be taken.
func (t *texts) plan(d *dossier.Document, whose string) ledger.Entry {
	entry := ledger.Entry{Stage: ledger.Site, Item: fmt.Sprintf("text of %s %s", d.Kind, d.ID), Whose: whose, Outcome: ledger.Planned}
	t.Sink(entry)
	return entry
}

// take extracts one document's text and keeps it.
func (t *texts) take(ctx context.Context, d *dossier.Document, most int, entry ledger.Entry) error {
	pages, err := t.Packets.Text(ctx, t.posting.Files, d, most)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		entry.Outcome, entry.Err = ledger.Note, fmt.Errorf("the site's search does not find it: %w", err)
		t.Sink(entry)
		entry.Err = nil
		if d.Placed.Merged != dossier.MergedPlaceholder {
			t.missed.Store(true)
		}
	default:
		if entry.Bytes, err = t.keep(textName(d, most), pages); err != nil {
			return err
		}
	}
	entry.Outcome = ledger.Done
	t.Sink(entry)
	return nil
}

const (
	pageEnd = "\f"
	textEnd = "\n"
)

// keep writes a text by one rename and gives its length. The temporary name is the same each time, so that what a run
// left that was ended is written over by the next.
func (t *texts) keep(name string, pages []string) (int64, error) {
	var b strings.Builder
	for _, page := range pages {
		b.WriteString(page + pageEnd)
	}
	b.WriteString(textEnd)
	temporary := temporaryMark + name
	if err := t.root.WriteFile(temporary, []byte(b.String()), fileMode); err != nil {
		return 0, err
	}
	return int64(b.Len()), t.root.Rename(temporary, name)
}

// of gives a document's text, none where none could be taken. One that was cut off is taken again.
func (t *texts) of(ctx context.Context, d *dossier.Document, most int) ([]string, error) {
	pages, err := t.read(d, most)
	if errors.Is(err, errCutOff) {
		if err := t.take(ctx, d, most, t.plan(d, t.folder.whose)); err != nil {
			return nil, err
		}
		pages, err = t.read(d, most)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errCutOff) {
		return nil, nil
	}
	return pages, err
}

// errCutOff says that a kept text does not end as a whole one does, as after a power cut.
var errCutOff = errors.New("the text was cut off")

// read reads a kept text, of all pages where only the first are wanted but all are there.
func (t *texts) read(d *dossier.Document, most int) ([]string, error) {
	name := textName(d, most)
	pages, err := t.readFile(name)
	if whole := textName(d, site.AllPages); err != nil && whole != name && t.kept[whole] {
		pages, err = t.readFile(whole)
	}
	return pages[:min(len(pages), most)], err
}

func (t *texts) readFile(name string) ([]string, error) {
	data, err := t.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if string(data) == textEnd {
		return nil, nil
	}
	text, whole := strings.CutSuffix(string(data), pageEnd+textEnd)
	if !whole {
		return nil, fmt.Errorf("%s: %w", name, errCutOff)
	}
	return strings.Split(text, pageEnd), nil
}
