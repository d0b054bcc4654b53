package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

func newPostings(e *env) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "postings",
		Short: "List the postings that the season's mirror knows",
		Long: `Postings lists what the mirror knows of the organisation's postings: applications, letters in and outstanding, and
when each was last fetched. Run ejmx fetch first to bring it up to date.`,
		Example: `  ejmx postings
  ejmx postings --json`,
		RunE: func(*cobra.Command, []string) error { return runPostings(e, &s) },
	}
	s.sharedFlags(c)
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

func runPostings(e *env, s *settings) error {
	if err := s.resolve(e); err != nil {
		return err
	}
	season, err := e.openSeason(s, false)
	if err != nil {
		return err
	}
	defer season.Close()
	lines, err := postingLines(season.Mirror)
	if err != nil {
		return err
	}
	if s.json {
		return printJSON(e.stdout, map[string]any{"postings": lines})
	}
	table := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "POSTING\tTITLE\tDEADLINE\tAPPLICATIONS\tLETTERS\tOUTSTANDING\tSTATE")
	for _, l := range lines {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n",
			l.PosID, visible(l.Title), l.Deadline, l.Applications, l.Letters, l.Outstanding, l.state())
	}
	return table.Flush()
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
