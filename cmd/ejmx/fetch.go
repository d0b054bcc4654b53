package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// fetchOptions are the flags of ejmx fetch.
type fetchOptions struct {
	settings
	postings postingFlags
	readmit  bool
	damaged  bool
}

func newFetch(e *env) *cobra.Command {
	var o fetchOptions
	c := &cobra.Command{
		Use:   "fetch --posting ID… | --all",
		Short: "Bring the season's mirror of EJM up to date, nothing else",
		Long: `Fetch reads EJM's lists into a new snapshot of the season's mirror and fetches the documents of the postings that the mirror
lacks. What arrived once is never fetched again; a run that was cut short goes on where it ended. Everything else ejmx does
works from the mirror, without EJM. Without --posting and --all, on a terminal, it shows the postings there are and asks.`,
		Example: `  ejmx fetch --posting 9012
  ejmx fetch --all --json
  ejmx fetch --all --restore-damaged`,
		RunE: func(c *cobra.Command, _ []string) error { return runFetch(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	o.apiFlags(c)
	o.postings.add(c)
	c.Flags().BoolVar(&o.readmit, "readmit", false, "fetch the posting named by --posting although it was disposed of")
	c.Flags().BoolVar(&o.damaged, "restore-damaged", false, "prove the whole mirror first, and fetch again what it lost or what is damaged in it")
	return c
}

// fetchSummary is what a fetch did, as --json prints it.
type fetchSummary struct {
	Snapshot    string   `json:"snapshot"`
	New         bool     `json:"new"` // whether anything had changed since the snapshot before
	Requests    int64    `json:"requests"`
	Documents   int      `json:"documents"` // fetched by this run
	Bytes       int64    `json:"bytes"`
	Failed      int      `json:"failed"`
	FailedLists int      `json:"failed_lists"`
	Retired     []ejm.ID `json:"retired,omitempty"`
	Disposed    []ejm.ID `json:"disposed,omitempty"` // listed by EJM, disposed of here, and so left out

	Repaired *repaired `json:"repaired,omitempty"`

	postings []ejm.ID
}

func runFetch(ctx context.Context, e *env, o *fetchOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	if err := o.postings.choose(ctx, e, &o.settings); err != nil {
		return err
	}
	postings, err := o.postings.chosen()
	if err != nil {
		return err
	}
	season, err := e.openSeason(&o.settings, true)
	if err != nil {
		return err
	}
	defer season.Close()
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	if err := o.readmitPostings(season.Mirror, postings); err != nil {
		return errors.Join(err, unlock())
	}
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	sink := ledger.Tee(book.Add, progress.Add)
	var summary *fetchSummary
	if o.damaged {
		summary, err = fetchDamaged(ctx, e, o, season, postings, sink)
	} else {
		summary, err = fetchPostings(ctx, e, &o.settings, season, postings, o.postings.all, sink)
	}
	progress.Close()
	if err = errors.Join(err, unlock()); err != nil {
		return err
	}
	return tellFetch(e, o, summary)
}

// readmitPostings lets postings that were disposed of be fetched again, where that was asked for.
func (o *fetchOptions) readmitPostings(m *mirror.Mirror, postings []ejm.ID) error {
	if !o.readmit {
		return nil
	}
	if o.postings.all {
		return &usageError{errors.New("--readmit wants the postings to be named: use --posting")}
	}
	for _, id := range postings {
		if err := m.Readmit(id); err != nil {
			return err
		}
	}
	return nil
}

func tellFetch(e *env, o *fetchOptions, summary *fetchSummary) error {
	switch {
	case o.json:
		if err := printJSON(e.stdout, summary); err != nil {
			return err
		}
	case !o.quiet:
		news := "nothing has changed since"
		if summary.New {
			news = "new"
		}
		fmt.Fprintf(e.stdout, "snapshot %s (%s); %s fetched (%s) in %s\n", summary.Snapshot, news,
			plural(summary.Documents, "document"), size(summary.Bytes), plural(int(summary.Requests), "request"))
	}
	if !o.json {
		summary.Repaired.tell(e, o.quiet)
	}
	if summary.Failed > 0 || summary.Repaired.incomplete() {
		return errProblems
	}
	return nil
}

// fetchPostings brings the mirror up to date and adds a line to its log, whatever happens. The lock must be held.
func fetchPostings(ctx context.Context, e *env, s *settings, season *exporter.Season, postings []ejm.ID, all bool, sink ledger.Sink) (*fetchSummary, error) {
	var requests atomic.Int64
	client, err := e.client(s, func(ejm.Request) { requests.Add(1) })
	if err != nil {
		return nil, err
	}
	defer client.Close()
	began := e.now()
	result, err := fetch.Run(ctx, client, season.Mirror, fetch.Selection{
		Postings: postings, All: all, Workers: s.workers, Now: began,
		Room: func(bytes int64) error { return checkSpace(season.Mirror.Dir(), bytes) },
	}, sink)
	line := mirror.Run{
		Began: began.UTC(), Ended: e.now().UTC(), Tool: toolName(), API: s.api,
		Postings: asked(postings, all), Requests: int(requests.Load()),
	}
	if err != nil {
		line.Error = err.Error()
		return nil, errors.Join(err, season.Mirror.AppendRun(line))
	}
	line.Snapshot, line.New = result.Snapshot.ID, result.New
	line.Documents, line.Bytes, line.Failed = result.Documents, result.Bytes, result.Failed
	return &fetchSummary{
		Snapshot: line.Snapshot, New: line.New, Requests: requests.Load(), Documents: line.Documents, Bytes: line.Bytes,
		Failed: result.Failed, FailedLists: result.FailedLists, Retired: result.Retired, Disposed: result.Disposed, postings: result.Postings,
	}, season.Mirror.AppendRun(line)
}

func asked(postings []ejm.ID, all bool) []string {
	if all {
		return []string{"all"}
	}
	var ids []string
	for _, id := range postings {
		ids = append(ids, id.String())
	}
	return ids
}

// printJSON prints the one JSON object of a command.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
