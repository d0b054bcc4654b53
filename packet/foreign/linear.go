package foreign

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// linear gives instances of PDFium their memory (WebAssembly's linear memory). It lies outside of Go's heap: the system gives
// it zeroed, page by page as it is written to, nobody copies it when it grows, and it goes back as soon as its document is
// done. In the heap each document would leave one more of these, mostly unused, for the collector to find.
type linear struct{ held atomic.Int64 } // bytes that instances may use now

// Allocate sets addresses aside for the most that an instance may use.
func (l *linear) Allocate(_, most uint64) experimental.LinearMemory {
	space, err := reserve(most)
	if err != nil {
		return &mapping{owner: l} // which has room for nothing
	}
	return &mapping{owner: l, space: space}
}

// mapping is the memory of one instance.
type mapping struct {
	owner *linear
	space []byte // all that it may become
	used  uint64
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

// Free gives the memory back. Who touches it after that ends the process.
func (m *mapping) Free() {
	m.owner.held.Add(-int64(m.used))
	release(m.space)
	m.space, m.used = nil, 0
}
