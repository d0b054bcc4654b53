package main

import "fmt"

// spaceError says that a disk has too little room for what is about to be written.
type spaceError struct {
	place      string
	need, free int64 // bytes
}

func (e *spaceError) Error() string {
	return fmt.Sprintf("%s: more room is needed: at least %s, and %s are free", e.place, size(e.need), size(e.free))
}

func (e *spaceError) Hint() string { return freeSpaceHint }

// checkSpace refuses to begin what cannot end well: need is the least that will be written to a folder's disk, in bytes. Where
// the system does not tell how much is free, it is tried.
func checkSpace(place string, need int64) error {
	free, err := freeSpace(place)
	if err != nil || free >= need {
		return nil //nolint:nilerr // some network drives do not say
	}
	return &spaceError{place, need, free}
}
