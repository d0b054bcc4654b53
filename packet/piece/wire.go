package piece

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrWire says that what came over the pipe is no piece: its sender died on the way, or lost its senses.
var ErrWire = errors.New("not a piece")

// The most that is believed of what a pipe announces.
const (
	maxBytes = 1 << 30
	maxList  = 8 << 20
)

// Write sends a piece.
func Write(w io.Writer, p *Piece) error {
	out := bufio.NewWriterSize(w, 64<<10)
	putHeader(out, p)
	for _, o := range p.objects {
		putObject(out, o)
	}
	return out.Flush()
}

// Errors of a bufio.Writer stick, and Flush gives them.
func putObject(out *bufio.Writer, o Object) {
	var flags byte
	if o.Shared {
		flags |= 1
	}
	if o.Stream {
		flags |= 2
	}
	if o.Size > 0 {
		flags |= 4
	}
	_ = out.WriteByte(flags)
	putNumber(out, o.Number)
	putBody(out, o.Body)
	switch {
	case o.Size > 0:
		putNumber(out, int(o.At))
		putNumber(out, int(o.Size))
	case o.Stream:
		putBytes(out, o.Data)
	}
}

func putNumber(out *bufio.Writer, n int) {
	_, _ = out.Write(binary.AppendVarint(out.AvailableBuffer(), int64(n)))
}

func putBytes(out *bufio.Writer, b []byte) {
	putNumber(out, len(b))
	_, _ = out.Write(b)
}

// Reader receives a piece.
type Reader struct {
	Piece *Piece // without its objects
	in    *bufio.Reader
	left  int
}

// Read receives everything of a piece but its objects, which [Reader.Next] gives.
func Read(in *bufio.Reader) (*Reader, error) {
	r := &Reader{in: in}
	header := intake{Reader: r}
	r.Piece = header.header()
	if header.err != nil {
		return nil, header.err
	}
	if !r.Piece.sound() {
		return nil, fmt.Errorf("%w: its header contradicts itself", ErrWire)
	}
	return r, nil
}

// Numbers is how many object numbers the piece uses, from 1.
func (p *Piece) Numbers() int { return p.count }

// Next receives the next object, or io.EOF after the last.
func (r *Reader) Next() (Object, error) {
	if r.left == 0 {
		return Object{}, io.EOF
	}
	r.left--
	o, err := r.object()
	if err != nil {
		return o, err
	}
	if o.Number < 1 || o.Number > r.Piece.count || !o.Body.sound(r.Piece.count, len(r.Piece.Pages)) {
		return o, fmt.Errorf("%w: object %d", ErrWire, o.Number)
	}
	return o, nil
}

func (r *Reader) object() (o Object, err error) {
	flags, err := r.in.ReadByte()
	if err != nil {
		return o, lost(err)
	}
	o.Shared, o.Stream = flags&1 != 0, flags&2 != 0
	in := intake{Reader: r}
	o.Number, o.Body = in.number(), in.body()
	err = in.err
	switch {
	case err != nil:
	case flags&4 != 0:
		err = r.place(&o)
	case o.Stream:
		o.Data, err = r.bytes(maxBytes)
	}
	return o, err
}

// place reads where in the document a stream lies.
func (r *Reader) place(o *Object) error {
	at, err := r.number()
	if err != nil {
		return err
	}
	size, err := r.number()
	if err != nil {
		return err
	}
	if !o.Stream || at < 0 || size <= 0 || size > math.MaxInt-at {
		return fmt.Errorf("%w: a stream of %d bytes at %d", ErrWire, size, at)
	}
	o.At, o.Size = int64(at), int64(size)
	return nil
}

func (r *Reader) number() (int, error) {
	n, err := binary.ReadVarint(r.in)
	return int(n), lost(err)
}

func (r *Reader) bytes(most int) ([]byte, error) {
	n, err := r.number()
	if err != nil {
		return nil, err
	}
	if n < 0 || n > most {
		return nil, fmt.Errorf("%w: %d bytes", ErrWire, n)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r.in, b)
	return b, lost(err)
}

// lost makes the end of a pipe in the middle of a piece what it is: not an end.
func lost(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sound reports whether everything in the header leads to something.
func (p *Piece) sound() bool {
	has := func(numbers []int) bool {
		for _, n := range numbers {
			if n < 1 || n > p.count {
				return false
			}
		}
		return true
	}
	body := func(b Body) bool { return b.sound(p.count, len(p.Pages)) }
	for _, page := range p.Pages {
		if !body(page.Entries) || !has(page.Contents) || page.Resources < 0 || page.Resources >= len(p.Resources) {
			return false
		}
		for _, a := range page.Annots {
			if !has([]int{a.Number}) || !body(a.Body) {
				return false
			}
		}
	}
	for _, r := range p.Resources {
		if !body(r.Fonts) || !body(r.Others) {
			return false
		}
	}
	l := p.Layers
	for _, b := range append(append([]Body{l.Order}, l.Radio...), l.Apply...) {
		if !body(b) {
			return false
		}
	}
	return has(l.Groups) && has(l.Off) && has(l.Locked) && p.soundOutline(p.Outline)
}

func (p *Piece) soundOutline(marks []Bookmark) bool {
	for _, m := range marks {
		if m.Page < 0 || m.Page >= len(p.Pages) || !p.soundOutline(m.Kids) {
			return false
		}
	}
	return true
}
