// Package fetch brings a mirror up to date: list, see what is missing, download, check, put.
//
// A run reads EJM's lists as streams into a new snapshot, works out which documents of the chosen postings the mirror
// lacks, and pulls those through a bounded group of workers, in as few requests as the API allows. A document is durable
// before the snapshot that refers to it becomes visible, so a run may be killed at any moment; the next one lists again
// and goes on with what is still missing. One failed document never stops the others: each has its line in the ledger.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// Selection is what a run is asked to fetch.
type Selection struct {
	Postings []ejm.ID // ids; not looked at when All is set
	All      bool     // every posting that EJM lists
	Workers  int      // documents in flight at once
	Now      time.Time

	// Room, if set, is told how many bytes the files take at least that are to come, once it is known which these are and EJM's
	// list of files has been read; its error ends the run. Of letters EJM does not tell beforehand.
	Room func(bytes int64) error
}

// Result is what a run did.
type Result struct {
	Snapshot  *mirror.Snapshot
	New       bool     // whether the run added Snapshot
	Postings  []ejm.ID // that were asked for, and are or were there
	Retired   []ejm.ID // of these: no longer listed by EJM, in the mirror from before
	Disposed  []ejm.ID // left out although EJM lists them, because they were disposed of
	Documents int      // fetched by this run
	Bytes     int64    // of these
	Failed    int      // documents and lists that did not come

	FailedLists int // of these, the lists
}

// UnknownPostingError says that a posting is neither on EJM nor in the mirror.
type UnknownPostingError struct {
	Posting ejm.ID
	Known   []Posting // those EJM lists
}

// Posting is a posting by id and title.
type Posting struct {
	ID    ejm.ID
	Title string
}

func (e *UnknownPostingError) Error() string {
	return fmt.Sprintf("EJM lists no applications to a posting %s", e.Posting)
}

// Hint names the postings there are.
func (e *UnknownPostingError) Hint() string {
	if len(e.Known) == 0 {
		return "EJM lists no applications to any posting of your organisation yet"
	}
	var text strings.Builder
	text.WriteString("the postings with applications are:")
	for _, p := range e.Known {
		fmt.Fprintf(&text, "\n  %s  %s", p.ID, p.Title)
	}
	return text.String()
}

// Run brings the mirror up to date. The mirror's lock must be held. Problems with single documents are in the ledger and
// in Result.Failed; the error is for what ends a run: access refused, no API, an unknown posting, a full disk, ctx ended.
func Run(ctx context.Context, c *ejm.Client, m *mirror.Mirror, what Selection, sink ledger.Sink) (*Result, error) {
	previous, err := m.Latest()
	if err != nil {
		return nil, err
	}
	snapshot, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: what.Now, API: c.BaseURL()})
	if err != nil {
		return nil, err
	}
	run := &run{client: c, mirror: m, what: what, sink: sink, snapshot: snapshot, previous: previous, leftOut: map[ejm.ID]bool{}}
	run.disposed, err = m.Disposed()
	if err == nil {
		err = run.lookUp()
	}
	if err != nil {
		return nil, errors.Join(err, snapshot.Abort())
	}
	result, err := run.all(ctx)
	if err != nil {
		return nil, errors.Join(err, snapshot.Abort())
	}
	return result, nil
}

// run is one run of fetch.
type run struct {
	client   *ejm.Client
	mirror   *mirror.Mirror
	what     Selection
	sink     ledger.Sink
	snapshot *mirror.SnapshotWriter
	previous *mirror.Snapshot // nil at the first run
	turns    chan struct{}    // one for each request under way, of lists and documents together
	room     room
	held     map[key]bool // what the mirror held before

	headStartOver chan struct{} // closed when lists may be read that documents do not wait for

	applications []application // as EJM lists them now
	titles       map[ejm.ID]string

	disposed map[ejm.ID]time.Time // postings that must not be taken in again
	leftOut  map[ejm.ID]bool      // those of them that EJM lists
}

// lookUp lists what the mirror holds: to read its folders takes a hundredth of the time that asking for each document does.
func (r *run) lookUp() error {
	stored, err := r.mirror.Stored()
	r.held = make(map[key]bool, len(stored))
	for _, d := range stored {
		r.held[key{d.Kind, d.BlobID}] = true
	}
	return err
}

// all reads the lists, of which that of the applications is the one that documents wait for, and pulls the documents while
// the others are still coming.
func (r *run) all(ctx context.Context) (*Result, error) {
	r.turns, r.headStartOver = make(chan struct{}, max(1, r.what.Workers)), make(chan struct{})
	r.room.ask = r.what.Room
	done, err := r.turn(ctx) // the first, for other lists wait for that of the applications
	if err != nil {
		return nil, err
	}
	result, downloads := &Result{}, newDownloads(r)
	failed := make(chan mirror.Method, len(mirror.Methods))
	group, working := errgroup.WithContext(ctx)
	var history *register
	group.Go(func() (err error) {
		history, err = newRegister(r.previous)
		return err
	})
	group.Go(func() error { return r.bring(working, done, result, downloads) })
	r.listOthers(working, group, failed)
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := r.record(history, downloads); err != nil {
		return nil, err
	}
	result.Documents, result.Bytes = downloads.stored, downloads.bytes
	result.Failed, result.FailedLists = downloads.failed+len(failed), len(failed)
	result.Snapshot, result.New, err = r.snapshot.Commit()
	return result, err
}

// bring lists the applications, which ends its turn, and pulls what is missing of those asked for.
func (r *run) bring(ctx context.Context, done func(), result *Result, downloads *downloads) error {
	err := r.listApplications(ctx)
	done()
	if err != nil {
		return err
	}
	result.Disposed = r.leftOutPostings()
	if err := r.choose(result); err != nil {
		return err
	}
	for i := range r.applications {
		a := &r.applications[i]
		downloads.plan(a, slices.Contains(result.Postings, a.posid))
	}
	if err := r.room.plan(downloads.jobs); err != nil {
		return err
	}
	return downloads.all(ctx)
}

// turn waits until fewer than Workers requests are under way. The caller ends its turn with done.
func (r *run) turn(ctx context.Context) (done func(), err error) {
	select {
	case r.turns <- struct{}{}:
		return func() { <-r.turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// choose settles which postings are meant, and refuses one that nobody knows.
func (r *run) choose(result *Result) error {
	if r.what.All {
		for id := range r.titles {
			result.Postings = append(result.Postings, id)
		}
		slices.Sort(result.Postings)
		return nil
	}
	for _, id := range r.what.Postings {
		if when, gone := r.disposed[id]; gone {
			return &DisposedPostingError{Posting: id, When: when}
		}
		if _, listed := r.titles[id]; !listed {
			held, err := r.mirror.Holding(id)
			if err != nil {
				return err
			}
			if held == nil {
				return &UnknownPostingError{Posting: id, Known: r.known()}
			}
			result.Retired = append(result.Retired, id)
		}
		result.Postings = append(result.Postings, id)
	}
	return nil
}

func (r *run) known() []Posting {
	var known []Posting
	for id, title := range r.titles {
		known = append(known, Posting{id, title})
	}
	slices.SortFunc(known, func(a, b Posting) int { return int(a.ID - b.ID) })
	return known
}

// record writes the register of document versions and what the snapshot holds of each posting.
func (r *run) record(register *register, downloads *downloads) error {
	now := r.what.Now.UTC().Format(time.RFC3339)
	states := map[ejm.ID]mirror.PostingState{}
	for id, title := range r.titles {
		states[id] = mirror.PostingState{Title: title, Held: true}
	}
	for i := range r.applications {
		a := &r.applications[i]
		state := states[a.posid]
		state.Applications++
		register.current(mirror.Version{
			Kind: mirror.KindApplication, AppID: a.appid, PosID: a.posid, ID: a.appid, State: mirror.Held, Digest: a.digest,
		}, now)
		for _, d := range a.documents {
			version := downloads.version(a, d, register)
			state.Held = state.Held && version.State != mirror.Unfetched
			register.current(version, now)
		}
		states[a.posid] = state
	}
	for id, state := range states {
		r.snapshot.SetPosting(id, state)
	}
	for _, version := range register.finish(now, r.titles) {
		if err := addJSON(r.snapshot, mirror.Documents, version); err != nil {
			return err
		}
	}
	return nil
}
