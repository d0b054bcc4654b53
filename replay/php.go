package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// recordQuirks are those that change the text of a record, rather than what surrounds it.
const recordQuirks = quirkSlashes | quirkUnicode | quirkEmptyArrays | quirkNumbers | quirkFlags | quirkNulls | quirkZeroDates | quirkUnknownKeys

// unknownKey is a field that no description of the API has.
const unknownKey = `"x_internal":{"flags":[1,"two",null],"note":"\"}]"}`

// record writes a record, or a list of them, as the quirks have it. Without any that matter it is what it was, byte for
// byte.
func (q Quirks) record(record []byte) []byte {
	if !q.has(recordQuirks) {
		return record
	}
	if q.has(quirkUnknownKeys) {
		record = withField(record, unknownKey)
	}
	return q.rewrite(record)
}

// rewrite writes any JSON text as the quirks have it, keys in their order. What is no JSON stays as it is.
func (q Quirks) rewrite(text []byte) []byte {
	if !q.has(recordQuirks) || !json.Valid(text) {
		return text
	}
	p := &php{quirks: q, in: text, out: make([]byte, 0, len(text)+len(text)/8)}
	p.value("")
	return p.out
}

// php writes JSON as PHP's json_encode does.
type php struct {
	quirks Quirks
	in     []byte // what is still to be written, valid JSON
	out    []byte
	count  int // values so far, by which forms alternate
}

// next passes over what stands between values, and gives the byte that begins one or ends the brackets around them.
func (p *php) next() byte {
	for i, c := range p.in {
		switch c {
		case ' ', '\t', '\n', '\r', ',', ':':
		default:
			p.in = p.in[i:]
			return c
		}
	}
	return 0
}

// value writes the next value, which stands under a key, "" for none.
func (p *php) value(key string) {
	c := p.next()
	p.count++
	switch c {
	case '{':
		p.object(key)
	case '[':
		p.array()
	case '"':
		p.out = p.quirks.appendString(p.out, p.string())
	case 't', 'f':
		p.flag(string(p.word()) == "true", key)
	case 'n':
		p.word()
		p.null(key)
	default:
		p.number(p.word())
	}
}

// string uses the next string and gives its text.
func (p *php) string() []byte {
	end, plain := 1, true
	for p.in[end] != '"' {
		if p.in[end] == '\\' {
			plain = false
			end++
		}
		end++
	}
	quoted := p.in[:end+1]
	p.in = p.in[end+1:]
	if plain {
		return quoted[1:end]
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // valid, as rewrite has made sure
	return []byte(text)
}

// word uses the next number, true, false or null.
func (p *php) word() []byte {
	end := bytes.IndexAny(p.in, ",]} \t\n\r")
	if end < 0 {
		end = len(p.in)
	}
	word := p.in[:end]
	p.in = p.in[end:]
	return word
}

func (p *php) array() {
	p.in = p.in[1:]
	p.out = append(p.out, '[')
	for i := 0; p.next() != ']'; i++ {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.value("")
	}
	p.out = append(p.out, ']')
	p.in = p.in[1:]
}

// mapFields are the fields that hold a map, which PHP cannot tell from an array when it is empty.
var mapFields = map[string]bool{"secondary_fields": true, "conferences": true, "questions": true}

func (p *php) object(key string) {
	start := len(p.out)
	p.in = p.in[1:]
	p.out = append(p.out, '{')
	for p.next() != '}' {
		p.member(start)
	}
	p.in = p.in[1:]
	if len(p.out) == start+1 && p.quirks.has(quirkEmptyArrays) && mapFields[key] {
		p.out = append(p.out[:start], "[]"...)
	} else {
		p.out = append(p.out, '}')
	}
}

// member writes a key and its value, or neither where the value is null and the quirks leave it out.
func (p *php) member(start int) {
	key := string(p.string())
	if p.next() == 'n' && p.quirks.has(quirkNulls) && choose(3, key, strconv.Itoa(p.count)) == 0 {
		p.word()
		p.count++
		return
	}
	if len(p.out) > start+1 {
		p.out = append(p.out, ',')
	}
	p.out = append(p.quirks.appendString(p.out, []byte(key)), ':')
	p.value(key)
}

func (p *php) number(n []byte) {
	if p.quirks.has(quirkNumbers) {
		p.out = append(append(append(p.out, '"'), n...), '"')
		return
	}
	p.out = append(p.out, n...)
}

func (p *php) flag(set bool, key string) {
	digit := "0"
	if set {
		digit = "1"
	}
	switch {
	case !p.quirks.has(quirkFlags) || key == "error":
		p.out = strconv.AppendBool(p.out, set)
	case choose(2, key) == 0:
		p.out = append(p.out, digit...)
	default:
		p.out = append(p.out, `"`+digit+`"`...)
	}
}

func (p *php) null(key string) {
	isTime := strings.HasSuffix(key, "date") || strings.HasSuffix(key, "_at") || strings.HasSuffix(key, "_time")
	switch {
	case isTime && p.quirks.has(quirkZeroDates):
		p.out = append(p.out, `"0000-00-00 00:00:00"`...)
	case p.quirks.has(quirkNulls) && choose(2, key) == 0:
		p.out = append(p.out, `""`...)
	default:
		p.out = append(p.out, "null"...)
	}
}

// appendString writes a string with the escapes that the quirks ask for.
func (q Quirks) appendString(out, text []byte) []byte {
	out = append(out, '"')
	for len(text) > 0 {
		n := q.plain(text)
		out = append(out, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			break
		}
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == '"' || r == '\\' || r == '/':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < 0x20:
			out = fmt.Appendf(out, `\u%04x`, r)
		case q.has(quirkUnicode):
			out = appendEscaped(out, r)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// plain is how many of the first bytes of a text are written as they are.
func (q Quirks) plain(text []byte) int {
	slashes := q.has(quirkSlashes)
	for i, c := range text {
		if c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '/' && slashes {
			return i
		}
	}
	return len(text)
}

// appendEscaped writes a character as \uXXXX, as a pair of surrogates where it needs two (RFC 8259, section 7).
func appendEscaped(out []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
}
