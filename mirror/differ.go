package mirror

import (
	"crypto/sha256"
	"fmt"
	"iter"
)

// Differing gives the records of a list that only one of two snapshots has, word for word. Most of a season is the same from
// one day to the next; to tell what is new it need not be decoded.
func Differing[T any](before, after *Snapshot, method Method) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if before.Files[method] == after.Files[method] {
			return
		}
		old, err := sums(before, method)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		both := make(map[[sha256.Size]byte]bool, len(old))
		isNew := func(sum [sha256.Size]byte) bool {
			both[sum] = old[sum]
			return !old[sum]
		}
		isGone := func(sum [sha256.Size]byte) bool { return !both[sum] }
		if chosen(after, method, isNew, yield) {
			chosen(before, method, isGone, yield)
		}
	}
}

// sums gives the SHA-256 of each record of a list.
func sums(s *Snapshot, method Method) (map[[sha256.Size]byte]bool, error) {
	all := make(map[[sha256.Size]byte]bool, s.Files[method].Records)
	for raw, err := range s.Records(method) {
		if err != nil {
			return nil, err
		}
		all[sha256.Sum256(raw)] = true
	}
	return all, nil
}

// chosen yields those records of a list whose SHA-256 is chosen, and reports whether it came to its end.
func chosen[T any](s *Snapshot, method Method, choose func([sha256.Size]byte) bool, yield func(T, error) bool) bool {
	for raw, err := range s.Records(method) {
		var record T
		if err == nil && !choose(sha256.Sum256(raw)) {
			continue
		}
		if err == nil {
			if err = decode(raw, &record); err != nil {
				err = fmt.Errorf("snapshot %s, %s: %w", s.ID, method, err)
			}
		}
		if !yield(record, err) || err != nil {
			return false
		}
	}
	return true
}
