package ejm

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ID is one of EJM's numbers: a posid, appid, aid, file_id, letterid, recid or blobid. EJM writes it as a number or as a
// string; null, "" and 0 all mean none, which is the zero ID.
type ID int64

// String is the number in decimal.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// UnmarshalJSON takes 38848, "38848", "", null and false.
func (id *ID) UnmarshalJSON(data []byte) error {
	text := strings.TrimSpace(strings.Trim(string(data), `"`))
	switch text {
	case "", "null", "false":
		*id = 0
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%.40q is not an id", text)
	}
	*id = ID(n)
	return nil
}

// MarshalJSON writes a number.
func (id ID) MarshalJSON() ([]byte, error) { return []byte(id.String()), nil }

var (
	_ json.Unmarshaler = (*ID)(nil)
	_ json.Marshaler   = ID(0)
)

// Kind is which of EJM's two families a document belongs to.
type Kind string

// The kinds of documents.
const (
	KindFile   Kind = "file"   // sent by the applicant, known by its file_id
	KindLetter Kind = "letter" // sent by a recommender, known by its letterid
)

// plural is the kind as the API's paths and envelopes have it.
func (k Kind) plural() string { return string(k) + "s" }
