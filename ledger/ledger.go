// Package ledger is the one stream of what was planned and what became of it.
//
// Every stage of a run (listing, fetching, packing, writing) hands entries to a [Sink]. The progress bar, the log, the
// report and the exit code are all sinks of the same entries, joined by [Tee]: a [Planned] entry gives the bar its total
// and the ledger its proof that nothing was forgotten, the entry that follows for the same item says what became of it.
//
// The package knows no network, no disk and no clock.
package ledger

import (
	"fmt"
	"sync"
)

// Stage is a step of a run, in the order in which a document passes them.
type Stage string

// The stages of a run.
const (
	List      Stage = "list"      // reading EJM's lists
	Download  Stage = "download"  // a document into the mirror
	Pack      Stage = "pack"      // a packet
	Originals Stage = "originals" // a document's original into the export folder
	Workbook  Stage = "workbook"  // summary.xlsx
	Site      Stage = "site"      // the offline site
	Zip       Stage = "zip"       // the zip of an export folder
	Archive   Stage = "archive"   // an end-of-season archive
	Copy      Stage = "copy"      // taking one to where it is kept
	Verify    Stage = "verify"    // proving one
	Restore   Stage = "restore"   // putting one back
	Prune     Stage = "prune"     // disposing
)

// Outcome is what became of an item, or that it is expected.
type Outcome string

// The outcomes. Planned and Note are not ends: Planned announces an item (and its bytes, if known), Note says something
// about one that a person should read.
const (
	Planned      Outcome = "planned"
	Done         Outcome = "done"          // made, written, fetched
	Kept         Outcome = "kept"          // was there already, nothing to do
	Suspect      Outcome = "suspect"       // stored, but its hash is not what EJM says, twice
	Withdrawn    Outcome = "withdrawn"     // listed a moment ago, gone now
	NotSubmitted Outcome = "not_submitted" // never arrived at EJM
	Link         Outcome = "link"          // kept elsewhere by the applicant
	Failed       Outcome = "failed"
	Note         Outcome = "note"
)

// Ends reports whether the outcome settles an item.
func (o Outcome) Ends() bool { return o != Planned && o != Note }

// Problem reports whether the outcome makes a run exit 3.
func (o Outcome) Problem() bool { return o == Failed || o == Suspect }

// Entry is one line of the ledger.
type Entry struct {
	Stage   Stage
	Item    string // what, within its stage, stable over runs: "file 828205", "packet 620310"
	Whose   string // the applicant or posting it belongs to, for people: "Min-Jung Lee (application 620310)"
	Outcome Outcome
	Bytes   int64 // size of the item where known, else 0
	Err     error // why, for Failed, Suspect and Withdrawn; what to say, for Note
}

// String is the entry in one line for people, without its stage.
func (e Entry) String() string {
	line := e.Item
	if e.Whose != "" {
		line = e.Whose + ": " + line
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", line, e.Err)
	}
	return line + ": " + string(e.Outcome)
}

// Sink takes entries. A Sink is called from many goroutines at once and must not block for long.
type Sink func(Entry)

// Discard is the sink that keeps nothing.
func Discard(Entry) {}

// Tee joins sinks: each entry goes to all of them, in order.
func Tee(sinks ...Sink) Sink {
	return func(e Entry) {
		for _, s := range sinks {
			s(e)
		}
	}
}

// Count is what a [Book] holds of one stage.
type Count struct {
	Planned   int   // items announced
	Ended     int   // items settled, in whatever way
	Problems  int   // items that ended as a problem
	Bytes     int64 // bytes of the settled items that were not merely kept
	Remaining int   // Planned items not settled yet
}

// Book adds entries up. It is a sink (its Add method) that can answer afterwards whether everything planned was settled.
// The zero Book is ready to use.
type Book struct {
	mu       sync.Mutex
	stages   map[Stage]*stageBook
	problems []Entry
	notes    []Entry
}

type stageBook struct {
	open  map[string]bool
	count Count
	ends  map[Outcome]int
}

// Add takes one entry; it is a [Sink].
func (b *Book) Add(e Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stage(e.Stage)
	switch e.Outcome {
	case Planned:
		if !s.open[e.Item] {
			s.open[e.Item] = true
			s.count.Planned++
		}
	case Note:
		b.notes = append(b.notes, e)
	default:
		delete(s.open, e.Item)
		s.count.Ended++
		s.ends[e.Outcome]++
		if e.Outcome != Kept {
			s.count.Bytes += e.Bytes
		}
		if e.Outcome.Problem() {
			s.count.Problems++
			b.problems = append(b.problems, e)
		}
	}
}

func (b *Book) stage(name Stage) *stageBook {
	if b.stages == nil {
		b.stages = map[Stage]*stageBook{}
	}
	s := b.stages[name]
	if s == nil {
		s = &stageBook{open: map[string]bool{}, ends: map[Outcome]int{}}
		b.stages[name] = s
	}
	return s
}

// Count gives the figures of one stage.
func (b *Book) Count(stage Stage) Count {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stage(stage)
	c := s.count
	c.Remaining = len(s.open)
	return c
}

// Outcomes gives how often one outcome ended an item of a stage.
func (b *Book) Outcomes(stage Stage, o Outcome) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stage(stage).ends[o]
}

// Problems gives the entries that ended as problems, in the order in which they came.
func (b *Book) Problems() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Entry(nil), b.problems...)
}

// Notes gives what should be said to a person, in the order in which it came.
func (b *Book) Notes() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Entry(nil), b.notes...)
}
