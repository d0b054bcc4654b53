package replay

import (
	"bytes"
	"io"
	"slices"
)

// base64Line is how many characters of base64 PHP puts on a line (RFC 2045, section 6.8).
const base64Line = 76

// base64Text takes base64 and writes it as it stands in a JSON string: with breaks between lines and slashes escaped where
// EJM does so.
type base64Text struct {
	out       io.Writer
	slashes   bool   // whether / is written \/
	lineBreak string // as it stands in JSON, "" for none
	garbleAt  int64  // the character to be spoiled, -1 for none

	column  int
	written int64 // characters of base64
	buffer  []byte
}

func (t *base64Text) Write(p []byte) (int, error) {
	if !t.slashes && t.lineBreak == "" && t.garbleAt < 0 {
		return t.out.Write(p)
	}
	t.buffer = slices.Grow(t.buffer[:0], len(p)+len(p)/16)
	for rest := p; len(rest) > 0; {
		if t.column == base64Line && t.lineBreak != "" {
			t.buffer = append(t.buffer, t.lineBreak...)
			t.column = 0
		}
		line := rest[:min(len(rest), base64Line-t.column%base64Line)]
		rest = rest[len(line):]
		t.line(line)
	}
	if _, err := t.out.Write(t.buffer); err != nil {
		return 0, err
	}
	return len(p), nil
}

// line adds characters of one line to the buffer.
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
		t.buffer = append(append(t.buffer, line[:slash]...), `\/`...)
		line = line[slash+1:]
	}
	t.buffer = append(t.buffer, line...)
}
