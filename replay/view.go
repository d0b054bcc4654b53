package replay

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// view is one snapshot laid out so that any record can be found by its number. The records themselves wait in a temporary
// file: memory holds some dozens of bytes of each, however large it is.
type view struct {
	id    string
	spool *os.File
	lists map[mirror.Method]*list

	blobs      map[document]ejm.ID // what each document's number stands for now
	interviews map[ejm.ID][]span   // by conference
}

// document is a file_id or a letterid.
type document struct {
	kind ejm.Kind
	id   ejm.ID
}

// span is where in the spool a record lies.
type span struct {
	offset int64
	length int
}

// list is one of the API's lists: all in their order, and by number.
type list struct {
	all   []span
	byID  map[ejm.ID]span
	bytes int64
}

// keys names what numbers the records of each list that has single records.
var keys = map[mirror.Method]string{
	mirror.Applications: "appid", mirror.Applicants: "aid", mirror.Files: "file_id", mirror.Letters: "letterid",
	mirror.Conferences: "conference_id",
}

// served are the lists that a server needs, in the order they are read: what an application says of its documents counts
// more than what the lists of documents say.
var served = []mirror.Method{
	mirror.Files, mirror.Letters, mirror.Applications, mirror.Applicants,
	mirror.Conferences, mirror.Interviews, mirror.PlacementOfficers, mirror.Ads,
}

func openView(s *mirror.Snapshot) (*view, error) {
	spool, err := os.CreateTemp("", "ejmx-serve-*") // 0600: it holds applicants' data
	if err != nil {
		return nil, err
	}
	v := &view{
		id: s.ID, spool: spool, lists: map[mirror.Method]*list{},
		blobs: map[document]ejm.ID{}, interviews: map[ejm.ID][]span{},
	}
	if err := v.fill(s); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return v, nil
}

func (v *view) close() error {
	return errors.Join(v.spool.Close(), os.Remove(v.spool.Name()))
}

func (v *view) fill(s *mirror.Snapshot) error {
	out := bufio.NewWriterSize(v.spool, 256<<10)
	offset := int64(0)
	for _, method := range served {
		l := &list{byID: map[ejm.ID]span{}}
		v.lists[method] = l
		for record, err := range s.Records(method) {
			if err != nil {
				return err
			}
			if _, err := out.Write(record); err != nil {
				return err
			}
			at := span{offset, len(record)}
			offset += int64(len(record))
			parsed := parse(record)
			l.add(at, parsed.number(keys[method]))
			v.note(method, parsed, at)
		}
	}
	return out.Flush()
}

func (l *list) add(at span, id ejm.ID) {
	l.all = append(l.all, at)
	l.bytes += int64(at.length)
	if id != 0 {
		l.byID[id] = at
	}
}

// note keeps of a record what other methods than its own need.
func (v *view) note(method mirror.Method, record fields, at span) {
	switch method {
	case mirror.Files:
		v.noteBlob(ejm.KindFile, record.number("file_id"), record.number("blobid"))
	case mirror.Letters:
		v.noteBlob(ejm.KindLetter, record.number("letterid"), record.number("blobid"))
	case mirror.Applications:
		for _, kind := range kinds {
			for _, d := range documentsOf(record, kind) {
				v.noteBlob(kind.kind, d.id, d.blobid)
			}
		}
	case mirror.Interviews:
		conference := record.number("ejmx_conference_id")
		v.interviews[conference] = append(v.interviews[conference], at)
	}
}

func (v *view) noteBlob(kind ejm.Kind, id, blobid ejm.ID) {
	if id != 0 && blobid != 0 {
		v.blobs[document{kind, id}] = blobid
	}
}

// record reads a record from the spool.
func (v *view) record(at span) ([]byte, error) {
	data := make([]byte, at.length)
	if _, err := v.spool.ReadAt(data, at.offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read back a record: %w", err)
	}
	return data, nil
}

// records reads records from the spool one after the other.
func (v *view) records(spans []span) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, at := range spans {
			if record, err := v.record(at); !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// fields are those of a record, each as it stands there.
type fields map[string]json.RawMessage

// parse reads a record's fields. What is no object has none.
func parse(record []byte) fields {
	var f fields
	if json.Unmarshal(record, &f) != nil {
		return nil
	}
	return f
}

// number reads one of EJM's numbers, 0 where there is none.
func (f fields) number(key string) ejm.ID {
	var id ejm.ID
	if value, ok := f[key]; !ok || json.Unmarshal(value, &id) != nil {
		return 0
	}
	return id
}

// kind is one of the two families of documents as the API words them.
type kind struct {
	kind   ejm.Kind
	list   string // the key of the list in an application
	number string // the key of a document's number
	plural string // in paths and envelopes
}

var (
	fileKind   = kind{ejm.KindFile, "files", "file_id", "files"}
	letterKind = kind{ejm.KindLetter, "recommendations", "letterid", "letters"}
	kinds      = []kind{fileKind, letterKind}
)

// listed is a document that an application lists.
type listed struct{ id, blobid ejm.ID }

// documentsOf gives the documents of a kind that an application's record lists.
func documentsOf(application fields, k kind) []listed {
	var entries []fields
	if json.Unmarshal(application[k.list], &entries) != nil {
		return nil
	}
	var documents []listed
	for _, entry := range entries {
		if id := entry.number(k.number); id != 0 {
			documents = append(documents, listed{id, entry.number("blobid")})
		}
	}
	return documents
}
