// Package season makes up a season: an organisation that advertises positions, the people who apply, what they send, what
// is written about them. Nobody in it exists.
//
//	m, err := mirror.Create(dir)
//	err = season.Write(m, season.Options{})
//
// A season is written as a mirror, as if it had been fetched from EJM, with records in EJM's words. The same [Options] give
// the same season, byte for byte, so that tests can rely on it. It has what real seasons have: names in many scripts, two
// people of one name and one of a single name, letters that have not arrived, links, a photograph, a word processor's
// file, a PDF that nobody can open, and people who apply twice.
//
// It builds its records by hand and shares no code with what decodes them.
package season

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/mirror"
)

// Options says what season to make. The zero Options is the season of the demo.
type Options struct {
	Seed         uint64
	Applications int       // 0 is 24
	Postings     int       // 0 is 2
	Taken        time.Time // of the first snapshot; zero is 2026-11-24 09:00 UTC
	Days         int       // how many days go by after it, each with a snapshot of its own: letters arrive, are replaced, withdrawn …

	// DocumentBytes makes every document a page of about so many bytes, which is quick: for measuring. 0 is documents that
	// one would read.
	DocumentBytes int64
	// Full has everybody send seven documents, four files and three letters, of which none is still to come: for measuring, with
	// DocumentBytes.
	Full bool
	// Odd adds what EJM should not send but does: a file that has no file_id.
	Odd bool
}

// API is the address that a made-up season says it is from.
const API = "https://backend.econjobmarket.org"

func (o Options) withDefaults() Options {
	if o.Applications == 0 {
		o.Applications = 24
	}
	if o.Postings == 0 {
		o.Postings = 2
	}
	if o.Taken.IsZero() {
		o.Taken = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	}
	return o
}

// Write makes a season up and writes it into a mirror: its documents, and a snapshot for its first day and each day after.
// Documents that the mirror has are not made again.
func Write(m *mirror.Mirror, options Options) error {
	if options.Applications < 0 || options.Postings < 0 || options.Days < 0 || options.DocumentBytes < 0 {
		return fmt.Errorf("a season cannot have less than nothing: %+v", options)
	}
	w := newWorld(options.withDefaults())
	for day := range options.Days + 1 {
		if day > 0 {
			w.nextDay()
		}
		if err := w.writeDocuments(m); err != nil {
			return err
		}
		if err := w.writeSnapshot(m); err != nil {
			return err
		}
	}
	return nil
}

// writeDocuments makes all documents there are today and puts them into the mirror.
func (w *world) writeDocuments(m *mirror.Mirror) error {
	var group errgroup.Group
	group.SetLimit(2 * runtime.GOMAXPROCS(0)) // half of them wait for the disk
	planned := map[*document]bool{}
	for _, d := range w.documents() {
		if planned[d] || m.Has(d.kind, d.blobid) {
			continue
		}
		planned[d] = true
		group.Go(func() error { return w.writeDocument(m, d) })
	}
	return group.Wait()
}

func (w *world) writeDocument(m *mirror.Mirror, d *document) error {
	out, err := m.NewDocument(d.kind)
	if err != nil {
		return err
	}
	if err := w.print(out, d); err != nil {
		return fmt.Errorf("%s %s: %w", d.kind, d.blobid, firstError(err, out.Abort()))
	}
	d.size, d.sha1 = out.Size(), out.SHA1()
	_, err = out.Commit(d.blobid, documentRecord(d))
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// writeSnapshot writes the records as they stand today.
func (w *world) writeSnapshot(m *mirror.Mirror) (err error) {
	if err := w.recall(m); err != nil {
		return err
	}
	out, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: w.now, API: API})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, out.Abort()) }()
	for _, list := range w.lists() {
		for _, record := range list.records {
			if err := out.Add(list.method, record); err != nil {
				return err
			}
		}
	}
	for _, p := range w.postings {
		if n := len(w.applicationsTo(p)); n > 0 {
			out.SetPosting(p.id, mirror.PostingState{Title: p.title, Applications: n, Held: true})
		}
	}
	_, _, err = out.Commit()
	return err
}

// recall looks up how large the documents are that the mirror had already.
func (w *world) recall(m *mirror.Mirror) error {
	for _, d := range w.documents() {
		if d.sha1 != "" {
			continue
		}
		blob, err := m.Document(d.kind, d.blobid)
		if err != nil {
			return err
		}
		d.size, d.sha1 = blob.Size, blob.SHA1
	}
	return nil
}

// documents are those with contents, of all applications there are today.
func (w *world) documents() []*document {
	var all []*document
	for _, a := range w.applications {
		for _, f := range a.files {
			if f.document != nil {
				all = append(all, f.document)
			}
		}
		for _, r := range a.recommendations {
			if r.document != nil {
				all = append(all, r.document)
			}
		}
	}
	return all
}

func (w *world) applicationsTo(p *posting) []*application {
	var to []*application
	for _, a := range w.applications {
		if a.posting == p {
			to = append(to, a)
		}
	}
	return to
}
