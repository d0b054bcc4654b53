package packet

import (
	"context"
	"errors"
	"io/fs"

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
	show := attempt{Builder: b, assembly: a, files: a.posting.Files, name: d.Content}
	err := show.document(ctx)
	var failure *foreign.Failure
	if errors.As(err, &failure) {
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
	files fs.FS
	name  string
}

// document tries the ways of showing a document of its kind, best first. The failure it returns is the first one, which is
// about the document rather than about a repair of it.
func (t *attempt) document(ctx context.Context) error {
	head, err := t.head()
	if err != nil {
		return &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	ways, reason := foreign.Ways(head)
	first := error(&foreign.Failure{Reason: reason})
	for i, way := range ways {
		err := t.way(ctx, way, reason)
		var failure *foreign.Failure
		if !errors.As(err, &failure) {
			return err
		}
		t.options.Log.Debug("a way of showing a document failed", "way", way, "why", failure)
		if i == 0 || failure.Reason.Final() {
			first, reason = failure, failure.Reason
		}
		if failure.Reason.Final() {
			break
		}
	}
	return first
}

// head gives the beginning of the document.
func (t *attempt) head() ([]byte, error) {
	f, err := t.files.Open(t.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return foreign.Head(f)
}

// way has a worker show the document in one way, and adds what it makes.
func (t *attempt) way(ctx context.Context, way foreign.Way, reason foreign.Reason) error {
	f, err := t.files.Open(t.name)
	if err != nil {
		return &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return &foreign.Failure{Reason: foreign.Unreadable, Detail: err.Error()}
	}
	if info.Size() > t.options.Limits.Bytes {
		return &foreign.Failure{Reason: foreign.TooBig}
	}
	job := foreign.Job{Way: way, Bytes: info.Size(), Limits: t.options.Limits, Cache: t.options.CacheDir}
	return t.workers.run(ctx, job, f, func(r *piece.Reader) error { return t.take(r, string(reason)) })
}
