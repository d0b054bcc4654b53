package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// contents answers with one document, its bytes in base64.
func contents(k kind) func(*Server, *answer) {
	return func(s *Server, a *answer) {
		id := a.ids[0]
		a.send(s.findAll(a, k, []ejm.ID{id}), a.documentEnvelope(k, id))
	}
}

// contentsOf answers with all documents of one kind that an application has.
func contentsOf(k kind) func(*Server, *answer) {
	return func(s *Server, a *answer) {
		at, ok := a.view.lists[mirror.Applications].byID[a.ids[0]]
		if !ok {
			a.fail(noResults)
			return
		}
		application, err := a.view.record(at)
		if err != nil {
			a.abort(err)
		}
		var ids []ejm.ID
		for _, d := range documentsOf(parse(application), k) {
			ids = append(ids, d.id)
		}
		a.send(s.findAll(a, k, ids), a.listEnvelope(k.plural))
	}
}

// found is a document about to be sent. A link has no blob.
type found struct {
	kind   kind
	id     ejm.ID
	record []byte
	blob   mirror.Blob
	faults contentFaults
}

// findAll finds documents, leaving out those that are not there (any more). None at all is EJM's "no results returned".
func (s *Server) findAll(a *answer, k kind, ids []ejm.ID) []found {
	var documents []found
	for _, id := range ids {
		faults := s.contentFaults(a, k, id)
		if faults.gone {
			continue
		}
		d, err := s.find(a, k, id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			a.abort(err)
		}
		d.faults = faults
		documents = append(documents, d)
	}
	return documents
}

// find gives one document without opening it. The mirror keeps the bytes of documents long gone; what counts is whether
// the snapshot lists it.
func (s *Server) find(a *answer, k kind, id ejm.ID) (found, error) {
	d := found{kind: k, id: id}
	blobid, ok := a.view.blobs[document{k.kind, id}]
	if !ok {
		return a.link(d)
	}
	blob, err := s.mirror.Document(k.kind, blobid)
	d.blob = blob
	d.record = blob.Record
	if parse(blob.Record).number(k.number) != id {
		d.record = setField(blob.Record, k.number, id.String()) // another document with the same bytes
	}
	return d, err
}

// link gives a file that is kept elsewhere: all that EJM has of it is its place in the list.
func (a *answer) link(d found) (found, error) {
	at, ok := a.view.lists[mirror.Files].byID[d.id]
	if d.kind.kind != ejm.KindFile || !ok {
		return d, fs.ErrNotExist
	}
	record, err := a.view.record(at)
	if err != nil {
		return d, err
	}
	parsed := parse(record)
	if path := string(parsed["path"]); path == "" || path == "null" || path == `""` {
		return d, fs.ErrNotExist
	}
	d.record, err = json.Marshal(fields{"file_id": parsed["file_id"], "path": parsed["path"], "type_id": parsed["type_id"]})
	return d, err
}

// send answers with documents, streaming each from the disk.
func (a *answer) send(documents []found, around envelope) {
	if len(documents) == 0 {
		a.fail(noResults)
		return
	}
	a.out.Header().Set("Content-Type", "application/json")
	total := int64(0)
	for _, d := range documents {
		total += d.blob.Size
	}
	a.out.expect(total)
	_, _ = io.WriteString(a.out, around.before)
	for i, d := range documents {
		_, _ = io.WriteString(a.out, around.lead(i))
		if err := a.sendOne(d); err != nil {
			a.abort(err)
		}
	}
	_, _ = io.WriteString(a.out, around.after)
}

// sendOne writes one document's object.
func (a *answer) sendOne(d found) error {
	d.faults.prepare(a, d.blob.Size)
	record := string(a.quirks.record(a.documentRecord(d)))
	if d.blob.BlobID == 0 {
		_, err := io.WriteString(a.out, record)
		return err
	}
	head, tail := strings.TrimSuffix(strings.TrimSpace(record), "}"), "}"
	if a.quirks.has(quirkContentFirst) {
		head, tail = "{", ","+strings.TrimPrefix(record, "{")
	} else if head != "{" {
		head += ","
	}
	if _, err := io.WriteString(a.out, head+`"filecontent":"`); err != nil {
		return err
	}
	if err := a.sendContent(d); err != nil {
		return err
	}
	_, err := io.WriteString(a.out, `"`+tail)
	return err
}

// documentRecord is what is said of a document, as quirks and faults have it.
func (a *answer) documentRecord(d found) []byte {
	record := d.record
	if a.quirks.has(quirkNoSHA1) {
		record = setField(record, "sha1_hash", "null")
	}
	if a.quirks.has(quirkLetterSizes) && d.kind.kind == ejm.KindLetter {
		record = setField(record, "filesize", strconv.FormatInt((d.blob.Size+2)/3*4, 10))
	}
	if d.faults.sha1 {
		record = setField(record, "sha1_hash", strconv.Quote(strings.Repeat("0badc0de", 5)))
	}
	return record
}

// sendContent writes a document's bytes as base64. Bytes that are not those the mirror recorded end in a broken connection.
func (a *answer) sendContent(d found) error {
	file, err := a.server.mirror.OpenDocument(d.blob.Kind, d.blob.BlobID)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	text := &base64Text{out: a.out, slashes: a.quirks.has(quirkSlashes), garbleAt: -1}
	if a.quirks.has(quirkLines) {
		text.lineBreak = []string{`\n`, `\r\n`}[int(d.id)%2]
	}
	length := d.blob.Size
	if d.faults.garbled {
		text.garbleAt = length / 2
	}
	content := io.TeeReader(file, sum)
	if d.faults.fewer {
		content = io.LimitReader(content, length/2)
	}
	if err := text.copyFrom(content); err != nil {
		return err
	}
	if !d.faults.fewer && hex.EncodeToString(sum.Sum(nil)) != d.blob.SHA256 {
		return fmt.Errorf("the mirror's %s %s is damaged", d.blob.Kind, d.blob.BlobID)
	}
	return nil
}
