package replay

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Quirks are the forms, all seen from EJM, in which a server answers. Without any it answers in plain JSON: each value of
// the type it should have, one document's reply a bare object.
type Quirks uint64

// The quirks. Where one has several forms, each record has one of them, the same each time.
const (
	quirkSlashes Quirks = 1 << iota
	quirkUnicode
	quirkLines
	quirkEmptyArrays
	quirkNumbers
	quirkFlags
	quirkNulls
	quirkZeroDates
	quirkUnknownKeys
	quirkErrorFalse
	quirkArray
	quirkKeyed
	quirkOlder
	quirkContentFirst
	quirkNoSHA1
	quirkLetterSizes
	quirkStatuses
	quirkGzip
)

// quirkTable names every quirk. It is the one place that does.
var quirkTable = []struct {
	quirk       Quirks
	name, about string
}{
	{quirkSlashes, "slashes", `every / in a string is written \/, in base64 too`},
	{quirkUnicode, "unicode", `whatever is not ASCII is written \uXXXX`},
	{quirkLines, "lines", `base64 has a line break every 76 characters, \n or \r\n`},
	{quirkEmptyArrays, "empty-arrays", "an empty map is []"},
	{quirkNumbers, "numbers", `numbers are written as strings: "38848"`},
	{quirkFlags, "flags", `true and false are 1 and 0, or "1" and "0"`},
	{quirkNulls, "nulls", `null is "", or left out`},
	{quirkZeroDates, "zero-dates", "a time that is none is 0000-00-00 00:00:00"},
	{quirkUnknownKeys, "unknown-keys", "records have keys that nobody has described"},
	{quirkErrorFalse, "error-false", `a single record carries "error": false`},
	{quirkArray, "array", "one record comes as an array of one"},
	{quirkKeyed, "keyed", `one record comes as {"0": {…}}, and a list as {"0": {…}, "1": {…}}`},
	{quirkOlder, "older", `one document comes as {"file_id": N, "files": [{…}]}, and a list as {"files": […]}`},
	{quirkContentFirst, "content-first", "a document's contents come before what is said of it"},
	{quirkNoSHA1, "no-sha1", "sha1_hash is null"},
	{quirkLetterSizes, "letter-sizes", "a letter's filesize counts base64 characters"},
	{quirkStatuses, "statuses", "errors come with the HTTP status they should have, not 200"},
	{quirkGzip, "gzip", "answers are compressed for clients that take it"},
}

// ParseQuirks reads "plain", "all", or names of quirks with commas between them.
func ParseQuirks(text string) (Quirks, error) {
	var q Quirks
	for name := range strings.SplitSeq(text, ",") {
		switch name = strings.TrimSpace(name); name {
		case "", "plain":
			continue
		case "all":
			q |= AllQuirks()
			continue
		}
		i := slices.Index(QuirkNames(), name)
		if i < 0 {
			return 0, fmt.Errorf("there is no quirk %q; there are plain, all, %s", name, strings.Join(QuirkNames(), ", "))
		}
		q |= quirkTable[i].quirk
	}
	return q, nil
}

// AllQuirks is every quirk at once. Of the forms that exclude each other, each record has one.
func AllQuirks() Quirks {
	var q Quirks
	for _, row := range quirkTable {
		q |= row.quirk
	}
	return q
}

// QuirkNames names all quirks in the order in which they are described.
func QuirkNames() []string {
	var names []string
	for _, row := range quirkTable {
		names = append(names, row.name)
	}
	return names
}

// QuirksUsage describes all quirks for people, one a line.
func QuirksUsage() string {
	var b strings.Builder
	for _, row := range quirkTable {
		fmt.Fprintf(&b, "  %-14s %s\n", row.name, row.about)
	}
	return b.String()
}

// String is what ParseQuirks reads.
func (q Quirks) String() string {
	switch q {
	case 0:
		return "plain"
	case AllQuirks():
		return "all"
	}
	var names []string
	for _, row := range quirkTable {
		if q.has(row.quirk) {
			names = append(names, row.name)
		}
	}
	return strings.Join(names, ",")
}

func (q Quirks) has(quirk Quirks) bool { return q&quirk != 0 }

// choose picks one of n forms for something with a name, the same each time.
func choose(n int, parts ...string) int {
	h := fnv.New32a()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return int(h.Sum32() % uint32(n))
}
