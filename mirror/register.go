package mirror

import (
	"encoding/json"

	"github.com/ejmx/ejmx/ejm"
)

// conferenceKey is the key, added to EJM's record of an interview, under which its conference stands.
const conferenceKey = "ejmx_conference_id"

// WithConference adds to an interview's record the conference it belongs to, which EJM tells only by the address of the
// list. A record that is no object stays as it is.
func WithConference(record json.RawMessage, conference ejm.ID) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil {
		return record
	}
	fields[conferenceKey] = json.RawMessage(conference.String())
	added, err := json.Marshal(fields)
	if err != nil {
		return record
	}
	return added
}

// ConferenceOf reads what WithConference added.
func ConferenceOf(record json.RawMessage) (ejm.ID, error) {
	var fields struct {
		Conference ejm.ID `json:"ejmx_conference_id"`
	}
	err := json.Unmarshal(record, &fields)
	return fields.Conference, err
}

// VersionState is what is known of one version of a document.
type VersionState string

// The states of a version.
const (
	Held      VersionState = "held"      // its bytes are in the mirror
	Absent    VersionState = "absent"    // EJM lists it without contents
	Gone      VersionState = "gone"      // EJM listed it and has it no more
	Failed    VersionState = "failed"    // asked for, and did not come
	Unfetched VersionState = "unfetched" // its posting was not among those asked for
)

// KindApplication is the kind of the register's lines about applications themselves: which record, since when.
const KindApplication ejm.Kind = "application"

// Version is one version of a document of an application, or of its record: a line of a snapshot's documents list, the register. Every
// version ever seen has its line in every later snapshot, so that the newest alone tells the whole history.
type Version struct {
	Kind   ejm.Kind     `json:"kind"`
	AppID  ejm.ID       `json:"appid"`
	PosID  ejm.ID       `json:"posid"`
	ID     ejm.ID       `json:"id"`              // file_id, letterid or appid
	RecID  ejm.ID       `json:"recid,omitempty"` // of a letter's recommendation
	BlobID ejm.ID       `json:"blobid,omitempty"`
	State  VersionState `json:"state"`
	Reason string       `json:"reason,omitempty"` // why it failed, for people
	Digest string       `json:"digest,omitempty"` // hex SHA-256 of an application's record
	Since  string       `json:"since"`            // RFC 3339: when it was first listed
	Until  string       `json:"until,omitempty"`  // RFC 3339: when it was first not listed any more; "" for a current one
}

// Slot is the place in an application that versions of a document succeed each other in: a file_id, or a
// recommendation.
type Slot struct {
	Kind  ejm.Kind
	AppID ejm.ID
	ID    ejm.ID // file_id of a file, recid of a letter
}

// Slot gives the version's place.
func (v Version) Slot() Slot {
	if v.Kind == ejm.KindLetter {
		return Slot{v.Kind, v.AppID, v.RecID}
	}
	return Slot{v.Kind, v.AppID, v.ID}
}

// Current reports whether EJM still lists this version.
func (v Version) Current() bool { return v.Until == "" }
