package main

// A run that nobody watches, --quiet, says nothing on any stream when all is well: what calls it (cron, systemd, the Windows
// Task Scheduler) then sends no mail. When not all is well it says once, in a text that can be mailed as it is, what is wrong
// and what is new.

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// postingNews is what became different in a posting by one run.
type postingNews struct {
	PosID   ejm.ID           `json:"posid"`
	Title   string           `json:"title"`
	From    string           `json:"from"` // snapshot; "" for a posting that was fetched for the first time
	To      string           `json:"to"`
	Counts  map[string]int   `json:"counts"` // by what became of it: new, arrived, replaced, changed, withdrawn
	Changes []dossier.Change `json:"changes"`
}

// newsSince gives the snapshot since which news is to be told, "" where none is: a run tells of what it brought.
func (r *exportRun) newsSince(before *mirror.Snapshot) string {
	isTold := r.options.quiet || r.options.json
	if !isTold || r.summary.Fetch == nil || !r.summary.Fetch.New || before == nil {
		return ""
	}
	return before.ID
}

// addNews notes what is new in a posting. One that was fetched for the first time is new itself.
func (r *exportRun) addNews(result *exporter.Result) {
	p := result.Report
	if result.From == p.Snapshot || result.From != "" && len(result.News) == 0 {
		return
	}
	n := postingNews{
		PosID: p.Posting.PosID, Title: p.Posting.Title, From: result.From, To: p.Snapshot, Counts: map[string]int{}, Changes: result.News,
	}
	for _, c := range result.News {
		n.Counts[newsWord(c)]++
	}
	r.summary.News = append(r.summary.News, n)
}

// newsWord is what kind of news a change is: what is new besides an application is an entry that changed.
func newsWord(c dossier.Change) string {
	if c.What == "new" && c.Item != "" {
		return "changed"
	}
	return c.What
}

// mostNews is how many changes of a posting are told one by one.
const mostNews = 30

// tellUnattended ends a quiet run: nothing when all is well, unless news was asked for and there is some.
func (o *exportOptions) tellUnattended(e *env, summary *exportSummary, problems []ledger.Entry) error {
	isWell := summary.Complete && (!o.news || len(summary.News) == 0)
	if isWell {
		return nil
	}
	out := e.stdout
	if o.json {
		if err := printJSON(e.stdout, summary); err != nil {
			return err
		}
		out = e.stderr
	}
	var text strings.Builder
	o.report(&text, summary, problems, e.now())
	if _, err := io.WriteString(out, text.String()); err != nil {
		return err
	}
	if !summary.Complete {
		return errProblems
	}
	return nil
}

// report writes the text. Its first line can be the subject of a mail.
func (o *exportOptions) report(w io.Writer, s *exportSummary, problems []ledger.Entry, now time.Time) {
	wrong, news := 0, 0
	for _, p := range s.Postings {
		wrong += p.Totals.Failed + p.Totals.Suspect
	}
	lists := listProblems(problems)
	wrong += len(lists)
	for _, n := range s.News {
		news += max(1, len(n.Changes))
	}
	fmt.Fprintf(w, "ejmx export: %s, %d new or changed\n", plural(wrong, "problem"), news)
	fmt.Fprintf(w, "Season %s, %s\n", o.season, now.UTC().Format("2006-01-02 15:04 UTC"))
	if wrong > 0 {
		reportProblems(w, s, lists)
	}
	reportNews(w, s.News)
	fmt.Fprintln(w, "\nThe results are in")
	for _, p := range s.Postings {
		fmt.Fprintf(w, "  %s\n", p.Folder)
		for _, name := range p.Kept {
			fmt.Fprintf(w, "    somebody had changed it, so it is kept as %s\n", visible(name))
		}
		for _, name := range p.Beside {
			fmt.Fprintf(w, "    a program held it open, so the new one lies beside as %s\n", visible(name))
		}
	}
}

// listProblems are the lists of EJM that did not come.
func listProblems(problems []ledger.Entry) []ledger.Entry {
	return slices.DeleteFunc(slices.Clone(problems), func(e ledger.Entry) bool { return e.Stage != ledger.List })
}

func reportProblems(w io.Writer, s *exportSummary, lists []ledger.Entry) {
	fmt.Fprintln(w, "\nWhat is wrong")
	for _, entry := range lists {
		fmt.Fprintf(w, "  %s\n", oneLine(entry.String(), 200))
	}
	for _, p := range s.Postings {
		if p.Totals.Failed+p.Totals.Suspect == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s  %s\n", p.PosID, oneLine(p.Title, 80))
		for _, problem := range p.Problems {
			fmt.Fprintf(w, "    %s\n", oneLine(fmt.Sprintf("%s (application %s), %s: %s", problem.Name, problem.AppID, problem.Label, problem.Reason), 200))
		}
	}
	fmt.Fprintln(w, "  Everything else was delivered. The next run asks again for what failed; if it stays so, tell EJM's support.")
}

func reportNews(w io.Writer, news []postingNews) {
	if len(news) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWhat is new")
	for _, n := range news {
		fmt.Fprintf(w, "  %s  %s: %s\n", n.PosID, oneLine(n.Title, 80), n.words())
		for i, c := range n.Changes {
			if i == mostNews {
				fmt.Fprintf(w, "    and %d more: ejmx changes --posting %s\n", len(n.Changes)-i, n.PosID)
				break
			}
			fmt.Fprintf(w, "    %s\n", oneLine(fmt.Sprintf("%s (%s): %s", c.Name, c.AppID, strings.TrimSpace(c.What+" "+c.Item)), 160))
		}
	}
}

// newsOrder is how the counts are told.
var newsOrder = []struct{ what, one, many string }{
	{"new", "new application", "new applications"},
	{"arrived", "document arrived", "documents arrived"},
	{"replaced", "document replaced", "documents replaced"},
	{"changed", "entry changed", "entries changed"},
	{"withdrawn", "withdrawn", "withdrawn"},
}

// words are the counts in a line.
func (n *postingNews) words() string {
	if n.From == "" {
		return "fetched for the first time"
	}
	var parts []string
	for _, o := range newsOrder {
		switch count := n.Counts[o.what]; {
		case count == 1:
			parts = append(parts, "1 "+o.one)
		case count > 1:
			parts = append(parts, fmt.Sprintf("%d %s", count, o.many))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "something changed")
}
