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
	if !q.has(recordQuirks) {
		return text
	}
	p := &php{quirks: q, in: json.NewDecoder(bytes.NewReader(text))}
	p.in.UseNumber()
	if err := p.value(""); err != nil {
		return text
	}
	return p.out
}

// php writes JSON as PHP's json_encode does.
type php struct {
	quirks Quirks
	in     *json.Decoder
	out    []byte
	count  int // values so far, by which forms alternate
}

// value writes the next value, which stands under a key, "" for none.
func (p *php) value(key string) error {
	token, err := p.in.Token()
	if err != nil {
		return err
	}
	return p.token(token, key)
}

func (p *php) token(token json.Token, key string) error {
	p.count++
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return p.object(key)
		}
		return p.array()
	case string:
		p.out = p.quirks.appendString(p.out, token)
	case json.Number:
		p.number(token)
	case bool:
		p.flag(token, key)
	case nil:
		p.null(key)
	}
	return nil
}

func (p *php) array() error {
	p.out = append(p.out, '[')
	for i := 0; p.in.More(); i++ {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		if err := p.value(""); err != nil {
			return err
		}
	}
	p.out = append(p.out, ']')
	_, err := p.in.Token()
	return err
}

// mapFields are the fields that hold a map, which PHP cannot tell from an array when it is empty.
var mapFields = map[string]bool{"secondary_fields": true, "conferences": true, "questions": true}

func (p *php) object(key string) error {
	start := len(p.out)
	p.out = append(p.out, '{')
	for p.in.More() {
		if err := p.member(start); err != nil {
			return err
		}
	}
	if len(p.out) == start+1 && p.quirks.has(quirkEmptyArrays) && mapFields[key] {
		p.out = append(p.out[:start], "[]"...)
	} else {
		p.out = append(p.out, '}')
	}
	_, err := p.in.Token()
	return err
}

// member writes a key and its value, or neither where the value is null and the quirks leave it out.
func (p *php) member(start int) error {
	token, err := p.in.Token()
	if err != nil {
		return err
	}
	key, _ := token.(string)
	value, err := p.in.Token()
	if err != nil {
		return err
	}
	if value == nil && p.quirks.has(quirkNulls) && choose(3, key, strconv.Itoa(p.count)) == 0 {
		p.count++
		return nil
	}
	if len(p.out) > start+1 {
		p.out = append(p.out, ',')
	}
	p.out = append(p.quirks.appendString(p.out, key), ':')
	return p.token(value, key)
}

func (p *php) number(n json.Number) {
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
func (q Quirks) appendString(out []byte, text string) []byte {
	out = append(out, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\' || r == '/' && q.has(quirkSlashes):
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\r':
			out = append(out, `\r`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < 0x20:
			out = fmt.Appendf(out, `\u%04x`, r)
		case r >= utf8.RuneSelf && q.has(quirkUnicode):
			out = appendEscaped(out, r)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
}

// appendEscaped writes a character as \uXXXX, as a pair of surrogates where it needs two (RFC 8259, section 7).
func appendEscaped(out []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
}
