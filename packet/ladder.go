package packet

import (
	"bytes"
	"context"
	"errors"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/foreign"
	"github.com/ejmx/ejmx/packet/piece"
)

// add puts a document into the packet in the best way there is: its own pages, pictures of them, or a placeholder.
func (b *Builder) add(ctx context.Context, a *assembly, d *dossier.Document) error {
	if !d.State.HasBytes() {
		a.none()
		return nil
	}
	t := attempt{Builder: b, assembly: a, open: func() (*document, error) { return openDocument(a.posting.Files, d) }}
	err := t.document(ctx)
	if failure, ok := errors.AsType[*foreign.Failure](err); ok {
		b.options.Log.Info("a document gets a placeholder", "appid", a.dossier.AppID, "document", d.Label, "why", failure)
		a.placeholder(string(failure.Reason))
		return nil
	}
	return err
}

// attempt is one document on its way into a packet.
type attempt struct {
	*Builder
	*assembly
	open func() (*document, error)
}

// document tries the ways of showing a document of its kind, best first. The failure it returns is that of the first way,
// which is about the document rather than about a repair of it, unless a later one knows for certain.
func (t *attempt) document(ctx context.Context) error {
	head, err := t.head()
	if err != nil {
		return err
	}
	ways, what := foreign.Ways(head)
	failed := &foreign.Failure{Reason: what}
	spent := 0
	for i, way := range ways {
		err := t.way(ctx, way, failed.Reason)
		var failure *foreign.Failure
		if !errors.As(err, &failure) {
			return err
		}
		t.options.Log.Debug("a way of showing a document failed", "way", way, "why", failure)
		if failure.Reason == foreign.Slow || failure.Reason == foreign.Large {
			spent++
		}
		if i == 0 || failure.Reason.Certain() {
			failed = failure
		}
		if failure.Reason.Final() || spent == mostSpent {
			break
		}
	}
	return failed
}

// mostSpent is how often a document may take all the time or memory there is before no more is tried with it.
const mostSpent = 3

// head gives the beginning of the document.
func (t *attempt) head() ([]byte, error) {
	d, err := t.open()
	if err != nil {
		return nil, &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	defer d.Close()
	head, err := foreign.Head(d.whole())
	if err != nil {
		return nil, &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	return head, nil
}

// way has a worker show the document in one way, and adds what it makes. reason is why no better way was possible.
func (t *attempt) way(ctx context.Context, way foreign.Way, reason foreign.Reason) error {
	d, err := t.open()
	if err != nil {
		return &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	defer d.Close()
	if d.size > t.options.Limits.Bytes {
		return &foreign.Failure{Reason: foreign.TooBig}
	}
	if way == foreign.Office {
		return t.converted(ctx, d, reason)
	}
	job := foreign.Job{Way: way, Path: d.path, Bytes: d.size, Limits: t.options.Limits, Cache: t.options.CacheDir}
	return t.workers.run(ctx, job, d.whole(), func(r *piece.Reader) error { return t.take(r, d, string(reason)) })
}

// converted shows what LibreOffice makes of the document, which is a PDF like any other.
func (t *attempt) converted(ctx context.Context, d *document, reason foreign.Reason) error {
	if t.options.SOffice == "" {
		return &foreign.Failure{Reason: reason}
	}
	select {
	case t.Builder.office <- struct{}{}:
		defer func() { <-t.Builder.office }()
	case <-ctx.Done():
		return ctx.Err()
	}
	made, err := convert(ctx, t.options.SOffice, t.options.Scratch, d.whole(), t.options.Limits)
	if err != nil {
		return err
	}
	again := *t
	again.open = func() (*document, error) { return documentOf(made), nil }
	if !bytes.HasPrefix(made, []byte("%PDF-")) { // else what it made could be made into something again, without end
		return &foreign.Failure{Reason: foreign.NotPossible, Detail: "LibreOffice made no PDF of it"}
	}
	return again.document(ctx)
}
