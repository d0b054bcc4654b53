package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// Order says who disposes, and how.
type Order struct {
	By            string // the person who gives the order, as they say; may be ""
	Account       string // of the computer
	Tool          string // "ejmx 0.1.0"
	IncludeOthers bool   // delete files in exports, too, that people put there
	Now           func() time.Time
	Sink          ledger.Sink
}

// OthersError says that people's own files lie in what is to be deleted.
type OthersError struct{ Files []string }

func (e *OthersError) Error() string {
	return fmt.Sprintf("nothing was deleted: people put files of their own into the exports that are to go:\n  %s", strings.Join(e.Files, "\n  "))
}

// Hint says what to do about it.
func (e *OthersError) Hint() string {
	return "move away what must be kept; with --include-others they are deleted like the rest"
}

// RemainsError says that something is still there after a disposal. No certificate was given.
type RemainsError struct{ Found []string }

func (e *RemainsError) Error() string {
	return fmt.Sprintf("not all of it is gone, so there is no certificate yet:\n  %s", strings.Join(e.Found, "\n  "))
}

// Hint says what to do about it.
func (e *RemainsError) Hint() string {
	return "look at what is named, move or delete it, and run ejmx prune --dispose again: it goes on from here"
}

// Certified is a disposal that has ended: its certificate, and the paths of its files.
type Certified struct {
	archive.Certificate
	JSON string `json:"json"`
	PDF  string `json:"pdf"`
}

// Dispose deletes what a survey found, verifies that nothing of it remains, and certifies it. It may be ended at any moment:
// the mirror stays a good one, and [FinishDisposal] goes on. The caller holds the season's lock, since before the survey.
func Dispose(ctx context.Context, season *Season, s *Survey, o Order) (*Certified, error) {
	if len(s.Others) > 0 && !o.IncludeOthers {
		return nil, &OthersError{s.Others}
	}
	began := o.Now().UTC().Truncate(time.Second)
	c := &s.plan.Certificate
	c.Name, c.Began, c.By, c.Account, c.Tool = "disposal-"+began.Format("20060102T150405Z"), began, o.By, o.Account, o.Tool
	dir, err := openArchives(season.Dir)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.plan.write(dir), dir.Close()); err != nil {
		return nil, err
	}
	return s.plan.run(ctx, season, o)
}

// FinishDisposal goes on with a disposal that was ended before its end, as it was planned then; nil where there is none. The
// caller holds the season's lock.
func FinishDisposal(ctx context.Context, season *Season, o Order) (*Certified, error) {
	d, err := readDisposal(season)
	if err != nil || d == nil {
		return nil, err
	}
	return d.run(ctx, season, o)
}

// run deletes in an order in which every state it passes through is a good one: records before the documents that they refer
// to. Each step may be done again.
func (d *disposal) run(ctx context.Context, season *Season, o Order) (certified *Certified, err error) {
	root, err := os.OpenRoot(season.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	steps := []func() error{
		func() error { return season.Mirror.MarkDisposed(d.Postings, d.Certificate.Began) },
		func() error { return season.Mirror.Forget(ctx, d.due(), o.Sink) },
		season.Mirror.ForgetErrors,
		func() error { return d.removeDocuments(ctx, season, o.Sink) },
		func() error { return d.removeDerived(ctx, season, o.Sink) },
		func() error { return d.removePaths(ctx, root, o.Sink) },
		func() error { return d.removeArchives(ctx, root, o.Sink) },
		func() error { return d.nothingRemains(ctx, season, root, o.Sink) },
		func() error { certified, err = d.certify(season, o); return err },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return certified, nil
}

func (d *disposal) due() map[ejm.ID]bool {
	set := map[ejm.ID]bool{}
	for _, id := range d.Postings {
		set[id] = true
	}
	return set
}

// each does something to each of some items, and tells the ledger. A name that people may have given is not told.
func each[T any](ctx context.Context, sink ledger.Sink, items []T, entry func(T) ledger.Entry, do func(T) error) error {
	for _, item := range items {
		planned := entry(item)
		planned.Stage, planned.Outcome = ledger.Prune, ledger.Planned
		sink(planned)
	}
	for _, item := range items {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := do(item); err != nil {
			return err
		}
		done := entry(item)
		done.Stage, done.Outcome = ledger.Prune, ledger.Done
		sink(done)
	}
	return nil
}

func (d *disposal) removeDocuments(ctx context.Context, season *Season, sink ledger.Sink) error {
	err := each(ctx, sink, d.Documents,
		func(p plannedDocument) ledger.Entry {
			return ledger.Entry{Item: fmt.Sprintf("%s %s", p.Kind, p.BlobID), Bytes: p.Size}
		},
		func(p plannedDocument) error { return season.Mirror.Remove(p.Reference) })
	if err != nil {
		return err
	}
	return season.Mirror.SyncRemoved()
}

func (d *disposal) removeDerived(ctx context.Context, season *Season, sink ledger.Sink) error {
	return each(ctx, sink, d.Derived, func(name string) ledger.Entry { return ledger.Entry{Item: "derived " + name} }, season.Mirror.RemoveDerived)
}

func (d *disposal) removePaths(ctx context.Context, root *os.Root, sink ledger.Sink) error {
	return each(ctx, sink, d.Paths, func(name string) ledger.Entry { return ledger.Entry{Item: name} }, root.RemoveAll)
}

func (d *disposal) removeArchives(ctx context.Context, root *os.Root, sink ledger.Sink) error {
	return each(ctx, sink, d.Archives,
		func(a plannedArchive) ledger.Entry { return ledger.Entry{Item: "archive " + a.Name, Bytes: a.Size} },
		func(a plannedArchive) error {
			if err := root.Remove(path.Join(archivesFolder, a.Name)); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		})
}

// certify writes the certificate, notes it in the register, and so ends the disposal.
func (d *disposal) certify(season *Season, o Order) (certified *Certified, err error) {
	dir, err := openArchives(season.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	c := &d.Certificate
	certified = &Certified{JSON: path.Join(archivesFolder, c.Name+".json"), PDF: path.Join(archivesFolder, c.Name+".pdf")}
	lines, err := Register(season.Dir)
	if err != nil {
		return nil, err
	}
	if len(lines) > 0 && lines[len(lines)-1].Archive == c.Name+".json" { // all was done but to end it
		data, err := dir.ReadFile(c.Name + ".json")
		if err == nil {
			err = json.Unmarshal(data, &certified.Certificate)
		}
		return certified, errors.Join(err, dir.Remove(disposalFile))
	}
	if c.Previous, err = archive.LastSum(dir, registerFile); err != nil {
		return nil, err
	}
	c.Time = o.Now().Truncate(time.Second)
	c.Seal()
	line, err := d.writeCertificate(dir)
	if err != nil {
		return nil, err
	}
	if err := Note(season.Dir, line); err != nil {
		return nil, err
	}
	certified.Certificate = *c
	return certified, dir.Remove(disposalFile)
}

// noted is what the register says of a disposal besides the certificate's checksum.
type noted struct {
	Totals   archive.DisposedTotal `json:"totals"`
	Digest   string                `json:"sha256_digest"`
	PDF      string                `json:"pdf_sha256"`
	Archives []string              `json:"archives"` // names of local archives deleted
	Copies   int                   `json:"copies_elsewhere"`
}

// disposedArchives gives the names of the local archives that a disposal deleted.
func disposedArchives(line archive.Line) []string {
	var details noted
	if json.Unmarshal(line.Details, &details) != nil {
		return nil
	}
	return details.Archives
}
