package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// postingsOptions are the flags of ejmx postings.
type postingsOptions struct {
	settings
	refresh bool
}

func newPostings(e *env) *cobra.Command {
	var o postingsOptions
	c := &cobra.Command{
		Use:   "postings",
		Short: "List your organisation's postings",
		Long: `Postings lists the organisation's postings as the season's mirror knows them: applications, letters in and to come, and when
each was last fetched. With --refresh it asks EJM first, without fetching documents; so it does by itself in a season that is
set up and still empty.`,
		Example: `  ejmx postings
  ejmx postings --refresh
  ejmx postings --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runPostings(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	o.apiFlags(c)
	c.Flags().BoolVar(&o.refresh, "refresh", false, "ask EJM first which postings and applications there are")
	return c
}

// postingLine is what is known of one posting.
type postingLine struct {
	PosID        ejm.ID `json:"posid"`
	Title        string `json:"title"`
	Deadline     string `json:"deadline,omitempty"` // as EJM sent it
	Applications int    `json:"applications"`
	Letters      int    `json:"letters"`           // that have arrived
	Outstanding  int    `json:"outstanding"`       // that have not
	Snapshot     string `json:"snapshot"`          // the newest that lists it
	Fetched      string `json:"fetched,omitempty"` // RFC 3339: when all of it was last asked for; "" never
	Retired      bool   `json:"retired"`           // no longer listed by EJM
}

func runPostings(ctx context.Context, e *env, o *postingsOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	if o.refresh || isSetUpAndEmpty(o.season) {
		if err := refreshLists(ctx, e, &o.settings); err != nil {
			return err
		}
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	lines, err := postingLines(season.Mirror)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(e.stdout, map[string]any{"postings": lines})
	}
	var shown table
	shown.add("POSTING", "TITLE", "DEADLINE", "APPLICATIONS", "LETTERS", "TO COME", "STATE")
	for _, l := range lines {
		shown.add(l.PosID.String(), oneLine(l.Title, 60), l.Deadline, strconv.Itoa(l.Applications), strconv.Itoa(l.Letters),
			strconv.Itoa(l.Outstanding), l.state())
	}
	return shown.print(e.stdout)
}

// isSetUpAndEmpty reports whether a season has settings, and nothing was ever fetched into it.
func isSetUpAndEmpty(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, settingsFile)); err != nil {
		return false
	}
	season, err := exporter.OpenSeason(dir)
	if err != nil {
		return errors.Is(err, mirror.ErrNone)
	}
	defer season.Close()
	latest, err := season.Mirror.Latest()
	return err == nil && latest == nil
}

// refreshLists brings the mirror's lists up to date, without fetching a document.
func refreshLists(ctx context.Context, e *env, s *settings) error {
	season, err := e.openSeason(s, true)
	if err != nil {
		return err
	}
	defer season.Close()
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	var book ledger.Book
	progress := newProgress(e, s, &book)
	_, err = fetchPostings(ctx, e, s, season, nil, false, ledger.Tee(book.Add, progress.Add))
	progress.Close()
	return errors.Join(err, unlock())
}

// state says how fresh a posting is, for people.
func (l postingLine) state() string {
	fetched := "never fetched"
	if l.Fetched != "" {
		fetched = "last fetched " + l.Fetched
	}
	if l.Retired {
		return "retired on EJM, " + fetched
	}
	return fetched
}

// postingLines gives what the mirror knows of every posting it ever saw.
func postingLines(m *mirror.Mirror) ([]postingLine, error) {
	snapshots, err := m.Snapshots()
	if err != nil || len(snapshots) == 0 {
		return []postingLine{}, err
	}
	newest := map[ejm.ID]*mirror.Snapshot{}
	lines := map[ejm.ID]postingLine{}
	latest := snapshots[len(snapshots)-1]
	for _, s := range snapshots {
		for id, state := range s.Postings {
			l := postingLine{PosID: id, Title: state.Title, Applications: state.Applications, Snapshot: s.ID, Fetched: lines[id].Fetched}
			if state.Held {
				l.Fetched = s.Taken.Format(time.RFC3339)
			}
			_, listed := latest.Postings[id]
			l.Retired = !listed
			lines[id], newest[id] = l, s
		}
	}
	for _, s := range snapshots {
		if err := addCounts(lines, newest, s); err != nil {
			return nil, err
		}
	}
	var sorted []postingLine
	for _, l := range lines {
		sorted = append(sorted, l)
	}
	slices.SortFunc(sorted, func(a, b postingLine) int { return int(a.PosID - b.PosID) })
	return sorted, nil
}

// addCounts counts letters in a snapshot for the postings that it is the newest of.
func addCounts(lines map[ejm.ID]postingLine, newest map[ejm.ID]*mirror.Snapshot, s *mirror.Snapshot) error {
	isNewest := false
	for _, n := range newest {
		isNewest = isNewest || n == s
	}
	if !isNewest {
		return nil
	}
	for a, err := range mirror.Records[ejm.Application](s, mirror.Applications) {
		if err != nil {
			return err
		}
		if newest[a.PosID] != s {
			continue
		}
		l := lines[a.PosID]
		for _, r := range a.Recommendations {
			if r.Arrived() {
				l.Letters++
			} else {
				l.Outstanding++
			}
		}
		lines[a.PosID] = l
	}
	for ad, err := range mirror.Records[ejm.Ad](s, mirror.Ads) {
		if err != nil {
			return err
		}
		if l, known := lines[ad.PosID()]; known && newest[ad.PosID()] == s {
			l.Deadline = ad.DeadlineDate
			lines[ad.PosID()] = l
		}
	}
	return nil
}

// heldPostings are those the mirror has all of.
func heldPostings(m *mirror.Mirror) ([]ejm.ID, error) {
	lines, err := postingLines(m)
	var held []ejm.ID
	for _, l := range lines {
		if l.Fetched != "" {
			held = append(held, l.PosID)
		}
	}
	return held, err
}
