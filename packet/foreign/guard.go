package foreign

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How a worker ends itself when a document takes more than it may. It is the last resort: a goroutine cannot be stopped,
// and running out of memory cannot be caught.
const (
	ExitMemory = 41
	ExitTime   = 42
)

// Between looks at the memory in use a worker can allocate no more than a machine can fill in that time.
const lookEvery = 20 * time.Millisecond

// grace is how much longer than its limit a job may take to notice by itself.
const grace = 500 * time.Millisecond

// guard ends the process when the limits are passed. The function it gives ends the guard.
func guard(limits Limits) (stop func()) {
	debug.SetMemoryLimit(limits.Memory / 4 * 3)
	deadline := time.AfterFunc(limits.Time+grace, func() { os.Exit(ExitTime) })
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if memoryInUse() > uint64(limits.Memory) {
					os.Exit(ExitMemory)
				}
			}
		}
	}()
	return func() {
		deadline.Stop()
		close(done)
		<-gone
	}
}

// memoryInUse is what the process holds of the system's memory, in bytes: what the Go runtime has mapped and not given
// back, PDFium's memory included, which lies in Go's.
func memoryInUse() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
