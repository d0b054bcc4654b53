package fetch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// DisposedPostingError says that a posting was asked for that the mirror has disposed of.
type DisposedPostingError struct {
	Posting ejm.ID
	When    time.Time
}

func (e *DisposedPostingError) Error() string {
	return fmt.Sprintf("posting %s was disposed of on %s, and is not fetched again", e.Posting, e.When.Format(time.DateOnly))
}

// Hint says how it can be had all the same.
func (e *DisposedPostingError) Hint() string {
	return "if it is needed after all: ejmx fetch --posting " + e.Posting.String() + " --readmit; the retention rules then apply to it as before"
}

// leaveOut reports whether an application is to one of the postings that were disposed of, and notes which.
func (r *run) leaveOut(a ejm.Application) bool {
	if _, gone := r.disposed[a.PosID]; !gone {
		return false
	}
	if !r.leftOut[a.PosID] {
		r.leftOut[a.PosID] = true
		r.sink(ledger.Entry{Stage: ledger.List, Item: "posting " + a.PosID.String(), Outcome: ledger.Note, Err: errDisposed})
	}
	return true
}

var errDisposed = errors.New("EJM lists it, but it was disposed of and is left out")

// leftOutPostings are the postings that EJM lists and that were left out.
func (r *run) leftOutPostings() []ejm.ID { return slices.Sorted(maps.Keys(r.leftOut)) }
