package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// agent begins the Bag-Software-Agent of bags written here; [Verify] holds those to stricter rules than a stranger's.
const agent = "ejmx"

// Info is what a bag says about itself. The same Info and payload give the same bytes: no clock is asked.
type Info struct {
	Base         string    // the one folder at the zip's top: "9012-assistant-professor-20261124T090000Z"
	Organization string    // Source-Organization
	Description  string    // External-Description: the posting's title
	Identifier   string    // External-Identifier: the posting's id
	Made         time.Time // Bagging-Date and every file's time: the newest snapshot's
	Tool         string    // "ejmx 0.1.0"
	Fields       []Field   // more lines of bag-info.txt, in this order: snapshots, counts
	Missing      []string  // what should be in the archive and is not; none when it is complete
}

// Field is one line of bag-info.txt. Labels may repeat (RFC 8493 section 2.2.2).
type Field struct{ Label, Value string }

// Summary is what [Write] wrote.
type Summary struct {
	Files int   // payload files
	Bytes int64 // of the payload
	Size  int64 // of the zip
}

// Digest is what is known of a file's bytes.
type Digest struct {
	Size   int64
	CRC32  uint32 // IEEE
	SHA256 string // hex
}

// Digested is a payload that knows the digests of some of its files, so that [Write] need not read them for it.
type Digested interface {
	Digest(name string) (Digest, bool)
}

// Write writes payload as a BagIt 1.0 bag (RFC 8493) in a zip. The payload is read twice: once for the hashes, which each
// file's header and the manifests need before its bytes, and once to copy it; a file that changes in between is an error. Where payload is [Digested] the first time is spared.
// That needs no seeking in w and keeps memory constant. Names that the checking programs read differently (with "%", a
// backslash, or a control character) are an error, as is anything that is not a plain file.
func Write(ctx context.Context, w io.Writer, payload fs.FS, info Info, sink ledger.Sink) (Summary, error) {
	if err := checkName(info.Base); err != nil || strings.Contains(info.Base, "/") {
		return Summary{}, fmt.Errorf("archive: %q cannot be the archive's folder", info.Base)
	}
	if year := info.Made.UTC().Year(); year < 1980 || year > 2107 {
		return Summary{}, fmt.Errorf("archive: a zip cannot tell the time %s", info.Made.UTC().Format(time.RFC3339)) // APPNOTE 4.4.6
	}
	files, err := digestPayload(ctx, payload, sink)
	if err != nil {
		return Summary{}, fmt.Errorf("archive: %w", err)
	}
	summary := Summary{Files: len(files)}
	entries := make([]Entry, 0, len(files)+6)
	for _, f := range files {
		summary.Bytes += f.Size
		f.Entry.Name = info.Base + "/data/" + f.Name
		entries = append(entries, f.Entry)
	}
	for _, tag := range tagFiles(files, info, summary) {
		entries = append(entries, textEntry(info.Base+"/"+tag.name, tag.text))
	}
	count := &countingWriter{w: w}
	wrote := func(e Entry) {
		if name, ofPayload := strings.CutPrefix(e.Name, info.Base+"/data/"); ofPayload {
			sink(ledger.Entry{Stage: ledger.Archive, Item: name, Outcome: ledger.Done, Bytes: e.Size})
		}
	}
	if err := writeZip(ctx, count, entries, info.Made, wrote); err != nil {
		return Summary{}, fmt.Errorf("archive: %w", err)
	}
	summary.Size = count.n
	return summary, nil
}

// payloadFile is an entry with its name within the payload and its SHA-256.
type payloadFile struct {
	Entry
	name   string
	sha256 string
}

func digestPayload(ctx context.Context, payload fs.FS, sink ledger.Sink) ([]payloadFile, error) {
	var files []payloadFile
	twins := map[string]string{}
	err := fs.WalkDir(payload, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%q is not a plain file", name)
		}
		if err := checkName(name); err != nil {
			return err
		}
		if twin, ok := twins[foldName(name)]; ok {
			return fmt.Errorf("%q and %q are one name on some systems", twin, name)
		}
		twins[foldName(name)] = name
		f, err := digestFile(ctx, payload, name)
		if err == nil {
			files = append(files, f)
			sink(ledger.Entry{Stage: ledger.Archive, Item: name, Outcome: ledger.Planned, Bytes: f.Size})
		}
		return err
	})
	slices.SortFunc(files, func(a, b payloadFile) int { return strings.Compare(a.name, b.name) })
	return files, err
}

func digestFile(ctx context.Context, payload fs.FS, name string) (f payloadFile, err error) {
	open := func() (io.ReadCloser, error) { return payload.Open(name) }
	if digested, ok := payload.(Digested); ok {
		if known, ok := digested.Digest(name); ok {
			return payloadFile{Entry{Name: name, Size: known.Size, CRC32: known.CRC32, Open: open}, name, known.SHA256}, nil
		}
	}
	file, err := open()
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum, crc := sha256.New(), crc32.NewIEEE()
	size, err := copyHashing(ctx, []hash.Hash{sum, crc}, file)
	f = payloadFile{
		Entry: Entry{Name: name, Size: size, CRC32: crc.Sum32(), Open: open},
		name:  name, sha256: hex.EncodeToString(sum.Sum(nil)),
	}
	return f, err
}

// copyHashing reads r to its end into the hashes and stops soon after ctx does.
func copyHashing(ctx context.Context, hashes []hash.Hash, r io.Reader) (int64, error) {
	buf := make([]byte, 256<<10)
	var size int64
	for {
		if ctx.Err() != nil {
			return size, context.Cause(ctx)
		}
		n, err := r.Read(buf)
		for _, h := range hashes {
			h.Write(buf[:n])
		}
		size += int64(n)
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
