// Package foreign turns what applicants and letter writers sent into pieces of a packet. Everything in it reads bytes that
// may be broken or hostile, and so it runs in worker processes, which may be killed ([Serve]).
//
// A document can be shown in several [Way]s, from its own pages down to pictures of them. A worker tries the one it is
// told; which to try, and what to do when a worker dies of it, is for whoever started it.
package foreign

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/ejmx/ejmx/packet/piece"
)

// Way is one of the ways of showing a document.
type Way string

// The ways.
const (
	AsIs     Way = "as it is"     // a PDF's own pages
	Rewrite  Way = "rewritten"    // the same of what PDFium writes after reading the file
	Flatten  Way = "flattened"    // the same after PDFium has drawn form fields into the pages
	Reimport Way = "reimported"   // the same of a file into which PDFium imported the pages
	Rebuild  Way = "rebuilt"      // the same of a file whose table of objects is made anew
	Draw     Way = "drawn"        // a picture of each page
	Picture  Way = "as a picture" // an image file as a page
	Text     Way = "as text"      // a text file's words set on pages
	Office   Way = "by office"    // what LibreOffice makes of the file, as a PDF; not a worker's to do
	Words    Way = "its words"    // no pages but the text on them, for a search: [ReceiveWords]
)

// Limits bound what one document may take.
type Limits struct {
	Time   time.Duration // to read it, in one way of showing it
	Memory int64         // bytes that a worker may use
	Pages  int           // of one document
	Bytes  int64         // of its file
}

// Job is what a worker is to do with a document: the file of a path, or what follows the job.
type Job struct {
	Way    Way
	Path   string // of the document's file; "" where the document follows
	Bytes  int64  // the document's length
	Limits Limits
	Cache  string // folder for PDFium's compiled code, "" for none
}

// maxJob is how long the description of a job may be.
const maxJob = 64 << 10

// answer is how a worker begins its reply; a piece or words follow unless there is a failure. Before it come those that say
// that PDFium is being started, which is no document's fault, and that it has been.
type answer struct {
	Failure *Failure
	Engine  engineState `json:",omitempty"`
}

type engineState string

const (
	engineStarting engineState = "starting"
	engineStarted  engineState = "started"
)

// Send gives a worker a job and, where it has no path, the document.
func Send(w io.Writer, job Job, document io.Reader) error {
	if err := sendJSON(w, job); err != nil || job.Path != "" {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(document, job.Bytes))
	if err == nil && n != job.Bytes {
		err = fmt.Errorf("the document has %d bytes instead of %d: %w", n, job.Bytes, io.ErrUnexpectedEOF)
	}
	return err
}

// Await waits for a worker's answer. Its error is a [*Failure] where the worker says that the document cannot be shown in
// this way, and anything else where there is no answer. Without an error what the job is about follows: a piece, for
// [piece.Read], or words, for [ReceiveWords]. Await calls engine when the worker begins to start PDFium, which may take
// many seconds the first time on a machine, and when that is done.
func Await(in io.Reader, engine func(starting bool)) error {
	for {
		var a answer
		if err := receiveJSON(in, &a); err != nil {
			return err
		}
		switch {
		case a.Engine != "":
			engine(a.Engine == engineStarting)
		case a.Failure != nil:
			return a.Failure
		default:
			return nil
		}
	}
}

// Serve does the jobs that come in until there are no more. Only an error of reading or writing ends it earlier.
func Serve(in io.Reader, out io.Writer) error {
	debug.SetGCPercent(400)                           // little is kept from one job to the next; memory has a limit of its own
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0))) // so that clock and guard run while PDFium does, which does not give way
	requests := bufio.NewReaderSize(in, 64<<10)
	w := worker{start: newEngine}
	defer w.close()
	for {
		var job Job
		if err := receiveJSON(requests, &job); err != nil {
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return err
		}
		if err := w.do(requests, out, job); err != nil {
			return err
		}
	}
}

// worker keeps what is dear to make from one job to the next.
type worker struct {
	held   []byte // a place for a document that is read at once
	memory linear // PDFium's
	engine *engine
	start  func(Job, *linear) (*engine, error) // makes it
	clock  *clock                              // of the job
	out    io.Writer                           // where the job's reply goes
}

func (w *worker) close() {
	if w.engine != nil {
		w.engine.close()
	}
}

// do takes the document of a job, does the job, and replies.
func (w *worker) do(in io.Reader, out io.Writer, job Job) error {
	unguard := guardMemory(job.Limits.Memory, &w.memory)
	defer unguard()
	ctx, clock := startClock(job.Limits.Time)
	defer clock.stop()
	w.clock, w.out = clock, out
	document, err := w.take(in, job)
	var failure *Failure
	if err != nil && !errors.As(err, &failure) {
		return err
	}
	if failure != nil {
		return sendJSON(out, answer{Failure: failure})
	}
	defer document.Close()
	reply, err := w.reply(ctx, job, document)
	switch {
	case err == nil:
	case ctx.Err() != nil: // whatever PDFium said of a document that it had no time for
		failure = &Failure{Slow, err.Error()}
	case !errors.As(err, &failure):
		failure = &Failure{NotPossible, err.Error()}
	}
	if err := sendJSON(out, answer{Failure: failure}); err != nil || failure != nil {
		return err
	}
	return reply(out)
}

// reply does a job and gives what writes what came of it.
func (w *worker) reply(ctx context.Context, job Job, document *document) (func(io.Writer) error, error) {
	if document.size == 0 {
		return nil, &Failure{Empty, ""}
	}
	if job.Way == Words {
		pages, err := w.words(ctx, job, document)
		return func(out io.Writer) error { return writeWords(out, pages) }, err
	}
	p, err := w.show(ctx, job, document)
	return func(out io.Writer) error { return piece.Write(out, p) }, err
}

// show makes a piece of a document in the way that the job names.
func (w *worker) show(ctx context.Context, job Job, document *document) (*piece.Piece, error) {
	switch job.Way {
	case AsIs:
		return w.asIs(ctx, job, document)
	case Rewrite, Flatten, Reimport:
		return w.repaired(ctx, job, document)
	case Rebuild:
		return w.rebuilt(ctx, job, document)
	case Draw:
		return w.drawn(ctx, job, document)
	case Picture:
		return w.pictured(job, document)
	case Text:
		return w.typed(ctx, job, document)
	}
	return nil, &Failure{NotPossible, fmt.Sprintf("there is no way %q", job.Way)}
}

func sendJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%08x%s", len(text), text)
	return err
}

func receiveJSON(in io.Reader, v any) error {
	var size [8]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscanf(string(size[:]), "%08x", &n); err != nil || n > maxJob {
		return fmt.Errorf("%w: a message of %q bytes", piece.ErrWire, size)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	}
	return json.Unmarshal(text, v)
}
