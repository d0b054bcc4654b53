package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowthOfTheHeap(t *testing.T) {
	for live, want := range map[uint64]int{0: 1200, 4 << 20: 1200, 24 << 20: 200, 96 << 20: 50, 1 << 30: 50} {
		if got := growthOf(live); got != want {
			t.Errorf("%d MB: %d %%; want %d", live>>20, got, want)
		}
	}
}

func TestHeadroomIsKeptAfterEachCollection(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	keepHeadroom()
	kept := make([]byte, 200<<20)
	for range 2 {
		debug.SetGCPercent(77)
		runtime.GC()
		deadline := time.Now().Add(10 * time.Second)
		got := 77
		for got == 77 && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
			got = debug.SetGCPercent(77)
		}
		if got != growth {
			t.Fatalf("the heap may grow by %d %%; want %d", got, growth)
		}
	}
	runtime.KeepAlive(kept)
}
