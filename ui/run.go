package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// errStopped ends a run that a person stopped.
var errStopped = errors.New("stopped")

// errBusy says that another run is at work.
var errBusy = errors.New("another run is at work")

// run is one run of an action: at work, or the last that was.
type run struct {
	title string // "Export of Assistant Professor"
	home  string // path of the page it belongs to
	began time.Time
	stop  context.CancelCauseFunc
	ended chan struct{} // closed at its end

	book ledger.Book

	mu      sync.Mutex
	stages  []stageTime // in the order in which they began
	outcome Outcome
	err     error
	took    time.Duration
}

// stageTime is when a stage began and when it last moved.
type stageTime struct {
	stage        ledger.Stage
	began, moved time.Time
}

// isAtWork reports whether the run has not ended yet.
func (r *run) isAtWork() bool {
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

// add is the run's sink.
func (r *run) add(e ledger.Entry, now time.Time) {
	r.book.Add(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.stages, func(s stageTime) bool { return s.stage == e.Stage })
	if i < 0 {
		r.stages = append(r.stages, stageTime{stage: e.Stage, began: now, moved: now})
		return
	}
	r.stages[i].moved = now
}

// runs is the one place where runs are started: one at a time.
type runs struct {
	now func() time.Time

	mu      sync.Mutex
	current *run // nil before the first
}

// start starts an action, unless one is at work.
func (r *runs) start(ctx context.Context, title, home string, action Action) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil && r.current.isAtWork() {
		return errBusy
	}
	ctx, stop := context.WithCancelCause(ctx)
	one := &run{title: title, home: home, began: r.now(), stop: stop, ended: make(chan struct{})}
	r.current = one
	go func() {
		outcome, err := action(ctx, func(e ledger.Entry) { one.add(e, r.now()) })
		if errors.Is(context.Cause(ctx), errStopped) && err != nil {
			err = errStopped
		}
		stop(nil)
		one.mu.Lock()
		one.outcome, one.err, one.took = outcome, err, r.now().Sub(one.began)
		one.mu.Unlock()
		close(one.ended)
	}()
	return nil
}

// last gives the run at work, else the last one, else nil.
func (r *runs) last() *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// atWork gives the run at work, or nil.
func (r *runs) atWork() *run {
	if one := r.last(); one != nil && one.isAtWork() {
		return one
	}
	return nil
}

// forget takes the last run's end off the pages, once somebody has seen it.
func (r *runs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil && !r.current.isAtWork() {
		r.current = nil
	}
}

// stageView is how far a stage is, for a page.
type stageView struct {
	Words    string // "Fetching documents"
	Ended    int
	Planned  int
	Size     string // of what was made or fetched, "" for nothing
	Left     string // "about 2 minutes left", "" where nobody can tell
	Finished bool
}

// runView is a run as pages show it.
type runView struct {
	Title    string
	Home     string
	AtWork   bool
	Said     string // in a sentence where it is, for the strip and for screen readers
	Elapsed  string
	Stages   []stageView
	Problems []problem // the first of them
	Count    int       // how many there are
	Notes    []string
	Outcome  Outcome
	Stopped  bool
	Failure  *problem // what ended it early
}

// maxProblems is how many problems of a run are shown; where more go wrong it is one thing that is wrong.
const maxProblems = 100

// problem is something that went wrong, for people.
type problem struct{ Whose, What, Todo string }

// view draws up the state of a run.
func (r *run) view(w Words, now time.Time) *runView {
	r.mu.Lock()
	stages, outcome, err, took := slices.Clone(r.stages), r.outcome, r.err, r.took
	r.mu.Unlock()
	v := &runView{Title: r.title, Home: r.home, AtWork: r.isAtWork(), Outcome: outcome, Elapsed: duration(took)}
	if v.AtWork {
		v.Elapsed = duration(now.Sub(r.began))
	}
	for _, s := range stages {
		if words := w.Stage(s.stage); words != "" {
			v.Stages = append(v.Stages, r.stageView(s, words, w, now, !v.AtWork))
		}
	}
	problems := r.book.Problems()
	v.Count = len(problems)
	for _, e := range problems[:min(v.Count, maxProblems)] {
		v.Problems = append(v.Problems, entryProblem(e, w))
	}
	for _, e := range r.book.Notes() {
		v.Notes = append(v.Notes, w.Text(e.String()))
	}
	switch {
	case errors.Is(err, errStopped):
		v.Stopped = true
	case err != nil:
		what, todo := w.Error(err)
		v.Failure = &problem{What: what, Todo: todo}
	}
	v.Said = v.sentence()
	return v
}

func (r *run) stageView(s stageTime, words string, w Words, now time.Time, isOver bool) stageView {
	count := r.book.Count(s.stage)
	v := stageView{Words: words, Ended: count.Ended, Planned: max(count.Planned, count.Ended), Finished: isOver || count.Remaining == 0 && count.Ended > 0}
	if count.Bytes > 0 {
		v.Size = w.Size(count.Bytes)
	}
	kept := r.book.Outcomes(s.stage, ledger.Kept)
	if !v.Finished {
		v.Left = left(now.Sub(s.began), count.Ended-kept, count.Remaining)
	}
	return v
}

// left estimates from what was done in a while how long the rest takes. Nobody can tell from the first moments.
func left(elapsed time.Duration, done, remaining int) string {
	const soonest, fewest = 3 * time.Second, 3
	if elapsed < soonest || done < fewest || remaining == 0 {
		return ""
	}
	return "about " + duration(time.Duration(float64(elapsed)/float64(done)*float64(remaining))) + " left"
}

// entryProblem is a problem's entry for people: whose document, which, why, and what to do.
func entryProblem(e ledger.Entry, w Words) problem {
	p := problem{Whose: w.Text(e.Whose), What: w.Text(e.Item)}
	if e.Err != nil {
		what, todo := w.Error(e.Err)
		p.What, p.Todo = p.What+": "+what, todo
	}
	return p
}

// sentence says where a run is, in words that change rarely enough to be read out.
func (v *runView) sentence() string {
	problems := ""
	if v.Count > 0 {
		problems = fmt.Sprintf(" %s so far.", plural(v.Count, "problem"))
	}
	switch {
	case v.AtWork && len(v.Stages) == 0:
		return "Starting." + problems
	case v.AtWork:
		return v.Stages[len(v.Stages)-1].Words + "." + problems
	case v.Stopped:
		return "Stopped."
	case v.Failure != nil:
		return "It ended early: " + v.Failure.What + "."
	case v.Count > 0:
		return "Done, with " + plural(v.Count, "problem") + "."
	case !v.Outcome.Complete:
		return "Done, but not everything is as it should be."
	}
	return "Done."
}

// duration is a time for people: "40 seconds", "3 minutes", "1 hour 20 minutes".
func duration(d time.Duration) string {
	switch d = max(d, time.Second); {
	case d < 90*time.Second:
		return plural(int(d.Round(time.Second).Seconds()), "second")
	case d < 90*time.Minute:
		return plural(int(d.Round(time.Minute).Minutes()), "minute")
	}
	minutes := int(d.Round(10 * time.Minute).Minutes())
	if minutes%60 == 0 {
		return plural(minutes/60, "hour")
	}
	return plural(minutes/60, "hour") + " " + plural(minutes%60, "minute")
}

// plural is a number with its word: "1 letter", "3 letters".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
