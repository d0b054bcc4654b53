package exporter

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/site"
)

// site writes the offline site, with the season's own look where its folder has a templates folder.
func (e *export) site(ctx context.Context) error {
	changes, err := e.changes()
	if err != nil {
		return err
	}
	look, err := e.look()
	if err != nil {
		return err
	}
	options := site.Options{Changes: changes, Since: e.since(), Look: look, WholePapers: e.Text == AllText}
	if e.Text != NoText {
		texts, err := e.openTexts()
		if err != nil {
			return err
		}
		defer texts.Close()
		if err := texts.extract(ctx, options.TextPages); err != nil {
			return err
		}
		options.Text = func(d *dossier.Document) ([]string, error) { return texts.of(d, options.TextPages(d)) }
	}
	entry := ledger.Entry{Stage: ledger.Site, Item: "index.html", Whose: e.folder.whose, Outcome: ledger.Planned}
	e.Sink(entry)
	create := func(name string, write func(io.Writer) error) error {
		w, err := e.folder.Write(name, write)
		entry.Bytes += w.Size
		return err
	}
	if err := site.Write(create, e.posting, options); err != nil {
		return err
	}
	entry.Outcome = ledger.Done
	e.Sink(entry)
	return nil
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
