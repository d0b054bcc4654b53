// Package abreast does the same with each of many things, several at a time.
package abreast

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Each calls do with every number from 0 up to n, on as many goroutines as there are workers, at least one. After an error it
// begins no more, and gives the first. The goroutines stay: one of its own for each of thousands of small things would grow its
// stack anew each time, which takes longer than some of the things.
func Each(n, workers int, do func(i int) error) error {
	var group errgroup.Group
	var begun atomic.Int64
	var failed atomic.Bool
	for range min(max(workers, 1), n) {
		group.Go(func() error {
			for !failed.Load() {
				i := int(begun.Add(1) - 1)
				if i >= n {
					break
				}
				if err := do(i); err != nil {
					failed.Store(true)
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
