package foreign

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// document is the file of a job. It is read where it is needed, and as a whole only by those ways of showing it that cannot
// do with less.
type document struct {
	io.ReaderAt
	io.Closer
	size   int64
	memory int64  // what the worker may use
	whole  []byte // once it is read as a whole
}

// inMemory is a document that is at hand.
func inMemory(b []byte, limits Limits) *document {
	return &document{Closer: io.NopCloser(nil), size: int64(len(b)), memory: limits.Memory, whole: b}
}

// take gives a job's document: the file of its path, or the bytes that follow it. It is good until the next job's is taken.
func (w *worker) take(in io.Reader, job Job) (*document, error) {
	if job.Path == "" {
		return receiveDocument(in, job)
	}
	f, err := os.Open(job.Path)
	if err != nil {
		return nil, &Failure{Unreadable, err.Error()}
	}
	info, err := f.Stat()
	if err == nil && info.Size() != job.Bytes {
		err = fmt.Errorf("it has %d bytes instead of %d", info.Size(), job.Bytes)
	}
	if err != nil {
		return nil, &Failure{Unreadable, errors.Join(err, f.Close()).Error()}
	}
	d := &document{ReaderAt: f, Closer: f, size: job.Bytes, memory: job.Limits.Memory}
	if d.size <= heldWhole {
		w.held = slices.Grow(w.held[:0], int(d.size))[:d.size]
		err = d.read(w.held)
	}
	return d, err
}

// receiveDocument takes a document from the pipe. One that is too large is read to its end, for the next job comes after it.
func receiveDocument(in io.Reader, job Job) (*document, error) {
	d := inMemory(nil, job.Limits)
	d.size = job.Bytes
	if err := d.admit(1); err != nil {
		if _, broken := io.CopyN(io.Discard, in, job.Bytes); broken != nil {
			return nil, broken
		}
		return nil, err
	}
	d.whole = make([]byte, job.Bytes)
	_, err := io.ReadFull(in, d.whole)
	return d, err
}

// heldWhole is how long a file may be to be read at once: most are, and one read is quicker than many.
const heldWhole = 8 << 20

// admit refuses what takes so many times a document's length of memory, before any of it is taken. What else a worker needs
// finds room in the rest.
func (d *document) admit(times int64) error {
	if d.size > d.memory*3/4/times {
		return &Failure{Large, fmt.Sprintf("%d bytes, %d times", d.size, times)}
	}
	return nil
}

// bytes gives the whole document to a way of showing it that takes so many times its length of memory, the bytes included.
func (d *document) bytes(times int64) ([]byte, error) {
	if err := d.admit(times); err != nil || d.whole != nil {
		return d.whole, err
	}
	err := d.read(make([]byte, d.size))
	return d.whole, err
}

// read reads all of a document into a place for it.
func (d *document) read(whole []byte) error {
	if _, err := d.ReadAt(whole, 0); err != nil && !errors.Is(err, io.EOF) {
		return &Failure{Unreadable, err.Error()}
	}
	d.whole = whole
	return nil
}

// window gives up to n bytes from an offset on, none beyond the document's end.
func (d *document) window(offset int64, n int) ([]byte, error) {
	if offset < 0 || offset > d.size {
		return nil, nil
	}
	if d.whole != nil {
		return d.whole[offset:min(d.size, offset+int64(n))], nil
	}
	b := make([]byte, min(int64(n), d.size-offset))
	if _, err := d.ReadAt(b, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, &Failure{Unreadable, err.Error()}
	}
	return b, nil
}
