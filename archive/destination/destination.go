// Package destination takes archives to where they are kept: a folder (a network drive, a disk), or a bucket of Amazon S3
// or a server that speaks its language (s3://), of Google Cloud Storage (gs://) or of Azure Blob Storage (azblob://).
//
//	to, err := destination.Open(ctx, "s3://university-records/econ", os.Getenv)
//	copied, err := to.Copy(ctx, archive, sink)
//
// A copy counts only when it was read back from there whole and has the archive's SHA-256; what a service says of itself
// is not trusted. Credentials are found as each service's own programs find them, in the environment and the files it
// names: see the comment of each service here. They are in no name, message or error of this package, and nothing is
// sent except over HTTPS or to this computer itself.
package destination

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

const (
	partSize = 16 << 20 // bytes sent as one: what a fault costs
	attempts = 5        // of each request
)

// ErrAltered means that a copy is not, byte for byte, what was to be copied.
var ErrAltered = errors.New("what lies there is not the archive: its bytes are others")

// ErrForm means that a destination is neither a folder nor a URL of a service known here.
var ErrForm = errors.New("a destination is a folder, or s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or azblob://CONTAINER/PREFIX")

// Archive is a file to copy.
type Archive struct {
	Name   string // its file name, also at the destination
	Size   int64  // bytes
	SHA256 string // hex
	File   io.ReaderAt
}

// Copied is what became of a copy.
type Copied struct {
	Place string // where it lies, for people and the register
	Sent  bool   // false when it lay there whole already
}

// Destination is a place to keep archives.
type Destination struct {
	store store
	place string // without an ending slash
}

// store is one kind of destination.
type store interface {
	// size gives the bytes of what lies under a name; an error that is [fs.ErrNotExist] when nothing does.
	size(ctx context.Context, name string) (int64, error)
	// put makes content appear under a name when it is there whole, and replaces what was there.
	put(ctx context.Context, name string, c content) error
	// open reads what lies under a name from an offset on.
	open(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
}

// content is what put sends.
type content struct {
	io.Reader
	size   int64
	sha256 string
}

// IsURL reports whether a destination, or an archive, is named by a URL and not by a path.
func IsURL(where string) bool { return strings.Contains(where, "://") }

// Open gives the destination that a folder's path, or a URL, names. The folder must be there: one that is made where a
// drive should be mounted would be no second copy. A URL has no user, password or parameters: credentials come from the
// environment. Nothing is asked of a service yet.
func Open(ctx context.Context, where string, getenv func(string) string) (*Destination, error) {
	d := &Destination{place: strings.TrimRight(where, "/")}
	if !IsURL(where) {
		var err error
		d.store, err = openFolder(where)
		return d, err
	}
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q: %w", beforeQuery(where), ErrForm)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s://%s: credentials and parameters do not belong in a destination's name; they come from the environment", u.Scheme, u.Host)
	}
	open, known := services[u.Scheme]
	if !known {
		return nil, fmt.Errorf("%q: %w", where, ErrForm)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	d.store, err = open(ctx, u.Host, prefix, getenv)
	return d, d.failed("open it", err)
}

// services are what a URL can name. Each opens a bucket; every key in it begins with the prefix.
var services = map[string]func(ctx context.Context, bucket, prefix string, getenv func(string) string) (store, error){
	"s3": openS3, "gs": openGoogle, "azblob": openAzure,
}

// beforeQuery leaves out of a text that is no URL what could be a secret in one.
func beforeQuery(text string) string {
	text, _, _ = strings.Cut(text, "?")
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	return text
}

// String is the destination's name; it holds no secret.
func (d *Destination) String() string { return d.place }

// Close lets go of the destination.
func (d *Destination) Close() error {
	if closer, ok := d.store.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Copy brings an archive to the destination and proves it there: it is read back whole and hashed. An archive that lies
// there whole is not sent again. [ErrAltered] says that other bytes arrived than were sent.
func (d *Destination) Copy(ctx context.Context, a Archive, sink ledger.Sink) (Copied, error) {
	copied := Copied{Place: d.place + "/" + a.Name}
	size, err := d.store.size(ctx, a.Name)
	switch {
	case err == nil && size == a.Size:
		err := d.prove(ctx, a, sink)
		if !errors.Is(err, ErrAltered) {
			return copied, err
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return copied, d.failed("look for "+a.Name, err)
	}
	copied.Sent = true
	body := io.TeeReader(io.NewSectionReader(a.File, 0, a.Size), newSteps(sink, ledger.Copy, a.Name, a.Size))
	if err := d.store.put(ctx, a.Name, content{body, a.Size, a.SHA256}); err != nil {
		return copied, d.failed("send "+a.Name, err)
	}
	return copied, d.prove(ctx, a, sink)
}

// prove reads a copy back and holds it against the archive.
func (d *Destination) prove(ctx context.Context, a Archive, sink ledger.Sink) error {
	sum := sha256.New()
	size, err := d.Read(ctx, a.Name, sum, sink)
	if err != nil {
		return err
	}
	if size != a.Size || hexSum(sum) != a.SHA256 {
		return fmt.Errorf("%s/%s: %w", d.place, a.Name, ErrAltered)
	}
	return nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// Read writes what lies under a name to w, and gives its size in bytes. A connection that breaks is made again, and
// reading goes on where it ended.
func (d *Destination) Read(ctx context.Context, name string, w io.Writer, sink ledger.Sink) (int64, error) {
	size, err := d.store.size(ctx, name)
	if err != nil {
		return 0, d.failed("read "+name, err)
	}
	w = io.MultiWriter(w, newSteps(sink, ledger.Verify, name, size))
	var at int64
	pause := time.Second / 2
	for attempt := 1; ; attempt++ {
		var n int64
		if n, err = d.readFrom(ctx, name, at, w); n > 0 {
			attempt = 1 // it goes on
		}
		if at += n; err == nil && at >= size {
			return at, nil
		}
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		var write *writeError
		if errors.As(err, &write) || errors.Is(err, fs.ErrNotExist) || attempt >= attempts || wait(ctx, pause) != nil {
			return at, d.failed("read "+name, err)
		}
		pause *= 2
	}
}

// wait ends after a while, or with ctx's error.
func wait(ctx context.Context, pause time.Duration) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (d *Destination) readFrom(ctx context.Context, name string, offset int64, w io.Writer) (int64, error) {
	r, err := d.store.open(ctx, name, offset)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.CopyBuffer(ownWriter{w}, struct{ io.Reader }{r}, make([]byte, 256<<10))
}

// ownWriter tells errors of the writer from those of the destination.
type ownWriter struct{ w io.Writer }

func (o ownWriter) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }
