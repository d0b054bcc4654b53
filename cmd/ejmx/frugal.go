package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Collecting memory costs time by what is kept, each time; how much is kept between two times costs memory. Programs usually
// let the heap double. Ours lets it grow by half, on office computers that have little memory; but by no less than headroom, for
// of a heap that is small anyway little is saved by collecting it dozens of times a second.
const (
	growth    = 50        // per cent
	headroom  = 48 << 20  // bytes
	softLimit = 224 << 20 // bytes, of all memory: more than a large season needs; beyond it memory is collected sooner still
)

// frugal bounds the memory of this process. GOGC and GOMEMLIMIT still say otherwise.
func frugal() {
	if os.Getenv("GOGC") == "" {
		keepHeadroom()
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}

// keepHeadroom sets by how much the heap may grow until the next collection, and again after each.
func keepHeadroom() {
	debug.SetGCPercent(growthOf(liveHeap()))
	type marker struct{ _ *int } // of an object without pointers the runtime may collect several as one
	runtime.AddCleanup(new(marker), func(struct{}) { keepHeadroom() }, struct{}{})
}

// growthOf gives the per cent by which a heap of so many bytes may grow.
func growthOf(live uint64) int {
	const least = 4 << 20 // what the runtime counts a smaller heap as
	return int(max(growth, headroom*100/max(live, least)))
}

// liveHeap is how many bytes the last collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
