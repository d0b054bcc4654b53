package ejm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Record is what every record from EJM carries besides its fields.
type Record struct {
	// Raw is the record as EJM sent it, keys unknown to us included, on one line. It is what to keep.
	Raw json.RawMessage
	// Odd names the fields that came in a form never seen before, such as "posid" or "files[2].blobid". They are empty
	// here and whole in Raw: worth a note to the user, no reason to give the record up.
	Odd []string
}

// RawRecord is the record as EJM sent it.
func (r Record) RawRecord() json.RawMessage { return r.Raw }

// Forget lets go of Raw, for who keeps the fields of many records and has no use for the rest.
func (r *Record) Forget() { r.Raw = nil }

// OddFields is Odd.
func (r Record) OddFields() []string { return r.Odd }

// field is one key of a record and where its value goes: an *ID, *string, *int64, *bool or a taker.
type field struct {
	key string
	to  any
}

// A taker reads its own form of a value. It reports in odd the parts that it did not understand, "" for all of it.
type taker interface {
	take(value []byte) (odd []string)
}

// decode keeps data as the record's Raw and reads the fields from it. Its error is of text that is no JSON; a record that
// is no object, or has a field that is not what it should be, is merely odd.
func (r *Record) decode(data []byte, fields []field) error {
	line, err := oneLine(data)
	if err != nil {
		return fmt.Errorf("%w: the record is not JSON", ErrBadContent)
	}
	return r.read(line, fields)
}

// read is decode for JSON that is valid and on one line, and becomes the record's Raw.
func (r *Record) read(line []byte, fields []field) error {
	r.Raw, r.Odd = line, nil
	if line[0] != '{' {
		r.Odd = []string{"record"}
		return nil
	}
	return r.assign(fields)
}

// assign reads the fields from Raw, an object, and names in Odd those that are not what they should be.
func (r *Record) assign(fields []field) error {
	return members(r.Raw, func(key, value []byte) {
		for i := range fields {
			if fields[i].key == string(key) {
				r.Odd = append(r.Odd, within(fields[i].key, assign(value, fields[i].to))...)
				return
			}
		}
	})
}

// oneLine is a copy of data without white space between its values. Its error is of text that is no JSON.
func oneLine(data []byte) ([]byte, error) {
	var line bytes.Buffer
	line.Grow(len(data))
	err := json.Compact(&line, data)
	return line.Bytes(), err
}

// within puts a field's name before the names of its odd parts.
func within(key string, odd []string) []string {
	for i, part := range odd {
		odd[i] = key + part
	}
	return odd
}

// wholly is the odd of a value not understood at all.
var wholly = []string{""}

// assign reads one value into its place, leaving that empty where the value is none or odd.
func assign(value []byte, to any) (odd []string) {
	if t, ok := to.(taker); ok {
		return t.take(value)
	}
	text, ok := scalar(value)
	switch to := to.(type) {
	case *string:
		*to = text
	case *ID:
		ok = ok && to.UnmarshalJSON([]byte(text)) == nil
	case *int64:
		*to, ok = number(text, ok)
	case *bool:
		*to, ok = flag(text, ok)
	}
	if !ok {
		return append([]string(nil), wholly...)
	}
	return nil
}

// scalar is a string, number or flag as text: null and false are "", true is "1", as PHP has it. ok is false for an array
// or object that is not empty (PHP writes [] for nothing at all).
func scalar(value []byte) (text string, ok bool) {
	switch string(value) {
	case "null", "false", "[]", "{}":
		return "", true
	case "true":
		return "1", true
	}
	switch value[0] {
	case '[', '{':
		return "", false
	case '"':
		return unquote(value), true
	}
	return string(value), true
}

// unquote is the text of a valid JSON string.
func unquote(value []byte) string { return string(textOf(value)) }

// textOf is unquote without a copy where the text is part of value as it is.
func textOf(value []byte) []byte {
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && isASCII(inner) {
		return inner
	}
	var text string
	_ = json.Unmarshal(value, &text) // valid, as the caller has made sure
	return []byte(text)
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

func number(text string, known bool) (int64, bool) {
	text = strings.TrimSpace(text)
	if text == "" || !known {
		return 0, known
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

func flag(text string, known bool) (isSet, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "0", "false", "no", "n":
		return false, known
	case "1", "true", "yes", "y":
		return true, true
	}
	return false, false
}

// date is a time as EJM writes it, YYYY-MM-DD hh:mm:ss without a zone. Its zero, 0000-00-00, means none.
type date string

func (d *date) take(value []byte) []string {
	odd := assign(value, (*string)(d))
	if strings.HasPrefix(string(*d), "0000-00-00") {
		*d = ""
	}
	return odd
}

// hash is a hexadecimal hash, lower case.
type hash string

func (h *hash) take(value []byte) []string {
	odd := assign(value, (*string)(h))
	*h = hash(strings.ToLower(strings.TrimSpace(string(*h))))
	return odd
}

// jsonText is text that itself may be JSON. Where EJM sends the JSON bare, that is the text.
type jsonText string

func (t *jsonText) take(value []byte) []string { //nolint:unparam // a taker; this one understands everything
	text, ok := scalar(value)
	if !ok {
		text = string(value)
	}
	*t = jsonText(text)
	return nil
}

// list reads records from an array, from an object keyed "0", "1", …, or from one bare record.
type list[T any, P interface {
	*T
	part
}] struct{ to *[]T }

// part is a record that stands within another.
type part interface {
	fields() []field
	meta() *Record
}

func (r *Record) meta() *Record { return r }

// records is the taker for a field that holds records.
func records[T any, P interface {
	*T
	part
}](to *[]T,
) taker {
	return list[T, P]{to}
}

func (l list[T, P]) take(value []byte) (odd []string) {
	if text, ok := scalar(value); ok {
		if text != "" {
			return append(odd, wholly...)
		}
		return nil
	}
	each(value, func(element []byte) {
		var one T
		if P(&one).meta().read(element, P(&one).fields()) != nil {
			return // valid as a whole, so valid in its parts
		}
		for _, part := range P(&one).meta().Odd {
			odd = append(odd, fmt.Sprintf("[%d].%s", len(*l.to), part))
		}
		*l.to = append(*l.to, one)
	})
	return odd
}
