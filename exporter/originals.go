package exporter

import (
	"context"
	"errors"
	"io/fs"
	"iter"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/abreast"
	"github.com/ejmx/ejmx/ledger"
)

// documents copies the originals, unless they lie there already.
func (e *export) documents(ctx context.Context) error {
	if !e.Documents {
		return nil
	}
	if err := e.roomForOriginals(); err != nil {
		return err
	}
	for d, doc := range e.originals() {
		e.Sink(ledger.Entry{Stage: ledger.Originals, Item: doc.Path, Whose: d.Name.Full(), Outcome: ledger.Planned})
	}
	return abreast.Each(len(e.posting.Dossiers), e.Workers, func(i int) error {
		d := e.posting.Dossiers[i]
		for doc := range withOriginal(d) {
			if err := e.original(ctx, d, doc); err != nil {
				return err
			}
		}
		return nil
	})
}

// roomForOriginals refuses to begin where the originals that are to come, and take room, have none. Those of the last run are
// taken for being there.
func (e *export) roomForOriginals() error {
	if e.Room == nil {
		return nil
	}
	var need int64
	var first *dossier.Document
	for _, doc := range e.originals() {
		if _, known := e.folder.past[doc.Path]; known {
			continue
		}
		if _, err := e.folder.root.Lstat(doc.Path); errors.Is(err, fs.ErrNotExist) {
			need += doc.Bytes
			first = doc
		}
	}
	if need == 0 {
		return nil
	}
	file, err := e.posting.Files.Open(first.Content)
	if err != nil {
		return err
	}
	defer file.Close()
	if e.folder.clones(file) {
		return nil
	}
	return e.Room(e.folder.root.Name(), need)
}

// originals gives the documents that have bytes, each with whose it is.
func (e *export) originals() iter.Seq2[*dossier.Dossier, *dossier.Document] {
	return func(yield func(*dossier.Dossier, *dossier.Document) bool) {
		for _, d := range e.posting.Dossiers {
			for doc := range withOriginal(d) {
				if !yield(d, doc) {
					return
				}
			}
		}
	}
}

// withOriginal gives the documents of a dossier that have bytes.
func withOriginal(d *dossier.Dossier) iter.Seq[*dossier.Document] {
	return func(yield func(*dossier.Document) bool) {
		for i := range d.Documents {
			if doc := &d.Documents[i]; doc.Path != "" && !yield(doc) {
				return
			}
		}
	}
}

// original brings one document's original up to date. Where the mirror's bytes are not those it recorded, that document
// has failed and nothing of it is shown.
func (e *export) original(ctx context.Context, d *dossier.Dossier, doc *dossier.Document) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	entry := ledger.Entry{Stage: ledger.Originals, Item: doc.Path, Whose: d.Name.Full(), Bytes: doc.Bytes, Outcome: ledger.Kept}
	if w, same := e.folder.Unchanged(doc.Path); same && w.SHA256 == doc.SHA256 {
		e.Sink(entry)
		return nil
	}
	switch err := e.copyDocument(doc); {
	case errors.Is(err, errOtherBytes):
		e.mu.Lock()
		e.damaged = append(e.damaged, doc)
		e.mu.Unlock()
		entry.Outcome, entry.Err = ledger.Failed, errDamaged
	case err != nil:
		return err
	default:
		entry.Outcome = ledger.Done
	}
	e.Sink(entry)
	return nil
}

func (e *export) copyDocument(doc *dossier.Document) (err error) {
	file, err := e.posting.Files.Open(doc.Content)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = e.folder.Copy(doc.Path, file, doc.SHA256)
	return err
}

var errDamaged = errors.New("the mirror's copy is damaged: ejmx fetch --restore-damaged gets it again")

// located notes in the dossiers what became of the originals, for the outputs that come after: packets are made of the
// dossiers at the same time as originals are copied.
func (e *export) located(context.Context) error {
	for _, doc := range e.damaged {
		doc.State, doc.Reason, doc.Path = dossier.Failed, errDamaged.Error(), ""
	}
	if !e.Documents {
		for _, doc := range e.originals() {
			doc.Path = ""
		}
	}
	return nil
}
