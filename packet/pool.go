package packet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/ejmx/ejmx/packet/foreign"
	"github.com/ejmx/ejmx/packet/piece"
)

// pool holds the worker processes. A process that failed in any way but by saying so is ended, and the next job that comes
// to its place starts another.
type pool struct {
	options Options
	places  chan *process // one element for each worker there may be, nil where none is running
	closed  chan struct{}
	once    sync.Once
}

func newPool(o Options) *pool {
	p := &pool{options: o, places: make(chan *process, o.Workers), closed: make(chan struct{})}
	for range o.Workers {
		p.places <- nil
	}
	return p
}

var errClosed = errors.New("packet: the builder is closed")

// close ends all processes and waits for them.
func (p *pool) close() {
	p.once.Do(func() {
		close(p.closed)
		for range p.options.Workers {
			if w := <-p.places; w != nil {
				w.end()
			}
		}
	})
}

// rest ends the processes that have nothing to do.
func (p *pool) rest() {
	for range p.options.Workers {
		select {
		case w := <-p.places:
			if w != nil {
				w.end()
			}
			p.places <- nil
		default: // it is at work, or closed
		}
	}
}

// run has a worker do a job with a document of the job's length, and gives its piece to take, before which nothing of a
// failed job is seen. A [*foreign.Failure] says why the document cannot be shown in this way.
func (p *pool) run(ctx context.Context, job foreign.Job, document io.Reader, take func(*piece.Reader) error) error {
	return p.exchange(ctx, job, document, func(in *bufio.Reader) error {
		reply, err := piece.Read(in)
		if err != nil {
			return err
		}
		return take(reply)
	})
}

// exchange is run for any job: receive takes a worker's whole reply.
func (p *pool) exchange(ctx context.Context, job foreign.Job, document io.Reader, receive func(*bufio.Reader) error) error {
	var w *process
	select {
	case <-p.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	case w = <-p.places:
	}
	defer func() { p.places <- w }()
	if w == nil {
		var err error
		if w, err = p.start(); err != nil {
			return fmt.Errorf("packet: cannot start a worker: %w", err)
		}
	}
	err := w.do(ctx, p.closed, job, document, receive)
	var failure *foreign.Failure
	if err != nil && !errors.As(err, &failure) {
		err = w.post(ctx, err)
		w = nil
	}
	return err
}

// process is a running worker.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	late    bool // whether it was ended for taking too long
}

func (p *pool) start() (*process, error) {
	c := exec.Command(p.options.Command[0], p.options.Command[1:]...)
	c.Env = workerEnvironment(p.options.Limits.Memory)
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	return &process{command: c, in: in, out: bufio.NewReaderSize(out, 256<<10)}, nil
}

// workerEnvironment is all that a worker gets to know of ours: no secret is in it. The garbage collector is to work harder
// before the limit is reached.
func workerEnvironment(memory int64) []string {
	env := []string{"GOMEMLIMIT=" + strconv.FormatInt(memory/4*3, 10)}
	for _, name := range []string{"SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// grace is how much longer than its limit a worker may take before it is ended from outside: it knows the limit itself.
const grace = time.Second

// engineStart is how long PDFium may take to start. Where its compiled code is not in the cache that is seconds, and many
// on a busy machine.
const engineStart = 5 * time.Minute

// do sends a job and takes the reply. The process is ended when it takes too long, when ctx is done, or the pool is closed.
func (w *process) do(
	ctx context.Context, closed <-chan struct{}, job foreign.Job, document io.Reader, receive func(*bufio.Reader) error,
) error {
	done, watched := make(chan struct{}), make(chan struct{})
	timer := time.NewTimer(job.Limits.Time + grace)
	defer func() { close(done); <-watched }()
	go func() {
		defer close(watched)
		defer timer.Stop()
		select {
		case <-done:
			return
		case <-timer.C:
			w.late = true
		case <-ctx.Done():
		case <-closed:
		}
		_ = w.command.Process.Kill() // it may be gone already
	}()
	if err := foreign.Send(w.in, job, document); err != nil {
		return err
	}
	err := foreign.Await(w.out, func(starting bool) {
		if starting {
			timer.Reset(engineStart)
		} else {
			timer.Reset(job.Limits.Time + grace)
		}
	})
	if err != nil {
		return err
	}
	return receive(w.out)
}

// post ends a process that did not reply, and says why from how it ended.
func (w *process) post(ctx context.Context, err error) error {
	_ = w.command.Process.Kill()
	w.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if broken, ok := errors.AsType[*brokenOutput](err); ok {
		return broken.error
	}
	switch code := w.command.ProcessState.ExitCode(); {
	case code == foreign.ExitMemory:
		return &foreign.Failure{Reason: foreign.Large}
	case w.late || code == foreign.ExitTime:
		return &foreign.Failure{Reason: foreign.Slow}
	}
	return &foreign.Failure{Reason: foreign.Crashed, Detail: err.Error()}
}

// end closes a process's input, at which it ends, and waits for it.
func (w *process) end() {
	_ = w.in.Close()
	stop := time.AfterFunc(grace, func() { _ = w.command.Process.Kill() })
	defer stop.Stop()
	_ = w.command.Wait() // how it ended is in ProcessState
}

// brokenOutput is an error of the packet's own writer, which is nobody's fault among the documents.
type brokenOutput struct{ error }
