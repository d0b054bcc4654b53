package abreast

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, workers := range []int{-1, 0, 1, 3, 500} {
		for _, n := range []int{0, 1, 2, 100} {
			var done [100]atomic.Int64
			if err := Each(n, workers, func(i int) error { done[i].Add(1); return nil }); err != nil {
				t.Fatal(err)
			}
			for i := range done {
				want := int64(0)
				if i < n {
					want = 1
				}
				if got := done[i].Load(); got != want {
					t.Errorf("%d things by %d workers: thing %d was done %d times", n, workers, i, got)
				}
			}
		}
	}
}

func TestEachEndsAtAnError(t *testing.T) {
	fault := errors.New("fault")
	var begun []int
	err := Each(100, 1, func(i int) error {
		begun = append(begun, i)
		if i == 2 {
			return fault
		}
		return nil
	})
	if !errors.Is(err, fault) || !slices.Equal(begun, []int{0, 1, 2}) {
		t.Errorf("began %v, error %v", begun, err)
	}
}

func TestEachBoundsWhatIsUnderWay(t *testing.T) {
	var now, most atomic.Int64
	_ = Each(200, 4, func(int) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		now.Add(-1)
		return nil
	})
	if most.Load() > 4 {
		t.Errorf("%d at once", most.Load())
	}
}
