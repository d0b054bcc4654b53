package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
)

// changesOptions are the flags of ejmx changes.
type changesOptions struct {
	settings
	postings []int64
	since    string
}

func newChanges(e *env) *cobra.Command {
	var o changesOptions
	c := &cobra.Command{
		Use:   "changes",
		Short: "Say what is new, replaced, withdrawn or edited between two fetches",
		Long: `Changes compares a posting as it was at an earlier moment with the newest the mirror holds: applications that are new
or gone, letters that arrived or were replaced, fields and answers that were edited. Without --since it compares with the
fetch before. It says what the edition may show and no more.`,
		Example: `  ejmx changes
  ejmx changes --posting 9012 --since 2026-11-20
  ejmx changes --since 20261120T090000Z --json`,
		RunE: func(*cobra.Command, []string) error { return runChanges(e, &o) },
	}
	o.sharedFlags(c)
	c.Flags().StringVar(&o.edition, "edition", "", "whose view to tell it in (default committee)")
	c.Flags().Int64SliceVar(&o.postings, "posting", nil, "postings to look at (default: all that were fetched)")
	c.Flags().StringVar(&o.since, "since", "", "a day (2026-11-20) or a snapshot (20261120T090000Z)")
	return c
}

// postingChanges is what became different in one posting.
type postingChanges struct {
	PosID   ejm.ID           `json:"posid"`
	From    string           `json:"from"` // snapshot; "" when there is none so early
	To      string           `json:"to"`
	Changes []dossier.Change `json:"changes"`
}

func runChanges(e *env, o *changesOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	since, err := moment(o.since)
	if err != nil {
		return err
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	edition, err := season.Editions().Load(o.edition)
	if err != nil {
		return err
	}
	postings, err := heldPostings(season.Mirror)
	if err != nil {
		return err
	}
	if len(o.postings) > 0 {
		postings = nil
		for _, id := range o.postings {
			postings = append(postings, ejm.ID(id))
		}
	}
	all := []postingChanges{}
	for _, posid := range postings {
		from, to, changes, err := exporter.Changes(season, posid, edition, since)
		if err != nil {
			return err
		}
		if changes == nil {
			changes = []dossier.Change{}
		}
		all = append(all, postingChanges{PosID: posid, From: from, To: to, Changes: changes})
	}
	if o.json {
		return printJSON(e.stdout, map[string]any{"postings": all})
	}
	for _, p := range all {
		if err := tellChanges(e, p); err != nil {
			return err
		}
	}
	return nil
}

// moment is what --since names, as the end of the snapshots that are not later: a day means its end.
func moment(since string) (string, error) {
	if since == "" {
		return "", nil
	}
	if day, err := time.Parse(time.DateOnly, since); err == nil {
		return day.Format("20060102") + "T235959Z", nil
	}
	if _, err := time.Parse("20060102T150405Z", since); err != nil {
		return "", &usageError{fmt.Errorf("--since %s is neither a day such as 2026-11-20 nor a snapshot such as 20261120T090000Z", since)}
	}
	return since, nil
}

func tellChanges(e *env, p postingChanges) error {
	if p.From == "" {
		_, err := fmt.Fprintf(e.stdout, "posting %s: nothing earlier than %s to compare with\n", p.PosID, p.To)
		return err
	}
	fmt.Fprintf(e.stdout, "posting %s, from %s to %s: %s\n", p.PosID, p.From, p.To, plural(len(p.Changes), "change"))
	lines := table{indent: "  "}
	for _, c := range p.Changes {
		lines.add(c.AppID.String(), oneLine(c.Name, 40), c.What, oneLine(strings.TrimSpace(c.Item+change(c)), 100))
	}
	return lines.print(e.stdout)
}

// change is what something was and is, where there is more to it than that it is new.
func change(c dossier.Change) string {
	switch {
	case c.Before != "" && c.After != "":
		return fmt.Sprintf(": %s → %s", c.Before, c.After)
	case c.After != "":
		return ": " + c.After
	}
	return ""
}

// oneLine is anybody's words for a cell of a table on the terminal.
func oneLine(text string, limit int) string {
	runes := []rune(visible(strings.Join(strings.Fields(text), " ")))
	if len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return string(runes)
}
