package ejm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Document is a file or a letter as it streams in. Read Body to its end before anything else: keys may follow the contents
// in EJM's reply, so the fields are complete only then. What came before the contents is there from the start.
type Document struct {
	Kind Kind
	Body io.Reader // the decoded bytes; empty for a link

	ID         ID // file_id or letterid
	BlobID     ID
	TypeID     ID     // of a file
	Path       string // of a link
	FileName   string // as its sender called it; not to be trusted
	FileType   string // "application/pdf"; not to be trusted
	FileSize   int64  // bytes, as EJM says; of a letter it may count base64 characters
	SHA1       string // hexadecimal, lower case, "" where EJM gives none
	HasContent bool   // whether there were contents at all, be it 0 bytes

	Record // Raw is all but filecontent
}

// contentKey is the key of a document's bytes, base64 in a JSON string.
const contentKey = "filecontent"

// documents reads a reply of one or many documents, in any of EJM's envelopes: the bare object, an array, an object keyed
// "0", "1", …, or {"file_id": N, "files": [{…}]}.
type documents struct {
	scan    *scanner
	kind    Kind
	content *content
	yield   func(*Document) bool // false to stop
	stopped bool
	values  int // read so far
}

// maxDocuments is more than any application has. Answers that go on without end, end here.
const maxDocuments = 10_000

// errStopped ends reading because the caller wants no more.
var errStopped = errors.New("stopped")

// read yields every document of the reply. Its error is the reply's.
func (d *documents) read() error {
	c, err := d.scan.peek()
	if err != nil {
		return err
	}
	if err := d.value(c, 0); err != nil {
		if errors.Is(err, errStopped) {
			return nil
		}
		return err
	}
	return d.scan.end()
}

// value reads a document or a list of them.
func (d *documents) value(first byte, depth int) error {
	if depth > maxEnvelope {
		return fmt.Errorf("%w: documents within documents", ErrBadContent)
	}
	if d.values++; d.values > maxDocuments {
		return fmt.Errorf("%w: more than %d documents in one answer", ErrTooLarge, maxDocuments)
	}
	switch first {
	case '[':
		return d.array(depth)
	case '{':
		return d.object(depth)
	}
	_, err := d.scan.value(nil, maxKey) // null or false: no document
	return err
}

func (d *documents) array(depth int) error {
	if err := d.scan.open('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.scan.another(first, ']')
		if !more || err != nil {
			return err
		}
		c, err := d.scan.peek()
		if err != nil {
			return err
		}
		if err := d.value(c, depth+1); err != nil {
			return err
		}
	}
}

// object reads an object: a document, an error, or an envelope around documents.
func (d *documents) object(depth int) error {
	if err := d.scan.open('{'); err != nil {
		return err
	}
	o := &object{documents: d, depth: depth, doc: &Document{Kind: d.kind}}
	o.raw.WriteByte('{')
	for !o.ended { // the end may have been reached while the contents were read
		if err := o.member(); err != nil {
			return err
		}
	}
	if err := replyError(o.doc.Raw); err != nil {
		return err
	}
	if o.isEnvelope || o.yielded {
		return nil
	}
	o.doc.Body = bytes.NewReader(nil)
	return o.give()
}

// object is one object of a reply while it is being read.
type object struct {
	*documents
	depth      int
	doc        *Document
	raw        bytes.Buffer // the members read so far, but for the contents
	members    int
	seen       int  // members passed, contents included
	isEnvelope bool // documents were found within
	yielded    bool // the document has been handed out
	ended      bool
}

// member reads the next member, or the object's end, which completes the document.
func (o *object) member() error {
	more, err := o.scan.another(o.seen == 0, '}')
	if err != nil {
		return err
	}
	if !more {
		o.ended = true
		return o.complete()
	}
	o.seen++
	rawKey, err := o.scan.key()
	if err != nil {
		return err
	}
	key := textOf(rawKey)
	c, err := o.scan.peek()
	if err != nil {
		return err
	}
	switch {
	case string(key) == contentKey && c == '"' && !o.yielded:
		return o.body()
	case !o.yielded && (c == '[' || c == '{') && (isIndex(key) || string(key) == o.kind.plural()):
		o.isEnvelope = true
		return o.value(c, o.depth+1)
	}
	return o.keep(rawKey)
}

// keep appends a member to the record.
func (o *object) keep(rawKey []byte) error {
	if o.members++; o.members > 1 {
		o.raw.WriteByte(',')
	}
	o.raw.Write(rawKey)
	o.raw.WriteByte(':')
	value, err := o.scan.value(nil, maxRecord-o.raw.Len())
	if err != nil {
		return err
	}
	o.raw.Write(value)
	return nil
}

// complete ends the record and reads the document's fields from it.
func (o *object) complete() error {
	o.raw.WriteByte('}')
	return o.fields(o.raw.Bytes())
}

// fields fills in the document's fields from its record, or as much of it as there is so far.
func (o *object) fields(raw []byte) error {
	line, err := oneLine(raw)
	if err != nil {
		return fmt.Errorf("%w: a document's record is not JSON", ErrBadContent)
	}
	d := o.doc
	d.Raw, d.Odd = line, nil
	id := "letterid"
	if d.Kind == KindFile {
		id = "file_id"
	}
	return d.assign([]field{
		{id, &d.ID},
		{"blobid", &d.BlobID},
		{"type_id", &d.TypeID},
		{"path", &d.Path},
		{"filename", &d.FileName},
		{"filetype", &d.FileType},
		{"filesize", &d.FileSize},
		{"sha1_hash", (*hash)(&d.SHA1)},
	})
}

// body hands out the document at the start of its contents, and passes over what the caller left unread.
func (o *object) body() error {
	if err := o.scan.open('"'); err != nil {
		return err
	}
	if err := o.fields(append(bytes.Clone(o.raw.Bytes()), '}')); err != nil {
		return err
	}
	o.content.begin()
	o.doc.HasContent = true
	body := &body{object: o}
	o.doc.Body = body
	if err := o.give(); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	return nil
}

func (o *object) give() error {
	o.yielded = true
	if !o.yield(o.doc) {
		o.stopped = true
		return errStopped
	}
	return nil
}

// body is a document's bytes. At their end it reads the rest of the record, so that the fields are complete by the time
// the caller sees the end.
type body struct {
	object *object
	err    error // once it has ended
}

// Read gives the next bytes.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.object.content.Read(p)
	if err == nil {
		return n, nil
	}
	b.end(err)
	return n, b.err
}

// WriteTo writes all bytes.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	if b.err != nil {
		if errors.Is(b.err, io.EOF) {
			return 0, nil
		}
		return 0, b.err
	}
	n, err := b.object.content.WriteTo(w)
	if err != nil {
		b.err = err
		return n, err
	}
	b.end(io.EOF)
	if errors.Is(b.err, io.EOF) {
		return n, nil
	}
	return n, b.err
}

// end reads the rest of the object after the contents, and judges whether they are all there.
func (b *body) end(err error) {
	b.err = err
	if !errors.Is(err, io.EOF) {
		return
	}
	for !b.object.ended {
		if err := b.object.member(); err != nil {
			b.err = err
			return
		}
	}
	d := b.object.doc
	d.HasContent = b.object.content.size > 0 || d.BlobID != 0
	if size := b.object.content.size; d.Kind == KindFile && d.FileSize > 0 && size != d.FileSize {
		b.err = fmt.Errorf("%w: %d bytes came, EJM announces %d", ErrBadContent, size, d.FileSize)
	}
}

// replyError finds EJM's own error in an object: {"error": "…", "error_description": "…"}. "error": false is none.
func replyError(raw []byte) error {
	if !bytes.Contains(raw, []byte(`"error"`)) {
		return nil
	}
	var code, description string
	var isError bool
	err := members(raw, func(key, value []byte) {
		switch string(key) {
		case "error":
			text, ok := scalar(value)
			code, isError = text, text != "" && text != "0" || !ok
		case "error_description":
			description, _ = scalar(value)
		}
	})
	if err != nil || !isError {
		return err
	}
	return apiError(Code(strings.TrimSpace(code)), description)
}

// apiError is the error that EJM's words stand for.
func apiError(code Code, description string) *Error {
	e := &Error{Code: code, Description: printable(description)}
	words := strings.ToLower(description)
	switch code {
	case CodeNoResults:
		e.Err = ErrNoResults
	case CodeDatabase:
		e.Err = ErrUnavailable
	case CodeUnauthorized, "invalid_client", "invalid_grant", "unauthorized_client", "access_denied":
		e.refuse(RefusedRequest)
	case CodeInvalidRequest:
		if strings.Contains(words, "token") {
			e.refuse(RefusedToken)
			break
		}
		if addressIn(description) != "" || hasWord(words, "ip") {
			e.refuse(RefusedAddress)
			break
		}
		e.Err = ErrInvalidRequest
	default:
		e.Err = ErrUnavailable
	}
	return e
}
