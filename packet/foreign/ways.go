package foreign

import (
	"context"
	"errors"
	"fmt"

	"github.com/ejmx/ejmx/packet/piece"
)

// asIs carries a PDF's own pages over. A file that is written as the standard has it is copied object by object, so that
// its pages cannot come out different; whatever had to be repaired or guessed is compared with what another reader, PDFium,
// makes of the file.
func (w *worker) asIs(ctx context.Context, job Job, d *document) (*piece.Piece, error) {
	if p, err := asWritten(job, d); !errors.Is(err, errOdd) {
		return p, err
	}
	document, err := d.bytes(lenientCopies)
	if err != nil {
		return nil, err
	}
	s, err := readLenient(ctx, document)
	if err != nil {
		return nil, err
	}
	p, err := importPages(s, job.Limits.Pages)
	if err != nil {
		return nil, err
	}
	if err := looksKept(s, job.Way); err != nil || len(s.odd) == 0 {
		return p, err
	}
	if err := d.admit(lenientCopies + comparedCopies); err != nil {
		return nil, err
	}
	engine, err := w.session(ctx, job)
	if err != nil {
		return nil, err
	}
	defer engine.close()
	original, err := engine.open(document)
	if err != nil {
		return nil, err
	}
	defer original.close()
	return p, faithful(engine, original, p, false)
}

// asWritten carries over the pages of a file that is read without guessing. The error is errOdd where that is not possible.
func asWritten(job Job, d *document) (*piece.Piece, error) {
	s, err := readStrict(d)
	if err != nil {
		return nil, err
	}
	p, err := importPages(s, job.Limits.Pages)
	if len(s.odd) > 0 {
		return nil, fmt.Errorf("%w: %s", errOdd, s.odd[0])
	}
	if err == nil {
		err = looksKept(s, job.Way)
	}
	return p, err
}

// How many times a document's length PDFium takes: it has a copy of its own, and what it writes is as long.
const (
	drawnCopies    = 2
	comparedCopies = 2
	repairedCopies = 4
)

// looksKept makes sure that every form field has a look to be carried over. What a field says may be a few words on a page,
// whose absence a comparison of whole pages overlooks. A file in which PDFium has drawn the fields still asks for that.
func looksKept(s *source, way Way) error {
	switch {
	case s.unseen:
		return &Failure{Differs, "a form field has no appearance"}
	case s.redraw && way != Flatten:
		return &Failure{Differs, "viewers are to draw the form's fields"}
	}
	return nil
}

// repaired carries over the pages of what PDFium makes of a PDF.
func (w *worker) repaired(ctx context.Context, job Job, d *document) (*piece.Piece, error) {
	document, err := d.bytes(repairedCopies)
	if err != nil {
		return nil, err
	}
	engine, err := w.session(ctx, job)
	if err != nil {
		return nil, err
	}
	defer engine.close()
	original, err := engine.open(document)
	if err != nil {
		return nil, err
	}
	defer original.close()
	if original.pages == 0 {
		return nil, &Failure{NoPages, ""}
	}
	subject, err := engine.open(document) // a copy, for a repair may change what is drawn
	if err != nil {
		return nil, err
	}
	file, err := subject.repair(job.Way)
	subject.close()
	if err != nil {
		return nil, err
	}
	s, err := readLenient(ctx, file)
	if err != nil {
		return nil, err
	}
	p, err := importPages(s, job.Limits.Pages)
	if err != nil {
		return nil, err
	}
	if err := looksKept(s, job.Way); err != nil {
		return nil, err
	}
	return p, faithful(engine, original, p, job.Way != Rewrite)
}

// rebuilt carries over the pages of a PDF whose cross-reference table is not to be trusted. Where PDFium can draw the file
// the pages are compared; where it cannot, something must be seen on them.
func (w *worker) rebuilt(ctx context.Context, job Job, d *document) (*piece.Piece, error) {
	document, err := d.bytes(repairedCopies)
	if err != nil {
		return nil, err
	}
	file, err := rebuild(document)
	if err != nil {
		return nil, err
	}
	s, err := readLenient(ctx, file)
	if err != nil {
		return nil, err
	}
	p, err := importPages(s, job.Limits.Pages)
	if err != nil {
		return nil, err
	}
	if err := looksKept(s, job.Way); err != nil {
		return nil, err
	}
	engine, err := w.session(ctx, job)
	if err != nil {
		return nil, err
	}
	defer engine.close()
	if original, err := engine.open(document); err == nil {
		defer original.close()
		if original.canDraw() {
			return p, faithful(engine, original, p, false)
		}
	}
	return p, visible(engine, p)
}

// drawn makes pages of pictures of a PDF's pages.
func (w *worker) drawn(ctx context.Context, job Job, d *document) (*piece.Piece, error) {
	document, err := d.bytes(drawnCopies)
	if err != nil {
		return nil, err
	}
	engine, err := w.session(ctx, job)
	if err != nil {
		return nil, err
	}
	defer engine.close()
	original, err := engine.open(document)
	if err != nil {
		return nil, err
	}
	defer original.close()
	switch {
	case original.pages == 0:
		return nil, &Failure{NoPages, ""}
	case original.pages > job.Limits.Pages:
		return nil, &Failure{ManyPages, ""}
	}
	p := &piece.Piece{Image: true}
	for page := range original.pages {
		picture, release, err := original.draw(page, drawResolution)
		if err != nil {
			return nil, err
		}
		width, height, err := original.size(page)
		err = errors.Join(err, addDrawn(p, picture, width, height), ctx.Err())
		release()
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}
