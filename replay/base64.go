package replay

import "io"

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
	t.buffer = t.buffer[:0]
	for _, c := range p {
		if t.column == base64Line && t.lineBreak != "" {
			t.buffer = append(t.buffer, t.lineBreak...)
			t.column = 0
		}
		if t.written == t.garbleAt {
			c = '!'
		}
		if c == '/' && t.slashes {
			t.buffer = append(t.buffer, '\\')
		}
		t.buffer = append(t.buffer, c)
		t.column++
		t.written++
	}
	if _, err := t.out.Write(t.buffer); err != nil {
		return 0, err
	}
	return len(p), nil
}
