// Package packet makes the packets: one PDF for each application, that holds everything a committee reads.
//
// A [Builder] merges the documents of a dossier behind a cover and a table of contents, whatever their senders sent:
//
//	b, err := packet.NewBuilder(packet.Options{Command: []string{os.Args[0], "pdf-worker"}})
//	…
//	defer b.Close()
//	outline, err := b.Build(ctx, file, posting, dossier)
//
// No page is lost. A document that cannot be merged as it is, is merged after a repair, or shown as pictures of its pages,
// or stands as a page that says why it cannot be shown; the [Outline] says which. Foreign bytes are only ever read in
// worker processes, each document within [Limits]: see package foreign.
//
// The same dossier gives the same bytes, as long as [Builder.Key] is the same.
package packet

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/foreign"
)

// Limits bound what one document may take.
type Limits = foreign.Limits

// DefaultLimits is what documents may take unless somebody says otherwise.
var DefaultLimits = Limits{Time: time.Minute, Memory: 512 << 20, Pages: 5000, Bytes: 1 << 30}

// Options is how a [Builder] works. Only Command has no default.
type Options struct {
	Workers  int      // worker processes; 0 means one for each core
	Command  []string // starts a worker: a program that calls [WorkerMain], and its arguments
	Limits   Limits   // of each document; what is zero is taken from [DefaultLimits]
	SOffice  string   // LibreOffice's program; "" to look for it, "-" to do without
	Scratch  string   // folder for documents while LibreOffice has them; "" is the system's for temporary files
	CacheDir string   // for compiled code that makes workers start faster; "" for none
	Log      *slog.Logger
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Limits.Time <= 0 {
		o.Limits.Time = DefaultLimits.Time
	}
	if o.Limits.Memory <= 0 {
		o.Limits.Memory = DefaultLimits.Memory
	}
	if o.Limits.Pages <= 0 {
		o.Limits.Pages = DefaultLimits.Pages
	}
	if o.Limits.Bytes <= 0 {
		o.Limits.Bytes = DefaultLimits.Bytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	switch o.SOffice {
	case "-":
		o.SOffice = ""
	case "":
		o.SOffice, _ = exec.LookPath("soffice") // without it such documents get a placeholder
	}
	return o
}

// Outline is what became of each document in a packet.
type Outline struct {
	Pages     int
	Documents []dossier.Placed // in the order of the dossier's documents
}

// Builder makes packets. Its methods may be called from many goroutines.
type Builder struct {
	options Options
	workers *pool
	office  chan struct{} // holds an element while LibreOffice runs: one at a time is what most machines bear
}

// ErrNoCommand is returned by [NewBuilder] where it is not told how to start a worker.
var ErrNoCommand = errors.New("packet: no command that starts a worker")

// NewBuilder makes a Builder. Workers start when they are needed first.
func NewBuilder(o Options) (*Builder, error) {
	if len(o.Command) == 0 {
		return nil, ErrNoCommand
	}
	o = o.withDefaults()
	if o.CacheDir != "" {
		if err := os.MkdirAll(o.CacheDir, 0o700); err != nil {
			return nil, err
		}
	}
	return &Builder{options: o, workers: newPool(o), office: make(chan struct{}, 1)}, nil
}

// Rest ends the worker processes that have nothing to do, which gives the system their memory back. The next document starts
// another.
func (b *Builder) Rest() { b.workers.rest() }

// Close ends all workers. Calls of Build that are still under way fail.
func (b *Builder) Close() error {
	b.workers.close()
	return nil
}

// WorkerMain is the main function of a worker process: it does the jobs that come from in until that is closed, and
// returns the exit code. Nothing else may write to out.
func WorkerMain(in io.Reader, out io.Writer) int {
	ignoreInterrupts()
	if err := foreign.Serve(in, out); err != nil {
		return 1
	}
	return 0
}

// Build writes the packet of a dossier to w, in one pass. Documents that cannot be shown do not make it fail; what does
// is an error of w, or that ctx is done.
func (b *Builder) Build(ctx context.Context, w io.Writer, p *dossier.Posting, d *dossier.Dossier) (Outline, error) {
	out := bufio.NewWriterSize(w, 256<<10)
	a := newAssembly(out, p, d)
	for i := range d.Documents {
		if err := b.add(ctx, a, &d.Documents[i]); err != nil {
			return Outline{}, err
		}
	}
	outline, err := a.finish()
	if err == nil {
		err = out.Flush()
	}
	return outline, err
}
