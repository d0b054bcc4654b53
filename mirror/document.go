package mirror

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// Blob is a document of the mirror: what is known of its bytes, and what EJM said of it.
type Blob struct {
	Kind   ejm.Kind        `json:"kind"`
	BlobID ejm.ID          `json:"blobid"`
	Size   int64           `json:"size"`   // bytes
	SHA1   string          `json:"sha1"`   // hex, of the bytes held
	SHA256 string          `json:"sha256"` // hex, of the bytes held
	Record json.RawMessage `json:"record"` // as EJM sent it, all but the content
}

// Sent is what EJM's record says of the bytes. None of it is to be trusted.
type Sent struct {
	FileName string `json:"filename"`
	FileType string `json:"filetype"`  // "application/pdf"
	SHA1     string `json:"sha1_hash"` // hex, in lower case, "" where EJM gives none
}

// Sent reads what EJM's record says of the bytes; a field of another type than text is empty.
func (b Blob) Sent() Sent {
	var fields struct {
		FileName word `json:"filename"`
		FileType word `json:"filetype"`
		SHA1     word `json:"sha1_hash"`
	}
	if json.Unmarshal(b.Record, &fields) != nil {
		return Sent{}
	}
	return Sent{FileName: string(fields.FileName), FileType: string(fields.FileType), SHA1: strings.ToLower(string(fields.SHA1))}
}

// word is text without white space around it, empty where there is anything else.
type word string

// UnmarshalJSON takes any value.
func (w *word) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*w = word(strings.TrimSpace(text))
	}
	return nil
}

// Suspect reports whether the bytes held are not those EJM says they should be.
func (b Blob) Suspect() bool { return b.Belies(b.Sent()) }

// Belies is Suspect for who has read what EJM says already.
func (b Blob) Belies(sent Sent) bool { return sent.SHA1 != "" && sent.SHA1 != b.SHA1 }

// documentPath is where a document lies: file/77/77123. The middle part spreads a season over at most a hundred folders.
func documentPath(kind ejm.Kind, blobid ejm.ID) string {
	digits := blobid.String()
	return path.Join(string(kind), digits[:min(2, len(digits))], digits)
}

// Has reports whether a document is in the mirror.
func (m *Mirror) Has(kind ejm.Kind, blobid ejm.ID) bool {
	_, err := m.root.Stat(documentPath(kind, blobid))
	return err == nil
}

// Document gives what the mirror knows of a document; an error that is [fs.ErrNotExist] says it is not there.
func (m *Mirror) Document(kind ejm.Kind, blobid ejm.ID) (Blob, error) {
	data, err := m.root.ReadFile(path.Join(documentPath(kind, blobid), "record.json"))
	if err != nil {
		return Blob{}, err
	}
	var blob Blob
	if err := json.Unmarshal(data, &blob); err != nil {
		return Blob{}, fmt.Errorf("the mirror's record of %s %s is damaged: %w", kind, blobid, err)
	}
	return blob, nil
}

// OpenDocument opens a document's bytes for reading.
func (m *Mirror) OpenDocument(kind ejm.Kind, blobid ejm.ID) (*os.File, error) {
	return m.root.Open(path.Join(documentPath(kind, blobid), "content"))
}

// DocumentWriter takes the bytes of one document as they come, hashes them and writes them aside. Nothing is visible
// until [DocumentWriter.Commit].
type DocumentWriter struct {
	mirror *Mirror
	kind   ejm.Kind
	tmp    string
	file   *os.File
	buffer *bufio.Writer
	sha1   hash.Hash
	sha256 hash.Hash
	size   int64
}

// NewDocument begins a document. Its writer must end in Commit or Abort.
func (m *Mirror) NewDocument(kind ejm.Kind) (*DocumentWriter, error) {
	tmp := path.Join("tmp", rand.Text())
	if err := m.root.Mkdir(tmp, dirMode); err != nil {
		return nil, err
	}
	file, err := m.root.OpenFile(path.Join(tmp, "content"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, errors.Join(err, m.root.RemoveAll(tmp))
	}
	return &DocumentWriter{
		mirror: m, kind: kind, tmp: tmp, file: file,
		buffer: bufio.NewWriterSize(file, 64<<10), sha1: sha1.New(), sha256: sha256.New(),
	}, nil
}

// Write takes the next bytes of the document.
func (w *DocumentWriter) Write(p []byte) (int, error) {
	n, err := w.buffer.Write(p)
	w.sha1.Write(p[:n])
	w.sha256.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// SHA1 is the hex SHA-1 of the bytes written so far, to be held against EJM's sha1_hash.
func (w *DocumentWriter) SHA1() string { return hex.EncodeToString(w.sha1.Sum(nil)) }

// Size is the number of bytes written so far.
func (w *DocumentWriter) Size() int64 { return w.size }

// Commit makes the document durable and visible under its blobid, together with others that are committed at the same
// time: let many goroutines commit, since each waits for the disk. A blobid names immutable content: where the mirror has it
// already, what it has stays, and is returned.
func (w *DocumentWriter) Commit(blobid ejm.ID, record json.RawMessage) (Blob, error) {
	if blobid <= 0 {
		return Blob{}, errors.Join(fmt.Errorf("a %s without a blobid cannot be stored", w.kind), w.Abort())
	}
	blob := Blob{
		Kind: w.kind, BlobID: blobid, Size: w.size, Record: record,
		SHA1: w.SHA1(), SHA256: hex.EncodeToString(w.sha256.Sum(nil)),
	}
	p, err := w.finish(blob)
	if err == nil {
		err = w.mirror.putInPlace(p)
	}
	if err != nil {
		return Blob{}, errors.Join(err, w.Abort())
	}
	if p.held {
		held, err := w.mirror.Document(w.kind, blobid)
		return held, errors.Join(err, w.Abort())
	}
	return blob, nil
}

// finish writes the record beside the content. Neither is durable yet.
func (w *DocumentWriter) finish(blob Blob) (*placement, error) {
	if err := w.buffer.Flush(); err != nil {
		return nil, err
	}
	w.buffer = nil // many may wait for the disk
	data, err := json.Marshal(blob)
	if err != nil {
		return nil, fmt.Errorf("EJM's record of %s %s: %w", blob.Kind, blob.BlobID, err)
	}
	record, err := w.mirror.root.OpenFile(path.Join(w.tmp, "record.json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err := record.Write(append(data, '\n')); err != nil {
		return nil, errors.Join(err, record.Close())
	}
	return &placement{tmp: w.tmp, place: documentPath(w.kind, blob.BlobID), content: w.file, record: record}, nil
}

// Abort forgets the document. After a failed or successful Commit it does nothing harmful.
func (w *DocumentWriter) Abort() error {
	if err := w.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return w.mirror.root.RemoveAll(w.tmp)
}

// writeDurably writes a new small file and flushes it to the disk.
func writeDurably(root *os.Root, name string, data []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}
