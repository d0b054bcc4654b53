package packet

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/foreign"
)

// ErrOtherBytes is returned by [Builder.Text] for a document whose bytes are not those that its SHA-256 was made of.
var ErrOtherBytes = errors.New("packet: the document's bytes are not those recorded")

// Text gives what a document says, one string for each of its first pages, at most mostPages, as a search can use it:
// UTF-8 in Unicode's form C, without control characters, lines ended by '\n'. A page is cut at 64 KiB and a document at 4
// MiB. The pages are those that a packet shows of it.
//
// PDFs and plain text have words; there are none, and that is no error, in scanned pages, in files of any other kind, and
// in those that need a password, are damaged or need more memory than allowed. An error says that another try may do
// better: the document could not be opened, [ErrOtherBytes], no worker could be started or it ended early, it took too
// long on a machine that may have been busy, or ctx is done.
func (b *Builder) Text(ctx context.Context, files fs.FS, d *dossier.Document, mostPages int) ([]string, error) {
	if !d.State.HasBytes() || mostPages <= 0 {
		return nil, nil
	}
	document, err := openDocument(files, d)
	if err != nil {
		return nil, err
	}
	defer document.Close()
	if document.size > b.options.Limits.Bytes {
		return nil, nil
	}
	pages, err := b.words(ctx, document, mostPages)
	var failure *foreign.Failure
	if errors.As(err, &failure) && !mayPass(failure.Reason) {
		b.options.Log.Info("a document gives no words", "kind", d.Kind, "id", d.ID, "document", d.Label, "why", failure)
		err = nil
	}
	if err == nil && d.SHA256 != "" {
		err = compareSum(document, d.SHA256)
	}
	if err != nil {
		return nil, fmt.Errorf("text of %s %s: %w", d.Kind, d.ID, err)
	}
	return pages, nil
}

// mayPass reports whether a reason may be the machine's rather than the document's.
func mayPass(r foreign.Reason) bool {
	return r == foreign.Slow || r == foreign.Crashed || r == foreign.NotPossible
}

// compareSum reads a document, whose words have been read, for its SHA-256.
func compareSum(d *document, want string) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, d.whole()); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != want {
		return ErrOtherBytes
	}
	return nil
}

// words has a worker read a document's words, if it is of a kind that has any.
func (b *Builder) words(ctx context.Context, d *document, mostPages int) (pages []string, err error) {
	head, err := foreign.Head(d.whole())
	if err != nil || !foreign.HasWords(head) {
		return nil, err
	}
	limits := b.options.Limits
	limits.Pages = min(limits.Pages, mostPages)
	job := foreign.Job{Way: foreign.Words, Path: d.path, Bytes: d.size, Limits: limits, Cache: b.options.CacheDir}
	err = b.workers.exchange(ctx, job, d.whole(), func(in *bufio.Reader) (err error) {
		pages, err = foreign.ReceiveWords(in)
		return err
	})
	return pages, err
}
