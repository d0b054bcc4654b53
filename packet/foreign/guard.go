package foreign

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// How a worker ends itself when a document takes more than it may. It is the last resort: a goroutine cannot be stopped,
// and running out of memory cannot be caught.
const (
	ExitMemory = 41
	ExitTime   = 42
)

// Between looks at the memory in use a worker can allocate no more than a machine can fill in that time.
const lookEvery = 5 * time.Millisecond

// grace is how much longer than its limit a job may take to notice by itself.
const grace = 500 * time.Millisecond

// guardMemory ends the process when more memory than the limit, in bytes, is in use, PDFium's included. Before that Go's
// collector works harder, in the room that PDFium leaves. The function it gives ends the guard.
func guardMemory(limit int64, pdfium *linear) (stop func()) {
	debug.SetMemoryLimit(limit / 4 * 3)
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		var before int64
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				held := pdfium.held.Load()
				if goMemory()+held > limit {
					os.Exit(ExitMemory)
				}
				if held != before {
					debug.SetMemoryLimit(max(limit/4*3-held, limit/8))
					before = held
				}
			}
		}
	}()
	return func() {
		close(done)
		<-gone
	}
}

// goMemory is what Go holds of the system's memory, in bytes: what its runtime has mapped and not given back.
func goMemory() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// clock measures the time that a document may take. When it is up the job's context ends, and a little later, if that did
// not help, the process. Go's collector stops all clocks while it waits for PDFium, which it cannot interrupt; then it is
// for whoever started the worker to end it.
type clock struct {
	mu      sync.Mutex
	left    time.Duration
	since   time.Time // when it was set going; zero while it stands still
	expires *time.Timer
	ends    *time.Timer
}

// startClock gives a context that is done when the time is up.
func startClock(limit time.Duration) (context.Context, *clock) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &clock{left: limit, since: time.Now()}
	c.expires = time.AfterFunc(limit, cancel)
	c.ends = time.AfterFunc(limit+grace, func() { os.Exit(ExitTime) })
	return ctx, c
}

// stop has the clock stand still.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.since.IsZero() {
		c.left -= time.Since(c.since)
		c.since = time.Time{}
		c.expires.Stop()
		c.ends.Stop()
	}
}

// resume sets a clock going that stands still.
func (c *clock) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
	c.expires.Reset(c.left)
	c.ends.Reset(c.left + grace)
}
