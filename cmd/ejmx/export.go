package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/packet"
)

// exportOptions are the flags of ejmx export.
type exportOptions struct {
	settings
	postings    postingFlags
	noDocuments bool
	noZip       bool
	csv         bool
	sqlite      bool
	text        exporter.SiteText
	pdfWorkers  int
	news        bool // tell a quiet run's news also when nothing is wrong

	booklets exporter.Booklets

	// keepOthers leaves originals and zip as they are, where there are any: the command was asked for packets.
	keepOthers bool
	// only gives, for a posting, the test for the applications that are wanted; nil is all of them.
	only func(*exporter.Season, ejm.ID, *dossier.Edition) (func(*dossier.Dossier) bool, error)
}

func newExport(e *env) *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export --posting ID… | --all",
		Short: "Fetch a posting and make its packets, workbook, documents and zip",
		Long: `Export brings the season's mirror of EJM up to date and makes of a posting, in the season's postings folder,
one PDF packet per application, summary.xlsx, the original documents, report.json and a zip of it all.
Run again, it fetches and makes only what is new.

Without --posting and --all, on a terminal, it shows the postings there are and asks which.

For runs that nobody watches there is --quiet: not a word when all is well, else one text that can be mailed, of what is wrong
and what is new (with --json that goes to standard error, and the JSON object to standard output). What lets it in is kept by
ejmx setup, or comes from EJMX_CLIENT_KEY and EJMX_CLIENT_SECRET, or EJMX_TOKEN.`,
		Example: `  ejmx export --posting 9012
  ejmx export --posting 9012,9013 --season ~/search-2026
  ejmx export --all --quiet --json > last-run.json
  ejmx export --all --quiet --news
  ejmx export --posting 9012 --offline --edition no-letters`,
		RunE: func(c *cobra.Command, _ []string) error { return runExport(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	o.apiFlags(c)
	o.outputFlags(c)
	o.postings.add(c)
	c.Flags().BoolVar(&o.offline, "offline", false, "use what the mirror holds and ask EJM nothing")
	c.Flags().BoolVar(&o.noDocuments, "no-documents", false, "leave the original documents out of the folder and the zip")
	c.Flags().BoolVar(&o.csv, "csv", false, "write each sheet of the workbook as a CSV file too")
	c.Flags().BoolVar(&o.sqlite, "sqlite", false, "write season.sqlite too: these postings as a database, beside their folders")
	c.Flags().TextVar(&o.text, "text", exporter.StandardText,
		"what the site's search finds in documents: standard (of papers the first two pages), all or none")
	c.Flags().BoolVar(&o.noZip, "no-zip", false, "make no zip")
	c.Flags().BoolVar(&o.news, "news", false, "with --quiet: say what is new also when nothing is wrong")
	c.Flags().IntVar(&o.pdfWorkers, "pdf-workers", runtime.NumCPU(), "processes that merge PDFs")
	return c
}

// exportSummary is what --json prints.
type exportSummary struct {
	Fetch    *fetchSummary    `json:"fetch,omitempty"`
	Postings []postingSummary `json:"postings"`
	Database string           `json:"database,omitempty"` // path of season.sqlite, if asked for
	News     []postingNews    `json:"news,omitempty"`     // what the run brought, in postings that were known before
	Complete bool             `json:"complete"`
}

// postingSummary is what an export did for one posting.
type postingSummary struct {
	PosID    ejm.ID             `json:"posid"`
	Title    string             `json:"title"`
	Folder   string             `json:"folder"`
	Zip      string             `json:"zip,omitempty"`
	Packets  int                `json:"packets_made"`
	Totals   exporter.Totals    `json:"totals"`
	Problems []exporter.Problem `json:"problems"`
	Kept     []string           `json:"kept,omitempty"`
	Beside   []string           `json:"beside,omitempty"`
}

func runExport(ctx context.Context, e *env, o *exportOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	if err := o.postings.choose(ctx, e, &o.settings); err != nil {
		return err
	}
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	defer progress.Close()
	summary, err := export(ctx, e, o, ledger.Tee(book.Add, progress.Add), func(result *exporter.Result) {
		if !o.json && !o.quiet {
			progress.Close() // results and the bar may share a terminal
			tellPosting(e, result)
		}
	})
	if err != nil {
		if o.quiet {
			fmt.Fprintf(e.stderr, "ejmx export: stopped early\nSeason %s, %s\n\n", o.season, e.now().UTC().Format("2006-01-02 15:04 UTC"))
		}
		return err
	}
	progress.Close()
	if o.quiet {
		return o.tellUnattended(e, summary, book.Problems())
	}
	return o.tell(e, summary)
}

// export is the whole of an export, whoever asked for it: it takes the season's lock, fetches, and makes what the options
// name, which are resolved. Each posting is handed to made as it is done.
func export(ctx context.Context, e *env, o *exportOptions, sink ledger.Sink, made func(*exporter.Result)) (*exportSummary, error) {
	postings, err := o.postings.chosen()
	if err != nil {
		return nil, err
	}
	season, err := e.openSeason(&o.settings, !o.offline)
	if err != nil {
		return nil, err
	}
	defer season.Close()
	edition, err := season.Editions().Load(o.edition)
	if err != nil {
		return nil, err
	}
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return nil, err
	}
	run := &exportRun{env: e, options: o, season: season, edition: edition, sink: sink, made: made}
	return &run.summary, errors.Join(run.all(ctx, postings), unlock())
}

// exportRun is one export, with the season's lock held.
type exportRun struct {
	env     *env
	options *exportOptions
	season  *exporter.Season
	edition *dossier.Edition
	sink    ledger.Sink
	made    func(*exporter.Result)
	summary exportSummary
}

func (r *exportRun) all(ctx context.Context, postings []ejm.ID) (err error) {
	before, err := r.season.Mirror.Latest()
	if err != nil {
		return err
	}
	if r.options.offline {
		if r.options.postings.all {
			held, err := heldPostings(r.season.Mirror)
			if err != nil {
				return err
			}
			postings = held
		}
	} else {
		fetched, err := fetchPostings(ctx, r.env, &r.options.settings, r.season, postings, r.options.postings.all, r.sink)
		if err != nil {
			return err
		}
		r.summary.Fetch = fetched
		postings = fetched.postings
	}
	work, done, err := r.season.Mirror.Workspace()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	builder, err := newBuilder(r.env, r.season, work.Name(), r.options.pdfWorkers)
	if err != nil {
		return err
	}
	defer builder.Close()
	r.summary.Complete = r.summary.Fetch == nil || r.summary.Fetch.FailedLists == 0
	options := r.exporterOptions(builder)
	options.NewsSince = r.newsSince(before)
	for _, posid := range postings {
		if err := r.one(ctx, posid, options); err != nil {
			return err
		}
	}
	if (r.options.sqlite || r.options.keepOthers) && len(postings) > 0 {
		r.summary.Database, err = exporter.Database(ctx, r.season, postings, options)
	}
	return err
}

// exporterOptions are the flags as the exporter takes them.
func (r *exportRun) exporterOptions(builder *packet.Builder) exporter.Options {
	return exporter.Options{
		Edition: r.edition, Packets: builder, Workers: max(2, r.options.pdfWorkers),
		Documents: !r.options.noDocuments, CSV: r.options.csv, Zip: !r.options.noZip, KeepOthers: r.options.keepOthers,
		Text: r.options.text, Booklets: r.options.booklets, Tool: toolName(), Now: r.env.now(), Out: r.options.out, Sink: r.sink,
		Room: checkSpace,
	}
}

func (r *exportRun) one(ctx context.Context, posid ejm.ID, options exporter.Options) error {
	if r.options.only != nil {
		var err error
		if options.Only, err = r.options.only(r.season, posid, r.edition); err != nil {
			return err
		}
	}
	result, err := exporter.Export(ctx, r.season, posid, options)
	if err != nil {
		return err
	}
	report := result.Report
	r.summary.Complete = r.summary.Complete && report.Complete()
	r.summary.Postings = append(r.summary.Postings, postingSummary{
		PosID: posid, Title: report.Posting.Title, Folder: result.Folder, Zip: result.Zip, Packets: result.Made,
		Totals: report.Totals, Problems: report.Problems, Kept: result.Kept, Beside: result.Beside,
	})
	if options.NewsSince != "" {
		r.addNews(result)
	}
	r.made(result)
	return nil
}

// tell ends the run: the JSON object if asked for, and whether there were problems.
func (o *exportOptions) tell(e *env, summary *exportSummary) error {
	if o.json {
		if err := printJSON(e.stdout, summary); err != nil {
			return err
		}
	} else if summary.Database != "" {
		fmt.Fprintf(e.stdout, "the database is %s\n", summary.Database)
	}
	if !summary.Complete {
		return errProblems
	}
	return nil
}

// tellPosting says in a few lines what an export holds and what is missing.
func tellPosting(e *env, result *exporter.Result) {
	report, t := result.Report, result.Report.Totals
	fmt.Fprintf(e.stdout, "%s  %s\n", report.Posting.PosID, visible(report.Posting.Title))
	fmt.Fprintf(e.stdout, "  %s, %s of %s (%s), %d pages\n",
		plural(t.Applications, "application"), plural(t.Stored+t.Suspect, "document"), strconv.Itoa(t.Documents), size(t.Bytes), t.Pages)
	for _, line := range []struct {
		n    int
		text string
	}{
		{t.NotSubmitted, "not sent yet (letters to come, files without contents)"},
		{t.Link, "kept elsewhere by the applicant (links)"},
		{t.Withdrawn, "withdrawn on EJM"},
		{t.Placeholder, "that cannot be shown in the packet: a page says why, the original lies in documents"},
		{t.Excluded, "left out of this edition"},
	} {
		if line.n > 0 {
			fmt.Fprintf(e.stdout, "  %d %s\n", line.n, line.text)
		}
	}
	fmt.Fprintf(e.stdout, "  %s made", plural(result.Made, "packet"))
	if same := t.Applications - result.Made; same > 0 {
		fmt.Fprintf(e.stdout, ", %d as before", same)
	}
	fmt.Fprintln(e.stdout)
	for _, p := range report.Problems {
		fmt.Fprintf(e.stdout, "  ! %s (application %s), %s: %s\n", visible(p.Name), p.AppID, visible(p.Label), visible(p.Reason))
	}
	fmt.Fprintf(e.stdout, "  in %s (open index.html there)\n", result.Folder)
	if result.Zip != "" {
		fmt.Fprintf(e.stdout, "  and %s\n", result.Zip)
	}
}

// newBuilder starts what makes packets: this program again, as worker processes. scratch is a folder for documents on their
// way.
func newBuilder(e *env, season *exporter.Season, scratch string, workers int) (*packet.Builder, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return packet.NewBuilder(packet.Options{
		Workers: workers, Command: append([]string{self}, workerArguments...), Scratch: scratch, Log: e.log,
		CacheDir: e.compiledCode(season),
	})
}

// compiledCode is the folder for PDFium's compiled code, which takes seconds to make and holds nothing of anybody's: the
// user's cache, so that it is made once a machine, or where there is none the season's derived folder.
func (e *env) compiledCode(season *exporter.Season) string {
	if e.cache != "" {
		dir := filepath.Join(e.cache, "pdf")
		if os.MkdirAll(dir, 0o700) == nil {
			return dir
		}
	}
	return filepath.Join(season.Mirror.Dir(), "derived", "pdf")
}
