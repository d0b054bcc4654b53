package mirror

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Differing gives the records of a list that only one of two snapshots has, word for word. Most of a season is the same from
// one day to the next; to tell what is new it need not be decoded.
func Differing[T any](before, after *Snapshot, method Method) (records []T, err error) {
	if before.Files[method] == after.Files[method] {
		return nil, nil
	}
	const (
		onlyBefore = iota + 1
		inBoth
	)
	where := make(map[[sha256.Size]byte]int, before.Files[method].Records)
	for raw, err := range before.Records(method) {
		if err != nil {
			return nil, err
		}
		where[sha256.Sum256(raw)] = onlyBefore
	}
	add := func(s *Snapshot, raw json.RawMessage) error {
		var record T
		if err := decode(raw, &record); err != nil {
			return fmt.Errorf("snapshot %s, %s: %w", s.ID, method, err)
		}
		records = append(records, record)
		return nil
	}
	left := len(where)
	for raw, err := range after.Records(method) {
		if err != nil {
			return nil, err
		}
		switch sum := sha256.Sum256(raw); where[sum] {
		case onlyBefore:
			where[sum] = inBoth
			left--
		case inBoth:
		default:
			if err := add(after, raw); err != nil {
				return nil, err
			}
		}
	}
	if left == 0 {
		return records, nil
	}
	for raw, err := range before.Records(method) {
		if err != nil {
			return nil, err
		}
		if where[sha256.Sum256(raw)] == onlyBefore {
			if err := add(before, raw); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}
