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

// siteWork is what there is to do for the site.
type siteWork struct {
	key    string
	stands bool // the last run made just this one
	site.Options
}

// planSite finds out whether the site is to be made. It is asked through export.siteWork, which asks once.
func (e *export) planSite() (*siteWork, error) {
	look, err := e.look()
	if err != nil {
		return nil, err
	}
	key, err := e.key(e.since(), e.Text)
	if err != nil {
		return nil, err
	}
	// A look of the season's own is somebody's work, and may have changed.
	work := &siteWork{key: key, stands: look == nil && e.stands(siteOutput, key)}
	work.Options = site.Options{Since: e.since(), Look: look, WholePapers: e.Text == AllText}
	return work, nil
}

// texts takes from the documents what the site's search will look through. After it the workers rest: what is left to make
// wants memory, and none of them.
func (e *export) texts(ctx context.Context) error {
	defer e.Packets.Rest()
	work, err := e.siteWork()
	if err != nil || work.stands || e.Text == NoText {
		return err
	}
	if e.taken, err = e.openTexts(); err != nil {
		return err
	}
	return e.taken.extract(ctx, work.TextPages)
}

// site writes the offline site, with the season's own look where its folder has a templates folder.
func (e *export) site(ctx context.Context) error {
	work, err := e.siteWork()
	if err != nil {
		return err
	}
	if work.stands {
		e.Sink(ledger.Entry{Stage: ledger.Site, Item: "index.html", Whose: e.whose, Outcome: ledger.Kept})
		return nil
	}
	return e.remembering(siteOutput, work.key, func(p *part) (bool, error) { return e.makeSite(ctx, p, work.Options) })
}

// makeSite writes the site and reports whether it found the text of every document that has any.
func (e *export) makeSite(ctx context.Context, p *part, options site.Options) (settled bool, err error) {
	if options.Changes, err = e.changes(); err != nil {
		return false, err
	}
	if e.taken != nil {
		options.Text = func(d *dossier.Document) ([]string, error) { return e.taken.of(ctx, d, options.TextPages(d)) }
	}
	entry := ledger.Entry{Stage: ledger.Site, Item: "index.html", Whose: e.whose, Outcome: ledger.Planned}
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
	return e.taken == nil || !e.taken.missed.Load(), nil
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
