package foreign

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// linear gives instances of PDFium their memory (WebAssembly's linear memory), one instance at a time. It lies outside of Go's
// heap: the system gives it zeroed, page by page as it is written to, nobody copies it when it grows, and what a document
// needed of it goes back as soon as that is done. In the heap it would be mostly unused, and the collector would take all of it
// for in use.
type linear struct {
	held atomic.Int64 // bytes that instances may use now
	last *mapping     // of the instance that began last
}

// Allocate sets addresses aside for the most that an instance may use.
func (l *linear) Allocate(_, most uint64) experimental.LinearMemory {
	l.last = &mapping{owner: l}
	if space, err := reserve(most); err == nil { // without it there is room for nothing
		l.last.space = space
	}
	return l.last
}

// mapping is the memory of one instance.
type mapping struct {
	owner *linear
	space []byte // all that it may become
	used  uint64

	beginning []byte // what was in it when it was kept, as far as there was anything; nil until then
	kept      uint64 // used then
}

// Reallocate makes the memory as large as size, in bytes, or gives nil where it cannot. It stays where it is.
func (m *mapping) Reallocate(size uint64) []byte {
	if size > uint64(len(m.space)) || commit(m.space[m.used:size]) != nil {
		return nil
	}
	m.owner.held.Add(int64(size - m.used))
	m.used = size
	return m.space[:size:size]
}

// keep remembers what is in the memory, for restore. What is remembered is a fraction: an instance has much of its memory to
// grow into.
func (m *mapping) keep() error {
	var end int
	for i := 0; i < int(m.used); i += wasmPage {
		if !isZero(m.space[i : i+wasmPage]) {
			end = i + wasmPage
		}
	}
	beginning, err := reserve(uint64(end))
	if err != nil {
		return err
	}
	if err := commit(beginning); err != nil {
		release(beginning)
		return err
	}
	copy(beginning, m.space)
	m.beginning, m.kept = beginning, m.used
	return nil
}

// restore makes the memory what it was when it was kept, to the byte, and reports whether it could: memory that has grown
// stays large.
func (m *mapping) restore() bool {
	if m.beginning == nil || m.used != m.kept {
		return false
	}
	copy(m.space, m.beginning)
	return renew(m.space[len(m.beginning):m.used]) == nil
}

// Free gives the memory back. Who touches it after that ends the process.
func (m *mapping) Free() {
	m.owner.held.Add(-int64(m.used))
	release(m.space)
	release(m.beginning)
	*m = mapping{owner: m.owner}
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
