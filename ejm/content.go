package ejm

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	fast "github.com/segmentio/asm/base64"
)

const (
	stageSize = 64 << 10          // base64 characters decoded at once
	plainSize = stageSize / 4 * 3 // the bytes they make
	quantum   = 4                 // characters that make three bytes
)

// content decodes the base64 text of one JSON string while it streams by. PHP's escapes (an escaped slash, line breaks
// every 76 characters as escapes) are taken away first. Nothing is allocated while it reads; a content is used for all
// documents of a reply.
type content struct {
	scan  *scanner
	limit int64 // bytes of a document at most

	stripper stripper
	stage    [stageSize + margin]byte // characters waiting to be decoded
	staged   int
	plain    [plainSize]byte // bytes waiting to be read
	r, w     int
	size     int64 // bytes decoded
	closed   bool  // the string's end has been passed
	padded   bool  // "=" has been seen: nothing may follow
}

// begin starts on a string whose opening quote has been used.
func (c *content) begin() {
	c.staged, c.r, c.w, c.size, c.closed, c.padded = 0, 0, 0, 0, false, false
}

// Read gives the next decoded bytes, io.EOF at the string's end.
func (c *content) Read(p []byte) (int, error) {
	for c.r == c.w {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.plain[c.r:c.w])
	c.r += n
	return n, nil
}

// WriteTo writes all decoded bytes without a copy in between.
func (c *content) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if c.r < c.w {
			n, err := w.Write(c.plain[c.r:c.w])
			c.r += n
			written += int64(n)
			if err != nil {
				return written, err
			}
		}
		if err := c.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return written, err
		}
	}
}

// fill decodes the next block into plain. It waits for no more than a worthwhile block: what is decoded is still in the
// processor's cache when its reader hashes it.
func (c *content) fill() error {
	for !c.closed && c.staged < stageSize/4 {
		if err := c.take(); err != nil {
			return err
		}
	}
	if c.closed && c.staged == 0 {
		return io.EOF
	}
	n, used, err := c.decode()
	if err != nil {
		return err
	}
	c.staged = copy(c.stage[:], c.stage[used:c.staged])
	c.r, c.w = 0, n
	c.size += int64(n)
	if c.size > c.limit {
		return fmt.Errorf("%w: a document of over %d bytes", ErrTooLarge, c.limit)
	}
	return nil
}

// take moves characters from the scanner's block to the stage, as far as they are plain or stand after the usual escapes;
// where they are not, it takes the closing quote or one escape.
func (c *content) take() error {
	s := c.scan
	if s.r == s.w {
		if err := s.more(); err != nil {
			return early(err)
		}
	}
	switch s.buf[s.r] {
	case '"':
		s.r++
		c.closed = true
		return nil
	case '\\':
		if s.w-s.r < 2 || !isUsual(s.buf[s.r+1]) {
			return c.escape()
		}
	}
	used, staged := c.stripper.strip(c.stage[c.staged:], s.buf[s.r:min(s.w, s.r+stageSize-c.staged)])
	if used == 0 { // an escape that the rest of the block or stage is too short for
		return c.escape()
	}
	s.r += used
	c.staged += staged
	return nil
}

// isUsual reports whether an escape is one that PHP writes into base64: of a slash, or of a line break.
func isUsual(char byte) bool { return escapes[char].isUsual }

// escape takes one escape sequence: those of line ends and tabs stand for nothing, any other for its character.
func (c *content) escape() error {
	s := c.scan
	for s.w-s.r < len(`\u0000`) && s.err == nil {
		if err := s.more(); err != nil {
			break // what is there may be enough
		}
	}
	rest := s.buf[s.r:s.w]
	if len(rest) < 2 {
		return early(io.EOF)
	}
	char, length := rest[1], 2
	switch char {
	case 'n', 'r', 't':
		char = 0
	case '/':
	case 'u':
		code, ok := hex4(rest[2:])
		if !ok || code > 0x7E {
			return c.broken()
		}
		char, length = byte(code), 6
		if char <= ' ' {
			char = 0
		}
	default:
		return c.broken()
	}
	s.r += length
	if char != 0 {
		c.stage[c.staged] = char
		c.staged++
	}
	return nil
}

// hex4 reads the four digits of a \u escape.
func hex4(digits []byte) (code int, ok bool) {
	if len(digits) < 4 {
		return 0, false
	}
	for _, d := range digits[:4] {
		switch {
		case d >= '0' && d <= '9':
			code = code<<4 | int(d-'0')
		case d|0x20 >= 'a' && d|0x20 <= 'f':
			code = code<<4 | int(d|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return code, true
}

func (c *content) broken() error {
	return fmt.Errorf("%w: its base64 text is broken after %d bytes", ErrBadContent, c.size)
}

// decode decodes what is staged into plain, as far as it makes whole quanta, and gives the bytes made and the characters
// used. The fast decoder takes what is clean; white space and a missing padding go through the standard library.
func (c *content) decode() (n, used int, err error) {
	used = c.staged - c.staged%quantum
	if isWhole := used == c.staged; !c.padded && (isWhole || !c.closed) {
		if n, err := fast.StdEncoding.Decode(c.plain[:], c.stage[:used]); err == nil {
			c.padded = isPadded(c.stage[:used])
			return n, used, nil
		}
	}
	return c.decodeSlowly()
}

// isPadded reports whether text that was decoded ends in padding. The decoder passes over line ends.
func isPadded(text []byte) bool {
	return bytes.HasSuffix(bytes.TrimRight(text, "\r\n"), []byte("="))
}

func (c *content) decodeSlowly() (n, used int, err error) {
	clean := withoutSpace(c.stage[:c.staged])
	c.staged = len(clean)
	if c.padded && len(clean) > 0 {
		return 0, 0, c.broken() // something follows the padding
	}
	used = len(clean)
	if !c.closed {
		used -= used % quantum
	}
	text := bytes.TrimRight(clean[:used], "=")
	padding := used - len(text)
	c.padded = c.padded || padding > 0
	if padding > 0 && len(text)%quantum+padding > quantum || padding > 0 && len(text)%quantum == 0 {
		return 0, 0, c.broken()
	}
	n, err = base64.RawStdEncoding.Decode(c.plain[:], text)
	if err != nil {
		return 0, 0, c.broken()
	}
	return n, used, nil
}

// withoutSpace takes white space out, in place.
func withoutSpace(chars []byte) []byte {
	clean := chars[:0]
	for _, char := range chars {
		if char > ' ' {
			clean = append(clean, char)
		}
	}
	return clean
}
