package main

import (
	"context"
	"errors"
	"fmt"
	osuser "os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
)

// pruneOptions are the flags of ejmx prune.
type pruneOptions struct {
	settings
	postings []int64
	dispose  bool
	others   bool
	yes      bool
	by       string
}

func newPrune(e *env) *cobra.Command {
	var o pruneOptions
	c := &cobra.Command{
		Use:   "prune",
		Short: "List what the retention rules say is due for disposal; dispose of it and certify it",
		Long: `Prune lists what the season holds of each posting, when the posting closed, how long ejmx.toml says it is kept, and when it is
due for disposal. It changes nothing.

With --dispose it deletes what is due: documents and records that no other posting needs, what was made of them, exports and
local archives. It verifies that nothing of it remains, and writes a certificate of disposal as PDF and JSON into the archives
folder. Copies elsewhere that the register knows are named there as still existing. What is on hold is never due.
See docs/retention.md for the rules.`,
		Example: `  ejmx prune
  ejmx prune --json
  ejmx prune --dispose --by "Jane Doe, department manager"
  ejmx prune --dispose --posting 9012 --yes`,
		RunE: func(c *cobra.Command, _ []string) error { return runPrune(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	f := c.Flags()
	f.Int64SliceVar(&o.postings, "posting", nil, "of the postings that are due, only these")
	f.BoolVar(&o.dispose, "dispose", false, "delete what is due, and certify it")
	f.BoolVar(&o.others, "include-others", false, "delete files, too, that people put into the exports")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringVar(&o.by, "by", "", "who gives the order, for the certificate")
	return c
}

func runPrune(ctx context.Context, e *env, o *pruneOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	if o.dispose && !o.yes && !e.canAsk() {
		return &usageError{errors.New("--dispose deletes for good: without a terminal to ask at, it needs --yes")}
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	if !o.dispose {
		survey, err := o.survey(e, season)
		if err != nil {
			return err
		}
		return o.tell(e, survey)
	}
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	return errors.Join(o.disposeOf(ctx, e, season), unlock())
}

func (o *pruneOptions) survey(e *env, season *exporter.Season) (*exporter.Survey, error) {
	var only []ejm.ID
	for _, id := range o.postings {
		only = append(only, ejm.ID(id))
	}
	return exporter.NewSurvey(season, o.retention, e.now(), only)
}

// disposeOf finishes a disposal that was interrupted, then disposes of what is due.
func (o *pruneOptions) disposeOf(ctx context.Context, e *env, season *exporter.Season) error {
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	defer progress.Close()
	order := exporter.Order{
		By: o.by, Account: account(), Tool: toolName(), IncludeOthers: o.others, Now: e.now, Sink: ledger.Tee(book.Add, progress.Add),
	}
	certificates := []*exporter.Certified{}
	finished, err := exporter.FinishDisposal(ctx, season, order)
	if err != nil {
		return err
	}
	if finished != nil {
		certificates = append(certificates, finished)
		o.postings = slices.DeleteFunc(o.postings, func(id int64) bool { return isCertified(finished, ejm.ID(id)) })
	}
	survey, err := o.survey(e, season)
	if err != nil {
		return err
	}
	if len(survey.Due) > 0 {
		agreed, err := o.agreed(ctx, e, survey)
		if err != nil {
			return err
		}
		if agreed {
			certified, err := exporter.Dispose(ctx, season, survey, order)
			if err != nil {
				return err
			}
			certificates = append(certificates, certified)
		}
	}
	progress.Close()
	return o.tellDisposed(e, season, certificates)
}

func isCertified(c *exporter.Certified, id ejm.ID) bool {
	for _, p := range c.Postings {
		if p.Posting == id.String() {
			return true
		}
	}
	return false
}

// agreed shows what would go and asks whether it may, unless it was said already.
func (o *pruneOptions) agreed(ctx context.Context, e *env, survey *exporter.Survey) (bool, error) {
	if o.yes {
		return true, nil
	}
	if len(survey.Others) > 0 && !o.others {
		return false, &exporter.OthersError{Files: survey.Others}
	}
	talk, err := e.startTalk()
	if err != nil {
		return false, err
	}
	tellDue(talk.out, survey)
	agreed, err := talk.confirm(ctx, "Delete all this for good?", false)
	if err == nil && !agreed {
		talk.say("Nothing was deleted.")
	}
	return agreed, errors.Join(err, talk.close())
}

// account is the computer's account that the program runs under, for the certificate.
func account() string {
	if who, err := osuser.Current(); err == nil {
		return who.Username
	}
	return "unknown"
}

func (o *pruneOptions) tell(e *env, survey *exporter.Survey) error {
	if o.json {
		return printJSON(e.stdout, survey)
	}
	if err := tellRetained(e, survey); err != nil {
		return err
	}
	if len(survey.Disposed) > 0 {
		fmt.Fprintf(e.stdout, "disposed of before, and not fetched again: %s\n", ids(survey.Disposed))
	}
	if survey.Begun != nil {
		fmt.Fprintf(e.stdout, "a disposal that began on %s was interrupted: ejmx prune --dispose finishes it\n", survey.Begun.Format(time.RFC3339))
	}
	if len(survey.Due) == 0 {
		fmt.Fprintln(e.stdout, "nothing is due for disposal")
		return nil
	}
	tellDue(e.stdout, survey)
	fmt.Fprintln(e.stdout, "nothing was changed; ejmx prune --dispose deletes what is due")
	return nil
}

func tellRetained(e *env, survey *exporter.Survey) error {
	table := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "POSTING\tTITLE\tHELD\tCLOSED\tKEEP\tDUE")
	for _, r := range survey.Postings {
		fmt.Fprintf(table, "%s\t%s\t%s, %s (%s)\t%s\t%s\t%s\n", r.PosID, oneLine(r.Title, 40), plural(r.Applications, "application"),
			plural(r.Documents, "document"), size(r.Bytes), orDash(r.Closed.String()), orDash(r.Keep.String()), dueWords(r))
	}
	return table.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// dueWords says when a posting is due, or why never.
func dueWords(r exporter.Retained) string {
	switch {
	case r.Reason != "":
		return "never: " + oneLine(r.Reason, 100)
	case r.IsDue:
		return "now, since " + r.DueOn.String()
	}
	return r.DueOn.String()
}

func ids(postings []ejm.ID) string {
	var text strings.Builder
	for i, id := range postings {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(id.String())
	}
	return text.String()
}

// tellDisposed says what was deleted and where the certificates are.
func (o *pruneOptions) tellDisposed(e *env, season *exporter.Season, certificates []*exporter.Certified) error {
	if o.json {
		return printJSON(e.stdout, map[string]any{"certificates": certificates})
	}
	if len(certificates) == 0 && !o.quiet {
		fmt.Fprintln(e.stdout, "nothing was disposed of")
	}
	for _, c := range certificates {
		t := c.Totals
		fmt.Fprintf(e.stdout, "disposed of %s: %s, %s, %s, %s; %s\n", plural(len(c.Postings), "posting"), plural(t.Applications, "application"),
			plural(t.Documents, "document"), plural(t.Files, "file"), plural(t.Archives, "archive"), size(t.Bytes))
		fmt.Fprintf(e.stdout, "  certificate: %s\n", filepath.Join(season.Dir, filepath.FromSlash(c.PDF)))
		for _, r := range c.Remaining {
			fmt.Fprintf(e.stdout, "  ! still exists: %s, %s (%s)\n", visible(r.Place), visible(r.Name), visible(r.Why))
		}
	}
	return nil
}
