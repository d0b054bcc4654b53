package foreign

import (
	"bytes"
	"strconv"
)

// soundObject reports whether an indirect object of a number stands at the start of b, written as PDF 32000-1, 7.3, has it.
// pdfcpu guesses where it is not, and a guess may lose a font or a picture without a word.
func soundObject(b []byte, number int) bool {
	s := scanner{rest: b}
	return s.word() == strconv.Itoa(number) && isInteger(s.word()) && s.word() == "obj" && s.value(0)
}

// soundValue reports whether a single object, as object streams hold them, stands at the start of b.
func soundValue(b []byte) bool {
	s := scanner{rest: b}
	return s.value(0)
}

// scanner goes through the text of an object.
type scanner struct{ rest []byte }

// maxNesting is how deep arrays and dictionaries are followed.
const maxNesting = 100

// value passes an object, and reports whether there was one.
func (s *scanner) value(depth int) bool {
	s.space()
	switch {
	case depth > maxNesting || len(s.rest) == 0:
		return false
	case s.skip("<<"):
		return s.entries(depth)
	case s.skip("<"):
		return s.through('>', "0123456789ABCDEFabcdef \t\r\n\f\x00")
	case s.skip("["):
		for s.space(); !s.skip("]"); s.space() {
			if !s.value(depth + 1) {
				return false
			}
		}
		return true
	case s.skip("("):
		return s.literal()
	case s.rest[0] == '/':
		return s.name()
	}
	return s.atom()
}

func (s *scanner) entries(depth int) bool {
	for s.space(); !s.skip(">>"); s.space() {
		if !s.name() || !s.value(depth+1) {
			return false
		}
	}
	return true
}

// atom passes a number, a reference, or one of the words that are values.
func (s *scanner) atom() bool {
	word := s.word()
	switch word {
	case "true", "false", "null":
		return true
	}
	if _, err := strconv.ParseFloat(word, 64); err != nil {
		return false
	}
	if ahead := (scanner{s.rest}); isInteger(word) && isInteger(ahead.word()) && ahead.word() == "R" {
		s.rest = ahead.rest
	}
	return true
}

func isInteger(word string) bool {
	_, err := strconv.ParseUint(word, 10, 32)
	return err == nil
}

// name passes a name whose escapes are complete.
func (s *scanner) name() bool {
	if !s.skip("/") {
		return false
	}
	word := s.regular()
	for i := bytes.IndexByte(word, '#'); i >= 0; i = bytes.IndexByte(word, '#') {
		if i+2 >= len(word) || !isHex(word[i+1]) || !isHex(word[i+2]) {
			return false
		}
		word = word[i+3:]
	}
	return true
}

func isHex(c byte) bool { return bytes.IndexByte([]byte("0123456789ABCDEFabcdef"), c) >= 0 }

// literal passes the rest of a string in parentheses.
func (s *scanner) literal() bool {
	open := 1
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s.rest = s.rest[i+1:]
				return true
			}
		}
	}
	return false
}

// through passes characters out of a set up to and with an end.
func (s *scanner) through(end byte, set string) bool {
	i := bytes.IndexByte(s.rest, end)
	if i < 0 || len(bytes.Trim(s.rest[:i], set)) > 0 {
		return false
	}
	s.rest = s.rest[i+1:]
	return true
}

// word passes white space and gives the regular characters after it.
func (s *scanner) word() string {
	s.space()
	return string(s.regular())
}

func (s *scanner) regular() []byte {
	n := 0
	for n < len(s.rest) && classes[s.rest[n]] == regularCharacter {
		n++
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return word
}

// classes tells what separates words from what they are made of (PDF 32000-1, 7.2.2, tables 1 and 2).
var classes = [256]class{
	0: whiteSpace, '\t': whiteSpace, '\n': whiteSpace, '\f': whiteSpace, '\r': whiteSpace, ' ': whiteSpace,
	'(': delimiter, ')': delimiter, '<': delimiter, '>': delimiter, '[': delimiter, ']': delimiter,
	'{': delimiter, '}': delimiter, '/': delimiter, '%': delimiter,
}

type class uint8

const (
	regularCharacter class = iota
	whiteSpace
	delimiter
)

func (s *scanner) skip(prefix string) bool {
	rest, ok := bytes.CutPrefix(s.rest, []byte(prefix))
	s.rest = rest
	return ok
}

// space passes white space and comments.
func (s *scanner) space() {
	for {
		n := 0
		for n < len(s.rest) && classes[s.rest[n]] == whiteSpace {
			n++
		}
		s.rest = s.rest[n:]
		if len(s.rest) == 0 || s.rest[0] != '%' {
			return
		}
		if n = bytes.IndexAny(s.rest, "\r\n"); n < 0 {
			n = len(s.rest)
		}
		s.rest = s.rest[n:]
	}
}
