package exporter

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/site"
)

// siteOutput is what the site is remembered by.
const siteOutput = "site"

// site writes the offline site, with the season's own look where its folder has a templates folder.
func (e *export) site(ctx context.Context) error {
	look, err := e.look()
	if err != nil {
		return err
	}
	key, err := e.key(e.since(), e.Text)
	if err != nil {
		return err
	}
	if look == nil && e.stands(siteOutput, key) { // a look of the season's own is somebody's work, and may have changed
		e.Sink(ledger.Entry{Stage: ledger.Site, Item: "index.html", Whose: e.folder.whose, Outcome: ledger.Kept})
		return nil
	}
	return e.remembering(siteOutput, key, func(p *part) (bool, error) { return e.makeSite(ctx, p, look) })
}

// makeSite writes the site and reports whether it found the text of every document that has any.
func (e *export) makeSite(ctx context.Context, p *part, look fs.FS) (settled bool, err error) {
	changes, err := e.changes()
	if err != nil {
		return false, err
	}
	options := site.Options{Changes: changes, Since: e.since(), Look: look, WholePapers: e.Text == AllText}
	missed := func() bool { return false }
	if e.Text != NoText {
		texts, err := e.openTexts()
		if err != nil {
			return false, err
		}
		defer texts.Close()
		if err := texts.extract(ctx, options.TextPages); err != nil {
			return false, err
		}
		missed = texts.missed.Load
		options.Text = func(d *dossier.Document) ([]string, error) { return texts.of(ctx, d, options.TextPages(d)) }
	}
	e.Packets.Rest() // what comes now wants memory and no workers
	entry := ledger.Entry{Stage: ledger.Site, Item: "index.html", Whose: e.folder.whose, Outcome: ledger.Planned}
	e.Sink(entry)
	var size atomic.Int64
	create := func(name string, write func(io.Writer) error) error {
		w, err := p.Write(name, write)
		size.Add(w.Size)
		return err
	}
	if err = site.Write(create, e.posting, options); err != nil {
		return false, err
	}
	entry.Outcome, entry.Bytes = ledger.Done, size.Load()
	e.Sink(entry)
	return !missed(), nil
}

// look is the season's folder of pages and style sheets of its own; nil where it has none.
func (e *export) look() (fs.FS, error) {
	dir := filepath.Join(e.season.Dir, "templates")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return os.DirFS(dir), nil
}
