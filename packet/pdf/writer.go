package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// Header is how every file starts: the version, and a comment of bytes above 127 by which programs that move files know
// it for binary (7.5.2).
const Header = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"

// An object stream is written when it holds this many objects or bytes: enough that they compress well together, few
// enough that a reader who wants one does not unpack a file's worth.
const (
	objectStreamCount = 200
	objectStreamBytes = 128 << 10
)

// Writer lays down one PDF file in one pass. It holds an entry of 16 bytes for each object and the object stream it is
// filling, no stream and no other object, however long the file grows.
//
// The first error sticks: calls after it do nothing, and [Writer.Err] and [Writer.Close] give it. A Writer is not for
// use by several goroutines.
type Writer struct {
	out     io.Writer
	offset  int64
	digest  hash.Hash
	err     error
	entries []entry // by object number; the one of number 0 is not used

	members []byte // the object stream being filled: its objects, a line each
	index   []byte // and their numbers and offsets within members
	inside  []Ref  // and their numbers alone, in order
	scratch []byte // an object being serialised
	packed  bytes.Buffer
}

// NewWriter starts a file on out. Many small writes are made; a [bufio.Writer] suits a file.
func NewWriter(out io.Writer) *Writer {
	w := &Writer{out: out, digest: sha256.New(), entries: make([]entry, 1)}
	w.write([]byte(Header))
	return w
}

// Err gives the first error met so far.
func (w *Writer) Err() error { return w.err }

// Alloc gives the next object number. The object may be put at any time before Close; one that never is reads as null
// (7.3.10).
func (w *Writer) Alloc() Ref {
	w.entries = append(w.entries, entry{})
	return Ref(len(w.entries) - 1)
}

// Add puts an object under a number of its own.
func (w *Writer) Add(o Object) Ref {
	ref := w.Alloc()
	w.Put(ref, o)
	return ref
}

// Put writes an object that is not a stream, compressed together with its neighbours. It keeps nothing of o.
func (w *Writer) Put(ref Ref, o Object) {
	if !w.claim(ref) {
		return
	}
	w.index = strconv.AppendInt(w.index, int64(ref), 10)
	w.index = append(w.index, ' ')
	w.index = strconv.AppendInt(w.index, int64(len(w.members)), 10)
	w.index = append(w.index, ' ')
	w.members = append(appendValue(w.members, o), '\n')
	w.inside = append(w.inside, ref)
	w.entries[ref] = entry{kind: inObjectStream}
	if len(w.inside) >= objectStreamCount || len(w.members) >= objectStreamBytes {
		w.flushObjects()
	}
}

// PutStream writes a stream whose data is encoded already, as the dictionary's Filter says. The dictionary, a [Dict] or
// anything else that serialises as one, must not name a Length: the writer adds it.
func (w *Writer) PutStream(ref Ref, dict Object, data []byte) {
	w.openStream(ref, dict, Int(len(data)))
	w.write(data)
	w.closeStream()
}

// CopyStream is PutStream for data that is read from r to its end, without holding it. Its length need not be known.
func (w *Writer) CopyStream(ref Ref, dict Object, r io.Reader) {
	length := w.Alloc()
	w.openStream(ref, dict, length)
	start := w.offset
	if w.err == nil {
		if _, err := io.Copy(sink{w}, r); err != nil && w.err == nil {
			w.err = fmt.Errorf("pdf: stream of object %d: %w", ref, err)
		}
	}
	size := w.offset - start
	w.closeStream()
	w.Put(length, Int(size))
}

// CopyKnown is PutStream for data that is read from r, of which the size is known, and a sum that stands for the data in
// the file's identifier. The error is one of reading, which leaves the file unusable; errors of writing stick.
func (w *Writer) CopyKnown(ref Ref, dict Object, r SizedReader, sum [sha256.Size]byte) error {
	w.openStream(ref, dict, Int(r.Size()))
	w.digest.Write(sum[:])
	n, err := io.Copy(unsummed{w}, r)
	w.closeStream()
	switch {
	case w.err != nil:
		return nil //nolint:nilerr // what io.Copy gives is the error that sticks
	case err == nil && n != r.Size():
		return io.ErrUnexpectedEOF
	}
	return err
}

// SizedReader is some data and how much it is.
type SizedReader interface {
	io.Reader
	Size() int64
}

// worthPacking is how long a stream's data must be for deflating it to save more than it costs.
const worthPacking = 512

// PutCompressed writes a stream of plain data, deflated where that makes it shorter to speak of. The dictionary must name
// neither Length nor Filter.
func (w *Writer) PutCompressed(ref Ref, dict Object, data []byte) {
	if len(data) < worthPacking {
		w.PutStream(ref, dict, data)
		return
	}
	w.PutStream(ref, withEntry{dict, "/Filter/FlateDecode"}, w.pack(data))
}

// AddStream puts a stream of plain data, deflated, under a number of its own.
func (w *Writer) AddStream(dict Object, data []byte) Ref {
	ref := w.Alloc()
	w.PutCompressed(ref, dict, data)
	return ref
}

// openStream writes everything of a stream that stands before its data.
func (w *Writer) openStream(ref Ref, dict, length Object) {
	if !w.claim(ref) {
		return
	}
	w.entries[ref] = entry{kind: atOffset, where: w.offset}
	b := strconv.AppendInt(w.scratch[:0], int64(ref), 10)
	b = append(b, " 0 obj\n"...)
	b = withEntry{dict, "/Length "}.Append(b)
	b = length.Append(b[:len(b)-len(">>")])
	b = append(b, ">>\nstream\n"...)
	w.write(b)
	w.scratch = b
}

func (w *Writer) closeStream() { w.write([]byte("\nendstream\nendobj\n")) }

// claim says whether an object may be put under ref, and sticks an error where not: that is a mistake of the caller's
// that would give a damaged file.
func (w *Writer) claim(ref Ref) bool {
	switch {
	case w.err != nil:
	case ref <= 0 || int(ref) >= len(w.entries):
		w.err = fmt.Errorf("pdf: object %d was never allocated", ref)
	case w.entries[ref].kind != free:
		w.err = fmt.Errorf("pdf: object %d is put twice", ref)
	}
	return w.err == nil
}

// flushObjects writes the objects gathered so far as one object stream (7.5.7).
func (w *Writer) flushObjects() {
	if len(w.inside) == 0 || w.err != nil {
		return
	}
	stream := w.Alloc()
	for i, ref := range w.inside {
		w.entries[ref] = entry{kind: inObjectStream, where: int64(stream), index: int32(i)}
	}
	first := len(w.index)
	w.PutCompressed(stream, Dict{
		"Type": Name("ObjStm"), "N": Int(len(w.inside)), "First": Int(first),
	}, append(w.index, w.members...))
	w.members, w.index, w.inside = w.members[:0], w.index[:0], w.inside[:0]
}

// deflaters are of a megabyte each, so they go from stream to stream and from file to file.
var deflaters = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

// pack deflates data into a buffer that is good until the next call.
func (w *Writer) pack(data []byte) []byte {
	w.packed.Reset()
	deflater := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(deflater)
	deflater.Reset(&w.packed)
	_, err := deflater.Write(data)
	if err = errors.Join(err, deflater.Close()); err != nil && w.err == nil {
		w.err = err
	}
	return w.packed.Bytes()
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.out.Write(b)
	w.offset += int64(n)
	w.digest.Write(b[:n])
	w.err = err
}

// unsummed is a sink whose data is in the digest already.
type unsummed struct{ w *Writer }

func (u unsummed) Write(b []byte) (n int, err error) {
	if u.w.err == nil {
		n, u.w.err = u.w.out.Write(b)
		u.w.offset += int64(n)
	}
	return n, u.w.err
}

// sink lets io.Copy write to the file with offsets and digest kept.
type sink struct{ w *Writer }

func (s sink) Write(b []byte) (int, error) {
	s.w.write(b)
	return len(b), s.w.err
}

// withEntry is a dictionary with one more entry, serialised already, at its end.
type withEntry struct {
	dict Object
	text string
}

func (e withEntry) Append(b []byte) []byte {
	b = e.dict.Append(b)
	return append(append(b[:len(b)-len(">>")], e.text...), ">>"...)
}
