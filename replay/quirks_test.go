package replay

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ejm"
)

func TestEachQuirk(t *testing.T) {
	const record = `{"aid":38848,"lname":"Ó/\"é😀","fax":null,"is_contactok":true,"changedate":null,"secondary_fields":{},"files":[{"blobid":null}]}`
	for quirk, want := range map[string]string{
		"plain":        record,
		"slashes":      `{"aid":38848,"lname":"Ó\/\"é😀","fax":null,"is_contactok":true,"changedate":null,"secondary_fields":{},"files":[{"blobid":null}]}`,
		"unicode":      `{"aid":38848,"lname":"\u00d3/\"\u00e9\ud83d\ude00","fax":null,"is_contactok":true,"changedate":null,"secondary_fields":{},"files":[{"blobid":null}]}`,
		"numbers":      `{"aid":"38848","lname":"Ó/\"é😀","fax":null,"is_contactok":true,"changedate":null,"secondary_fields":{},"files":[{"blobid":null}]}`,
		"empty-arrays": `{"aid":38848,"lname":"Ó/\"é😀","fax":null,"is_contactok":true,"changedate":null,"secondary_fields":[],"files":[{"blobid":null}]}`,
		"zero-dates":   `{"aid":38848,"lname":"Ó/\"é😀","fax":null,"is_contactok":true,"changedate":"0000-00-00 00:00:00","secondary_fields":{},"files":[{"blobid":null}]}`,
		"gzip,array":   record,
	} {
		q, err := ParseQuirks(quirk)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(q.record([]byte(record))); got != want {
			t.Errorf("%s:\n%s\n%s", quirk, got, want)
		}
	}
}

// Whatever form a value takes, it is one of those that stand for the same.
func TestFlagsAndNullsTakeTheirForms(t *testing.T) {
	forms := map[string]bool{}
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		record := (quirkFlags | quirkNulls).record([]byte(`{"x":1,"` + key + `":true,"n` + key + `":null}`))
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(record, &fields); err != nil {
			t.Fatal(err)
		}
		forms[string(fields[key])] = true
		null, listed := fields["n"+key]
		if !listed {
			null = json.RawMessage("left out")
		}
		forms[string(null)] = true
	}
	want := map[string]bool{"1": true, `"1"`: true, "null": true, `""`: true, "left out": true}
	if !reflect.DeepEqual(forms, want) {
		t.Errorf("forms are %v", forms)
	}
}

func TestOneDocumentComesInAllFourEnvelopes(t *testing.T) {
	a := &answer{quirks: AllQuirks()}
	seen := map[string]bool{}
	for id := range ejm.ID(8) {
		around := a.documentEnvelope(fileKind, 828200+id)
		seen[strings.Map(noDigits, around.before+around.lead(0))+"…"+around.after] = true
	}
	want := map[string]bool{"…": true, "[…]": true, `{"":…}`: true, `{"file_id":,"files":[…]}`: true}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("envelopes are %v", seen)
	}
}

func noDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}

// FuzzRewrite checks that quirks of form alone never change what a JSON text means.
func FuzzRewrite(f *testing.F) {
	f.Add(`{"a":[1,2.5e3,"x/\u00e9\ud83d\ude00\u0000"],"b":{},"c":null}`)
	f.Add(`[[],{},""]`)
	f.Fuzz(func(t *testing.T, text string) {
		var before, after any
		if json.Unmarshal([]byte(text), &before) != nil {
			return
		}
		out := (quirkSlashes | quirkUnicode).rewrite([]byte(text))
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatalf("%v: %q became %q", err, text, out)
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q", text, out)
		}
	})
}

func FuzzSetField(f *testing.F) {
	f.Add(`{"file_id":1,"x":{"file_id":2}}`)
	f.Add(`{}`)
	f.Add(`[1]`)
	f.Fuzz(func(t *testing.T, text string) {
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &fields) != nil || fields == nil {
			return
		}
		var changed map[string]json.RawMessage
		out := setField([]byte(strings.TrimSpace(text)), "file_id", "77")
		if err := json.Unmarshal(out, &changed); err != nil {
			t.Fatalf("%v: %q became %q", err, text, out)
		}
		if strings.Count(text, "file_id") < 2 && string(changed["file_id"]) != "77" {
			t.Errorf("%q became %q", text, out)
		}
	})
}
