package replay

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/segmentio/asm/base64"
)

// base64Line is how many characters of base64 PHP puts on a line (RFC 2045, section 6.8).
const base64Line = 76

// base64Text writes bytes as base64 in the form it has within a JSON string: with breaks between lines and slashes escaped
// where EJM does so.
type base64Text struct {
	out       io.Writer
	slashes   bool   // whether / is written \/
	lineBreak string // as it stands in JSON, "" for none
	garbleAt  int64  // the character to be spoiled, -1 for none

	column  int
	written int64 // characters of base64
	*block
}

// block is room for a part of a document.
type block struct {
	content [48 << 10]byte // a multiple of three, so that only a document's last block is padded
	encoded [64 << 10]byte
	escaped []byte
}

var blocks = sync.Pool{New: func() any { return new(block) }}

// copyFrom writes all of content.
func (t *base64Text) copyFrom(content io.Reader) error {
	t.block = blocks.Get().(*block)
	defer blocks.Put(t.block)
	for {
		n, err := io.ReadFull(content, t.content[:])
		text := t.encoded[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(text, t.content[:n])
		if err := t.write(text); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// write writes characters of base64.
func (t *base64Text) write(text []byte) error {
	if t.slashes || t.lineBreak != "" || t.garbleAt >= 0 {
		text = t.escape(text)
	}
	_, err := t.out.Write(text)
	return err
}

// escape gives the characters as they stand in the string, until the next call.
func (t *base64Text) escape(text []byte) []byte {
	t.escaped = slices.Grow(t.escaped[:0], len(text)+len(text)/8)
	for len(text) > 0 {
		if t.column == base64Line && t.lineBreak != "" {
			t.escaped = append(t.escaped, t.lineBreak...)
			t.column = 0
		}
		line := text[:min(len(text), base64Line-t.column%base64Line)]
		text = text[len(line):]
		t.line(line)
	}
	return t.escaped
}

// line adds characters of one line to what is written next.
func (t *base64Text) line(line []byte) {
	t.column += len(line)
	if at := t.garbleAt - t.written; at >= 0 && at < int64(len(line)) {
		line = bytes.Clone(line)
		line[at] = '!'
	}
	t.written += int64(len(line))
	for t.slashes {
		slash := bytes.IndexByte(line, '/')
		if slash < 0 {
			break
		}
		t.escaped = append(append(t.escaped, line[:slash]...), `\/`...)
		line = line[slash+1:]
	}
	t.escaped = append(t.escaped, line...)
}
