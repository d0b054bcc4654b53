package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// key names a blob.
type key struct {
	kind   ejm.Kind
	blobid ejm.ID
}

// wanted is a document that the mirror lacks.
type wanted struct {
	document
	app *application
}

func (w wanted) item() string { return fmt.Sprintf("%s %s (%s)", w.kind, w.id, w.label) }

// outcome is what became of a wanted document.
type outcome struct {
	state  mirror.VersionState
	blobid ejm.ID // of what came: another than was listed when it was replaced in between
	reason string
}

// downloads pulls what the mirror lacks. A blob that several applications share is pulled once.
type downloads struct {
	run  *run
	jobs []job

	settling *errgroup.Group // makes what has arrived durable
	once     map[key]bool    // blobs planned

	mu       sync.Mutex
	outcomes map[key]outcome // by the blob that was listed
	retried  map[key]bool    // a first wrong hash was seen
	oddSized map[key]string  // SHA-1 of what came with a size that cannot be
	stored   int
	bytes    int64
	failed   int
}

// job is what one request should bring: documents of one kind of one application.
type job struct {
	app  *application
	kind ejm.Kind
	want []wanted

	together bool // whether to ask for all documents of the kind at once
}

func newDownloads(r *run) *downloads {
	return &downloads{run: r, once: map[key]bool{}, outcomes: map[key]outcome{}, retried: map[key]bool{}, oddSized: map[key]string{}}
}

// plan adds an application's missing documents, if its posting was asked for.
func (d *downloads) plan(a *application, asked bool) {
	if !asked {
		return
	}
	for _, kind := range []ejm.Kind{ejm.KindFile, ejm.KindLetter} {
		if want, none := d.missing(a, kind); len(want) > 0 {
			d.jobs = append(d.jobs, job{app: a, kind: kind, want: want, together: none && len(want) > 1})
		}
	}
}

// missing gives what the mirror lacks of an application's documents of a kind. none reports whether it has none of them
// and none comes with another application.
func (d *downloads) missing(a *application, kind ejm.Kind) (want []wanted, none bool) {
	none = true
	for _, doc := range a.documents {
		k := key{kind, doc.blobid}
		if doc.kind != kind || doc.link || doc.blobid == 0 || doc.id == 0 {
			continue
		}
		if d.once[k] {
			none = false
			continue
		}
		d.once[k] = true
		w := wanted{doc, a}
		d.run.sink(ledger.Entry{Stage: ledger.Download, Item: w.item(), Whose: a.whose(), Outcome: ledger.Planned})
		if d.run.held[k] {
			d.end(w, outcome{state: mirror.Held, blobid: doc.blobid}, ledger.Kept, 0, nil)
			none = false
			continue
		}
		want = append(want, w)
	}
	return want, none
}

// unsettled is how many documents may have arrived and wait for the disk while others are being fetched: those of a round of
// the mirror's, and those that come meanwhile.
const unsettled = 256

// all pulls everything planned through a bounded group. Its error is for what ends the whole run.
func (d *downloads) all(ctx context.Context) error {
	settling, untilFault := errgroup.WithContext(ctx)
	settling.SetLimit(unsettled)
	d.settling = settling
	group, working := errgroup.WithContext(untilFault)
	for _, j := range d.jobs {
		done, err := d.run.turn(working)
		if err != nil {
			break
		}
		group.Go(func() error {
			defer done()
			return d.do(working, j)
		})
	}
	err := group.Wait()
	if fault := settling.Wait(); fault != nil {
		return fault
	}
	if err != nil {
		return err
	}
	return context.Cause(ctx) // ended before the first job began
}

// do brings one job's documents: all in one request where all are missing, and one by one what is left. What arrived is not
// asked for again, so that request is made once more only as long as it brought nothing.
func (d *downloads) do(ctx context.Context, j job) error {
	left := j.want
	if j.together {
		what := fmt.Sprintf("the %ss of application %s", j.kind, j.app.appid)
		err := d.run.client.Retry(ctx, what, func(ctx context.Context) error {
			var err error
			left, err = d.take(d.run.client.Documents(ctx, j.app.appid, j.kind), left)
			if len(left) < len(j.want) && !endsRun(ctx, err) {
				return nil
			}
			return err
		})
		if endsRun(ctx, err) {
			return err
		}
	}
	for _, w := range left {
		if err := d.single(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// single brings one document by its own id and settles it, whatever happens.
func (d *downloads) single(ctx context.Context, w wanted) error {
	left := []wanted{w}
	err := d.run.client.Retry(ctx, fmt.Sprintf("%s %s", w.kind, w.id), func(ctx context.Context) error {
		var err error
		left, err = d.take(d.run.client.Document(ctx, w.kind, w.id), left)
		return err
	})
	switch {
	case len(left) == 0:
		return nil
	case endsRun(ctx, err):
		return err
	case err == nil, errors.Is(err, ejm.ErrNoResults):
		d.end(w, outcome{state: mirror.Gone}, ledger.Withdrawn, 0, ejm.ErrNoResults)
	default:
		why := reason(err)
		d.end(w, outcome{state: mirror.Failed, reason: why}, ledger.Failed, 0, errors.New(why))
	}
	return nil
}

// endsRun reports whether an error concerns the whole run and not one document: a refusal, a full disk, an interrupt.
func endsRun(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	if refused := (*ejm.Error)(nil); errors.As(err, &refused) && errors.Is(err, ejm.ErrRefused) {
		return refused.Refused != ejm.RefusedRequest
	}
	return ctx.Err() != nil || errors.Is(err, ejm.ErrNoCredentials) || !isAPI(err)
}

// reason is an API error without the operation, which the ledger's line names already.
func reason(err error) string {
	if e := (*ejm.Error)(nil); errors.As(err, &e) {
		return e.Reason()
	}
	return err.Error()
}

// take reads a reply's documents into the mirror and gives what of the wanted has still not come. What nobody wanted is
// passed over unread.
func (d *downloads) take(documents iter.Seq2[*ejm.Document, error], want []wanted) ([]wanted, error) {
	for doc, err := range documents {
		if err != nil {
			return want, err
		}
		// The id may follow the contents in the reply, so where it is not known yet the document is read to its end.
		if doc.ID != 0 && index(want, doc) < 0 {
			continue
		}
		stored, err := d.store(doc, want)
		if err != nil {
			return want, err
		}
		if i := index(want, doc); stored && i >= 0 {
			want = append(want[:i:i], want[i+1:]...)
		}
	}
	return want, nil
}

func index(want []wanted, doc *ejm.Document) int {
	for i, w := range want {
		if w.id == doc.ID {
			return i
		}
	}
	return -1
}

// store streams one document into the mirror and leaves it to be settled, while the next ones come. A wrong hash is an error the first time, so that it is
// fetched once more; the second time the bytes are kept and marked.
func (d *downloads) store(doc *ejm.Document, want []wanted) (stored bool, err error) {
	writer, err := d.run.mirror.NewDocument(doc.Kind)
	if err != nil {
		return false, err
	}
	defer func() {
		if !stored {
			err = errors.Join(err, writer.Abort())
		}
	}()
	if _, err := io.Copy(writer, doc.Body); err != nil {
		return false, err
	}
	i := index(want, doc)
	if i < 0 || !doc.HasContent {
		return false, nil
	}
	w := want[i]
	listed := key{w.kind, w.blobid}
	wrong := doc.SHA1 != "" && doc.SHA1 != writer.SHA1()
	if wrong && d.firstWrong(listed) {
		return false, &ejm.Error{Op: w.item(), Err: fmt.Errorf("%w: its SHA-1 is not the one EJM gives for it", ejm.ErrBadContent)}
	}
	if !plausible(writer.Size(), doc) && !d.cameBefore(listed, writer.SHA1()) {
		return false, &ejm.Error{Op: w.item(), Err: fmt.Errorf("%w: %d bytes came, EJM speaks of %d", ejm.ErrBadContent, writer.Size(), doc.FileSize)}
	}
	blobid := doc.BlobID
	if blobid == 0 {
		blobid = w.blobid
	}
	var odd oddities
	odd.note(doc.Odd)
	odd.tell(ledger.Download, w.item(), w.app.whose(), d.run.sink)
	record := doc.Raw
	d.settling.Go(func() error { return d.settle(w, writer, blobid, record, wrong) })
	return true, nil
}

// settle makes a document durable. It counts as stored only then; a disk that fails ends the run.
func (d *downloads) settle(w wanted, writer *mirror.DocumentWriter, blobid ejm.ID, record json.RawMessage, wrong bool) error {
	blob, err := writer.Commit(blobid, record)
	if err != nil {
		return err
	}
	end, cause := ledger.Done, error(nil)
	if wrong {
		end, cause = ledger.Suspect, errors.New("its SHA-1 is not the one EJM gives for it, twice; what came is kept")
	}
	d.end(w, outcome{state: mirror.Held, blobid: blobid}, end, blob.Size, cause)
	return nil
}

// plausible reports whether a document's size can be what EJM says it is. A letter has no hash that would tell that it was
// cut, and its filesize counts bytes or the characters of their base64, with or without line breaks. One that is neither is
// fetched once more; if the same bytes come again, it is EJM's figure that is wrong.
func plausible(size int64, doc *ejm.Document) bool {
	if doc.FileSize <= 0 || doc.SHA1 != "" || size == doc.FileSize {
		return true
	}
	characters := (size + 2) / 3 * 4
	lineBreaks := 2 * (characters/64 + 1)
	return doc.FileSize >= characters-2 && doc.FileSize <= characters+lineBreaks
}

func (d *downloads) firstWrong(k key) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := !d.retried[k]
	d.retried[k] = true
	return first
}

// cameBefore reports whether these very bytes were what came for a document the last time, and remembers them.
func (d *downloads) cameBefore(k key, sha1 string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.oddSized[k]
	d.oddSized[k] = sha1
	return before == sha1
}

// end settles a wanted document, in the ledger and for the register.
func (d *downloads) end(w wanted, o outcome, result ledger.Outcome, size int64, cause error) {
	d.mu.Lock()
	d.outcomes[key{w.kind, w.blobid}] = o
	switch result {
	case ledger.Done, ledger.Suspect:
		d.stored++
		d.bytes += size
	case ledger.Failed:
		d.failed++
	}
	d.mu.Unlock()
	d.run.sink(ledger.Entry{
		Stage: ledger.Download, Item: w.item(), Whose: w.app.whose(), Outcome: result, Bytes: size, Err: cause,
	})
}

// version is what the register says of a listed document after the run.
func (d *downloads) version(a *application, doc document, register *register) mirror.Version {
	v := mirror.Version{Kind: doc.kind, AppID: a.appid, PosID: a.posid, ID: doc.id, RecID: doc.recid, BlobID: doc.blobid}
	o, asked := d.outcomes[key{doc.kind, doc.blobid}]
	switch {
	case doc.link || doc.blobid == 0:
		v.State = mirror.Absent
	case doc.id == 0:
		v.State, v.Reason = mirror.Failed, "EJM lists it without an id, so it cannot be asked for"
	case asked:
		v.State, v.Reason = o.state, o.reason
		if o.blobid != 0 {
			v.BlobID = o.blobid
		}
	case d.run.held[key{doc.kind, doc.blobid}]:
		v.State = mirror.Held
	default:
		v.State = mirror.Unfetched
		if before, known := register.before(v); known && (before.State == mirror.Failed || before.State == mirror.Gone) {
			v.State, v.Reason = before.State, before.Reason
		}
	}
	return v
}
