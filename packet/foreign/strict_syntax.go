package foreign

import (
	"bytes"
	"math"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// parser reads objects that are written as PDF 32000-1, 7.3, has them, and nothing else: ok is false for all that a reader
// would have to guess.
type parser struct{ scanner }

// value reads an object that is not a stream.
func (p *parser) value(depth int) (o types.Object, ok bool) {
	p.space()
	switch {
	case depth > maxNesting || len(p.rest) == 0:
		return nil, false
	case p.skip("<<"):
		return p.dict(depth)
	case p.skip("<"):
		return p.hex()
	case p.skip("["):
		return p.array(depth)
	case p.skip("("):
		before := p.rest
		if !p.literal() {
			return nil, false
		}
		return types.StringLiteral(before[:len(before)-len(p.rest)-1]), true
	case p.rest[0] == '/':
		return p.name()
	}
	return p.atom()
}

func (p *parser) array(depth int) (types.Object, bool) {
	var few [8]types.Object // as many as most arrays have
	elements := few[:0]
	for p.space(); !p.skip("]"); p.space() {
		o, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		elements = append(elements, o)
	}
	a := make(types.Array, len(elements))
	copy(a, elements)
	return a, true
}

// dict reads the rest of a dictionary. Of two entries with one key nobody knows which is meant.
func (p *parser) dict(depth int) (types.Object, bool) {
	d := types.Dict{}
	for p.space(); !p.skip(">>"); p.space() {
		key, ok := p.name()
		if !ok {
			return nil, false
		}
		value, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		before := len(d)
		d[string(key)] = value
		if len(d) == before {
			return nil, false
		}
	}
	return d, true
}

func (p *parser) hex() (types.Object, bool) {
	before := p.rest
	if !p.through('>', "0123456789ABCDEFabcdef \t\r\n\f\x00") {
		return nil, false
	}
	digits := bytes.Join(bytes.FieldsFunc(before[:len(before)-len(p.rest)-1], isSpace), nil)
	if len(digits)%2 != 0 {
		digits = append(digits, '0') // as 7.3.4.3 has it
	}
	return types.HexLiteral(digits), true
}

func isSpace(r rune) bool { return r < rune(len(classes)) && classes[r] == whiteSpace }

// name reads a name and what its escapes stand for.
func (p *parser) name() (types.Name, bool) {
	before := p.rest
	if !p.scanner.name() {
		return "", false
	}
	text := before[1 : len(before)-len(p.rest)]
	if bytes.IndexByte(text, '#') < 0 {
		return types.Name(text), true
	}
	name, err := types.DecodeName(string(text))
	return types.Name(name), err == nil
}

// atom reads a number, a reference, or one of the words that are values.
func (p *parser) atom() (types.Object, bool) {
	p.space()
	word := p.regular()
	switch string(word) {
	case "true":
		return types.Boolean(true), true
	case "false":
		return types.Boolean(false), true
	case "null":
		return nil, true
	}
	n, whole, ok := numberOf(word)
	switch {
	case !ok:
		return nil, false
	case !whole:
		return types.Float(n), true
	}
	if word[0] >= '0' && word[0] <= '9' {
		if ref, ok := p.reference(int(n)); ok {
			return ref, true
		}
	}
	return types.Integer(n), true
}

// reference reads the rest of a reference to an object of a number, if it is one.
func (p *parser) reference(number int) (types.IndirectRef, bool) {
	ahead := scanner{p.rest}
	ahead.space()
	generation, whole, ok := numberOf(ahead.regular())
	if !ok || !whole || generation < 0 || generation > math.MaxUint16 || number > maxObjectNumber {
		return types.IndirectRef{}, false
	}
	ahead.space()
	if string(ahead.regular()) != "R" {
		return types.IndirectRef{}, false
	}
	p.rest = ahead.rest
	return *types.NewIndirectRef(number, int(generation)), true
}

// numberOf reads a number (7.3.3): a sign, digits, and a point among them.
func numberOf(word []byte) (n float64, whole, ok bool) {
	digits := word
	if len(word) > 0 && (word[0] == '+' || word[0] == '-') {
		digits = word[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false, false
	}
	point := -1
	var value int64 // of the digits, at most 18
	for i, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			value = 10*value + int64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false, false
		}
	}
	if point >= 0 {
		n, err := strconv.ParseFloat(string(word), 64)
		return n, false, err == nil
	}
	if word[0] == '-' {
		value = -value
	}
	return float64(value), true, value < 1<<53 && value > -(1<<53)
}

// integer reads a whole number that is not negative.
func (p *parser) integer() (int, bool) {
	p.space()
	n, whole, ok := numberOf(p.regular())
	return int(n), ok && whole && n >= 0
}

// keyword passes a word that must stand there.
func (p *parser) keyword(word string) bool {
	p.space()
	return string(p.regular()) == word
}
