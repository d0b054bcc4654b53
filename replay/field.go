package replay

import (
	"bytes"
	"encoding/json"
	"slices"
)

// setField gives a JSON object with one field's value changed, or the field added at its end. Whatever else is in it stays
// as it is, byte for byte; so does anything that is no object.
func setField(record []byte, key, value string) []byte {
	from, to, ok := fieldValue(record, key)
	if !ok {
		return withField(record, `"`+key+`":`+value)
	}
	return slices.Concat(record[:from], []byte(value), record[to:])
}

// fieldValue finds where in an object the value of a field stands.
func fieldValue(record []byte, key string) (from, to int64, ok bool) {
	in := json.NewDecoder(bytes.NewReader(record))
	if token, err := in.Token(); err != nil || token != json.Delim('{') {
		return 0, 0, false
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return 0, 0, false
		}
		var value json.RawMessage
		if in.Decode(&value) != nil {
			return 0, 0, false
		}
		if name == key {
			to = in.InputOffset()
			return to - int64(len(value)), to, true
		}
	}
	return 0, 0, false
}

// withField adds a field to the end of a JSON object; anything else stays as it is.
func withField(record []byte, field string) []byte {
	end := bytes.LastIndexByte(record, '}')
	if len(record) == 0 || record[0] != '{' || end < 0 {
		return record
	}
	if len(bytes.TrimSpace(record[1:end])) > 0 {
		field = "," + field
	}
	return slices.Concat(record[:end], []byte(field), []byte{'}'})
}
