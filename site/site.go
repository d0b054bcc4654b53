// Package site writes an offline site of a posting: a list of all candidates to search, filter and sort, and a page for
// each, with the packet beside it. It opens from any folder, without a server and without a network.
//
// [Write] makes index.html, assets/, candidates/ and the list packets/index.pdf out of a posting that an edition was applied to; it shows what it is
// given and nothing else. Nothing an applicant wrote can run: pages are made by html/template, and their Content Security
// Policy allows no script but the site's own files and no request to anywhere. Without script the list still shows
// everyone and links every packet.
//
// A person's marks (stars, tags, notes) stay in their browser; the file they save them to is read by workbook.ReadMarks.
package site

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/templates"
)

// Options are what a site shows beside the posting itself.
type Options struct {
	Changes []dossier.Change // since the previous export, as far as the edition may show them
	Since   string           // the previous export's snapshot; "" for a first export

	// Text gives the text of a document, one string a page; nil where documents are not to be searched. No text is no
	// error. Of a job-market paper the site uses the first two pages, which hold the abstract, unless WholePapers is set.
	Text        func(d *dossier.Document) ([]string, error)
	WholePapers bool

	// Look holds a user's own pages, style sheet and scripts, each in place of the built-in one of the same name; nil for
	// none.
	Look fs.FS
}

// Create makes one file of the site with whatever write puts into it. Names have slashes and are relative to the export's
// folder. It is called from several goroutines.
type Create func(name string, write func(io.Writer) error) error

// Write writes the site of a posting. Its bytes depend on the input alone.
func Write(create Create, p *dossier.Posting, o Options) error {
	w := &writer{create: create, posting: p, options: o}
	// The list to print is one goroutine's work, and the workbook is written at the same time; the candidates' pages fill the
	// processors when either is done.
	for _, step := range []func() error{w.parse, w.text, w.assets, w.list, w.index, w.candidates} {
		if err := step(); err != nil {
			return fmt.Errorf("site: %w", err)
		}
	}
	return nil
}

// writer is a site while it is written.
type writer struct {
	create  Create
	posting *dossier.Posting
	options Options
	pages   *template.Template
	texts   []string // names of the files that hold documents' texts
}

// look opens one of the files that give the site its look.
func (w *writer) look(name string) ([]byte, error) {
	if w.options.Look != nil {
		data, err := fs.ReadFile(w.options.Look, name)
		if err == nil {
			return data, nil
		}
	}
	return fs.ReadFile(templates.Site, "site/"+name)
}

func (w *writer) parse() error {
	w.pages = template.New("").Funcs(template.FuncMap{"href": href, "page": pageHref, "pieces": pieces})
	for _, name := range []string{"index.html", "candidate.html"} {
		data, err := w.look(name)
		if err != nil {
			return err
		}
		if _, err := w.pages.New(name).Parse(string(data)); err != nil {
			return err
		}
	}
	return nil
}

// assets are the site's style sheet and scripts.
var assets = []string{"site.css", "theme.js", "marks.js", "list.js", "candidate.js"}

func (w *writer) assets() error {
	for _, name := range assets {
		data, err := w.look(name)
		if err != nil {
			return err
		}
		err = w.create("assets/"+name, func(out io.Writer) error {
			_, err := out.Write(data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fill writes one page.
func (w *writer) fill(name, page string, data any) error {
	return w.create(name, func(out io.Writer) error { return w.pages.ExecuteTemplate(out, page, data) })
}
