package ejm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What a reply may hold at most, so that no server can make us run out of memory.
const (
	blockSize   = 64 << 10 // bytes of a reply in memory while it is read
	maxKey      = 4 << 10  // bytes of an object's key
	maxRecord   = 16 << 20 // bytes of one record without its filecontent
	maxNesting  = 256      // brackets open at once
	maxEnvelope = 4        // brackets around a record
)

// scanner reads JSON from a stream of any length with one block of it in memory. It finds where values begin and end; what
// stands in them is for encoding/json, which also judges them. What it keeps costs memory, what it skips does not.
type scanner struct {
	src  io.Reader
	buf  []byte
	r, w int   // buf[r:w] has been read from src and not been used
	err  error // from src, once there was one
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, buf: make([]byte, blockSize)}
}

// scan is a scanner of JSON in memory. Values it passes stay where they are.
func scan(data []byte) *scanner {
	return &scanner{buf: data, w: len(data), err: io.EOF}
}

// more reads on, keeping what has not been used. It gives io.EOF when there is no more.
func (s *scanner) more() error {
	if s.err != nil {
		return s.err
	}
	s.w = copy(s.buf, s.buf[s.r:s.w])
	s.r = 0
	for range 100 {
		var n int
		n, s.err = s.src.Read(s.buf[s.w:])
		s.w += n
		if n > 0 {
			return nil
		}
		if s.err != nil {
			return s.err
		}
	}
	s.err = io.ErrNoProgress
	return s.err
}

// peek gives the next byte that is no white space, without using it.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.r < s.w; s.r++ {
			switch c := s.buf[s.r]; c {
			case ' ', '\t', '\n', '\r':
			default:
				return c, nil
			}
		}
		if err := s.more(); err != nil {
			return 0, early(err)
		}
	}
}

// early is the error of a reply that ends within a value.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the answer ends in the middle", ErrBadContent)
	}
	return err
}

// garbled is the error of a reply that is no JSON.
func (s *scanner) garbled() error {
	return fmt.Errorf("%w: the answer is not JSON", ErrBadContent) // which may be anything, secrets too
}

// open uses the bracket that begins an array or object.
func (s *scanner) open(bracket byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != bracket {
		return s.garbled()
	}
	s.r++
	return nil
}

// another moves to the next value within the brackets, using the comma before it or the bracket that ends them.
func (s *scanner) another(isFirst bool, bracket byte) (bool, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, err
	case c == bracket:
		s.r++
		return false, nil
	case isFirst:
		return true, nil
	case c != ',':
		return false, s.garbled()
	}
	s.r++
	return true, nil
}

// key uses a key and its colon.
func (s *scanner) key() (raw []byte, err error) {
	if c, err := s.peek(); err != nil || c != '"' {
		if err == nil {
			err = s.garbled()
		}
		return nil, err
	}
	raw, err = s.value(nil, maxKey)
	if err != nil {
		return nil, err
	}
	if !json.Valid(raw) {
		return nil, s.garbled()
	}
	return raw, s.open(':')
}

// value uses the next value and appends it to kept, as long as that stays within limit bytes. The brackets within need not
// match: json.Valid says whether they do.
func (s *scanner) value(kept []byte, limit int) ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return kept, err
	}
	var e extent
	for {
		n, err := e.measure(s.buf[s.r:s.w])
		if err != nil {
			return kept, err
		}
		if len(kept)+n > limit {
			return kept, fmt.Errorf("%w: a record or key of over %d bytes", ErrTooLarge, limit)
		}
		kept = append(kept, s.buf[s.r:s.r+n]...)
		s.r += n
		if e.ended {
			return kept, nil
		}
		if err := s.more(); err != nil {
			if errors.Is(err, io.EOF) && e.isNumberOrWord {
				return kept, nil
			}
			return kept, early(err)
		}
	}
}

// end makes sure that nothing but white space follows.
func (s *scanner) end() error {
	_, err := s.peek()
	switch {
	case err == nil:
		return s.garbled()
	case errors.Is(s.err, io.EOF):
		return nil
	}
	return err
}

// extent finds where a value ends, from one block of it to the next.
type extent struct {
	ended          bool
	inString       bool
	afterBackslash bool
	isNumberOrWord bool
	brackets       int
}

// measure gives how many bytes of the block belong to the value, and sets ended once it is complete.
func (e *extent) measure(block []byte) (n int, err error) {
	for n < len(block) && !e.ended {
		switch {
		case e.inString:
			n += e.string(block[n:])
		case e.isNumberOrWord:
			n += e.numberOrWord(block[n:])
		default:
			if err := e.bracket(block[n]); err != nil {
				return n, err
			}
			if !e.isNumberOrWord {
				n++
			}
		}
	}
	return n, nil
}

// bracket takes one byte outside strings: the first of a value, or any between the brackets of an array or object.
func (e *extent) bracket(c byte) error {
	switch c {
	case '"':
		e.inString = true
	case '[', '{':
		if e.brackets++; e.brackets > maxNesting {
			return fmt.Errorf("%w: over %d arrays and objects in each other", ErrBadContent, maxNesting)
		}
	case ']', '}':
		e.brackets--
		e.ended = e.brackets <= 0
	default:
		e.isNumberOrWord = e.brackets == 0
	}
	return nil
}

// string takes what belongs to the string, up to its closing quote.
func (e *extent) string(block []byte) int {
	n := 0
	if e.afterBackslash {
		e.afterBackslash = false
		n = 1
	}
	for n < len(block) {
		quote := len(block)
		if i := bytes.IndexByte(block[n:], '"'); i >= 0 {
			quote = n + i
		}
		for n < quote {
			i := bytes.IndexByte(block[n:quote], '\\')
			if i < 0 {
				n = quote
				break
			}
			n += i + 2 // may step over the quote, or over the end of the block
		}
		switch {
		case n > len(block):
			e.afterBackslash = true
			return len(block)
		case n == quote && n < len(block):
			e.inString = false
			e.ended = e.brackets == 0
			return n + 1
		}
	}
	return n
}

// numberOrWord takes what belongs to a number, true, false or null.
func (e *extent) numberOrWord(block []byte) int {
	i := bytes.IndexAny(block, ",]}: \t\n\r")
	if i < 0 {
		return len(block)
	}
	e.ended = true
	return i
}

// members calls do with each member of an object that is valid JSON, in order. Key and value are not to be kept: the value,
// and the text of most keys, is part of data.
func members(data []byte, do func(key, value []byte)) error {
	s := scan(data)
	if err := s.open('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := s.another(first, '}'); !more {
			return err
		}
		key, err := s.inPlace()
		if err == nil && key[0] != '"' {
			err = s.garbled()
		}
		if err == nil {
			err = s.open(':')
		}
		if err != nil {
			return err
		}
		value, err := s.inPlace()
		if err != nil {
			return err
		}
		do(textOf(key), value)
	}
}

// each calls do with each record of a value that holds records: the elements of an array, the values of an object keyed
// "0", "1", …, or the value itself.
func each(value []byte, do func(element []byte)) {
	if value[0] == '{' {
		isList := true
		_ = members(value, func(key, _ []byte) { isList = isList && isIndex(key) }) // valid, as decode has made sure
		if !isList {
			do(value)
			return
		}
		_ = members(value, func(_, element []byte) { do(element) })
		return
	}
	s := scan(value)
	s.r = 1
	for first := true; ; first = false {
		if more, _ := s.another(first, ']'); !more {
			return
		}
		element, err := s.inPlace()
		if err != nil {
			return
		}
		do(element)
	}
}

// inPlace uses the next value of a scanner that has all of its JSON in memory, and gives it without a copy.
func (s *scanner) inPlace() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	var e extent
	n, err := e.measure(s.buf[s.r:s.w])
	if err != nil {
		return nil, err
	}
	value := s.buf[s.r : s.r+n : s.r+n]
	s.r += n
	if n == 0 {
		return nil, s.garbled()
	}
	return value, nil
}

// isIndex reports whether a key is one that PHP gives to the elements of a list.
func isIndex(key []byte) bool {
	for _, c := range key {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(key) > 0
}
