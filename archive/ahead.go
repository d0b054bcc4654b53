package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"iter"
	"runtime"
	"sync"
	"time"
)

// Of a small file, finding and opening it takes longer than copying it, and to compress a text takes longer still. So small
// files and texts are made ready, several at once, while the ones before them are written; a large one is read when its turn
// comes, so that memory does not grow with it.

// The sizes in bytes up to which an entry is made ready ahead. A text is compressed into memory then; a larger one is compressed
// twice, since its compressed size must be known before its header is written.
const (
	maxReady  = 256 << 10
	maxShrink = 8 << 20
)

// isSmall reports whether the entry is to be made ready ahead.
func (e Entry) isSmall() bool { return e.Size <= maxReady || e.isLongText() }

// isLongText reports whether the entry is one of those texts of which few are made ready at once: compressed, one may be as
// long as before.
func (e Entry) isLongText() bool { return e.Size > maxReady && e.Size <= maxShrink && isText(e.Name) }

// longTexts is how many of them may be ready and not written yet.
const longTexts = 2

// ready is an entry whose turn is near: its header and what follows it.
type ready struct {
	Entry
	header *zip.FileHeader
	body   *bytes.Buffer // nil for a large one, of which only the header is known
	err    error
}

// bodies are buffers to be used again.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// makeReady gives the entries in their order, and works ahead of whoever takes them.
func makeReady(entries []Entry, modified time.Time) iter.Seq[ready] {
	return func(yield func(ready) bool) {
		turns, stop := make(chan chan ready, 2*runtime.GOMAXPROCS(0)), make(chan struct{})
		long := make(chan struct{}, longTexts) // taken in the order in which they are given back, so that none waits for a later one
		go func() {
			defer close(turns)
			for _, e := range entries {
				if e.isLongText() {
					select {
					case <-stop:
						return
					case long <- struct{}{}:
					}
				}
				turn := make(chan ready, 1)
				select {
				case <-stop:
					return
				case turns <- turn:
					go func() { turn <- newReady(e, modified) }()
				}
			}
		}()
		defer func() { // nothing of this outlives the call
			close(stop)
			for turn := range turns {
				<-turn
			}
		}()
		for turn := range turns {
			r := <-turn
			if !yield(r) {
				return
			}
			if r.isLongText() {
				<-long
			}
		}
	}
}

func newReady(e Entry, modified time.Time) ready {
	r := ready{Entry: e, header: newHeader(e, modified)}
	if !e.isSmall() {
		return r
	}
	r.body = bodies.Get().(*bytes.Buffer)
	r.body.Reset()
	r.err = r.read()
	return r
}

// read puts what follows the header into body.
func (r *ready) read() (err error) {
	if r.takesOver() {
		packed, err := takeOver(r.header, r.Last)
		if err == nil {
			_, err = r.body.ReadFrom(packed)
		}
		return err
	}
	file, err := r.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text := &checkedReader{r: file, want: r.Entry}
	if isText(r.Name) {
		return shrinkFor(r.header, r.body, text)
	}
	_, err = r.body.ReadFrom(text)
	return err
}

// write writes the entry and lets go of its buffer.
func (r *ready) write(out *zip.Writer) error {
	if r.err != nil {
		return r.err
	}
	if r.body == nil {
		return writeLarge(out, r.header, r.Entry)
	}
	defer bodies.Put(r.body)
	return copyRaw(out, r.header, r.body)
}
