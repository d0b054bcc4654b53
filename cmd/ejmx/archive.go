package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
)

// archiveOptions are the flags of ejmx archive.
type archiveOptions struct {
	settings
	postings   postingFlags
	recipients []string
	passphrase bool
	incomplete bool
	to         []string
	copy       string
}

func newArchive(e *env) *cobra.Command {
	var o archiveOptions
	c := &cobra.Command{
		Use:   "archive --posting ID… | --all | --copy ARCHIVE",
		Short: "Make the end-of-season archive: the whole record, provable by anyone, restorable",
		Long: `Archive puts the whole record of a posting into one zip in the season's archives folder: every snapshot of its records,
every document, packets, workbook, site and report. With --all it is one zip of the whole season. Inside is a BagIt bag that
other programs check too; README.txt in it says how. ejmx restore gives the season back.

With --encrypt only the holders of the named keys can open it, with --passphrase whoever knows the passphrase; the age
program opens both. The passphrase is asked for twice, or read from the file that EJMX_PASSPHRASE_FILE names. Without it,
nobody can open the archive.

With --to the archive is copied as well, and each copy is read back and proven: to a folder that is there, such as a network
drive's, or to a bucket: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or azblob://CONTAINER/PREFIX, with the credentials that
aws, gcloud or az use. A copy that lies there whole is not sent again, so a run that was cut short can be repeated.
--copy does so with an archive made before.`,
		Example: `  ejmx archive --posting 9012
  ejmx archive --all --encrypt age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
  ejmx archive --all --encrypt ~/.ssh/id_ed25519.pub
  ejmx archive --posting 9012 --passphrase
  ejmx archive --all --to /mnt/records --to s3://university-records/econ
  ejmx archive --copy archives/season-20261124T090000Z.zip --to gs://university-records/econ`,
		RunE: func(c *cobra.Command, _ []string) error { return runArchive(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	c.Flags().Int64SliceVar(&o.postings.ids, "posting", nil, "the posting's id; several with commas or by repeating the flag")
	c.Flags().BoolVar(&o.postings.all, "all", false, "the whole season in one archive")
	c.Flags().StringArrayVar(&o.recipients, "encrypt", nil, "who can open it: an age1… key, an ssh public key, or a file of them; may be repeated")
	c.Flags().BoolVar(&o.passphrase, "passphrase", false, "encrypt with a passphrase")
	c.Flags().BoolVar(&o.incomplete, "incomplete", false, "archive although documents are missing, and say in it which")
	c.Flags().StringArrayVar(&o.to, "to", nil, "copy the archive to this folder or s3://, gs:// or azblob:// URL and prove it there; may be repeated")
	c.Flags().StringVar(&o.copy, "copy", "", "copy this archive instead of making one")
	return c
}

// archived is what --json says of one archive.
type archived struct {
	Archive string   `json:"archive"` // its path
	SHA256  string   `json:"sha256"`
	Size    int64    `json:"size"`  // bytes, of the archive
	Files   int      `json:"files"` // in it
	Bytes   int64    `json:"bytes"` // of those files
	Missing []string `json:"missing"`
	Copies  []copied `json:"copies,omitempty"`
}

// incompleteError says that an archive would lack something.
type incompleteError struct{ missing []string }

func (e *incompleteError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "the archive would lack %s:", plural(len(e.missing), "document"))
	for _, line := range e.missing {
		text.WriteString("\n  " + line)
	}
	return text.String()
}

func (e *incompleteError) Hint() string {
	return "run ejmx fetch to get what is missing, or add --incomplete: the archive then says what it lacks"
}

func runArchive(ctx context.Context, e *env, o *archiveOptions) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	if o.offline = true; o.copy == "" { // the mirror alone is asked
		if err := o.postings.choose(ctx, e, &o.settings); err != nil {
			return err
		}
	}
	recipients, err := o.readers(e)
	if err != nil {
		return err
	}
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	defer progress.Close()
	all := []archived{}
	told := func(one archived) {
		all = append(all, one)
		progress.Close() // results and the bar may share a terminal
		o.tell(e, one)
	}
	sink := ledger.Tee(book.Add, progress.Add)
	if o.copy != "" {
		err = o.copyArchive(ctx, e, sink, told)
	} else {
		err = archivePostings(ctx, e, o, recipients, sink, told)
	}
	if o.json && len(all) > 0 {
		return errors.Join(err, printJSON(e.stdout, map[string]any{"archives": all}))
	}
	return err
}

// tell says what was archived and copied, on standard error what could not be copied.
func (o *archiveOptions) tell(e *env, one archived) {
	if !o.json && !o.quiet {
		fmt.Fprintln(e.stdout, one.Archive)
		if one.Files > 0 {
			fmt.Fprintf(e.stdout, "  %s, %s; SHA-256 %s\n", plural(one.Files, "file"), size(one.Size), one.SHA256)
		}
		for _, line := range one.Missing {
			fmt.Fprintf(e.stdout, "  ! missing: %s\n", visible(line))
		}
	}
	for _, c := range one.Copies {
		switch {
		case c.failed != nil:
			explain(e.stderr, c.failed, o.verbose)
		case o.json || o.quiet:
		case c.Sent:
			fmt.Fprintf(e.stdout, "  copied to %s and proven there\n", c.Place)
		default:
			fmt.Fprintf(e.stdout, "  lies whole at %s\n", c.Place)
		}
	}
}

// archivePostings makes, whoever asked for it, one archive of the whole season or one of each posting. It takes the
// season's lock; the options are resolved. Each archive is copied to where --to says and then handed to made.
func archivePostings(ctx context.Context, e *env, o *archiveOptions, recipients []age.Recipient, sink ledger.Sink, made func(archived)) error {
	postings, err := o.postings.chosen()
	if err != nil {
		return err
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	groups, err := o.groups(season, postings)
	if err != nil {
		return err
	}
	places, err := o.destinations(ctx, e)
	if err != nil {
		return err
	}
	defer closeAll(places)
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	var failed error // of a copy; the others go on
	for _, group := range groups {
		one, err := o.archiveOne(ctx, e, season, group, recipients, sink)
		if err == nil {
			err = copyAll(ctx, e, season.Dir, &one, places, sink)
		}
		if err != nil {
			return errors.Join(err, unlock())
		}
		failed = worse(failed, one.copied())
		made(one)
	}
	return errors.Join(failed, unlock())
}

// groups gives the postings of each archive: all in one, or one in each.
func (o *archiveOptions) groups(season *exporter.Season, postings []ejm.ID) ([][]ejm.ID, error) {
	if !o.postings.all {
		return slices.Collect(slices.Chunk(postings, 1)), nil
	}
	held, err := heldPostings(season.Mirror)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 {
		return nil, errors.New("the mirror has no posting that was fetched whole; run ejmx fetch --all")
	}
	return [][]ejm.ID{held}, nil
}

func (o *archiveOptions) archiveOne(ctx context.Context, e *env, season *exporter.Season, postings []ejm.ID, recipients []age.Recipient, sink ledger.Sink) (one archived, err error) {
	a, err := exporter.NewArchive(ctx, season, postings, o.postings.all, toolName(), sink)
	if err != nil {
		return one, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if !a.Complete() && !o.incomplete {
		return one, &incompleteError{a.Info.Missing}
	}
	dir := filepath.Join(season.Dir, archivesFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return one, err
	}
	need, err := archive.LeastSize(a.Payload)
	if err != nil {
		return one, err
	}
	if err := checkSpace(dir, need); err != nil {
		return one, err
	}
	name := a.Info.Base + ".zip"
	if len(recipients) > 0 {
		name += ".age"
	}
	file, err := writeAside(dir, name, func(w io.Writer) error {
		summary, err := writeArchive(ctx, w, a, recipients, sink)
		one.Files, one.Bytes = summary.Files, summary.Bytes
		return err
	})
	if err != nil {
		return one, err
	}
	one.Archive, one.SHA256, one.Size, one.Missing = filepath.Join(dir, name), file.sha256, file.size, append([]string{}, a.Info.Missing...)
	outcome := "ok"
	if !a.Complete() {
		outcome = "incomplete: it lacks " + plural(len(a.Info.Missing), "document")
	}
	return one, appendRegister(season.Dir, archive.Line{
		Time: e.now(), Act: archive.Archived, Archive: name, SHA256: one.SHA256, Postings: asked(postings, false), Outcome: outcome,
	})
}

func writeArchive(ctx context.Context, w io.Writer, a *exporter.Archive, recipients []age.Recipient, sink ledger.Sink) (archive.Summary, error) {
	if len(recipients) == 0 {
		return a.Write(ctx, w, sink)
	}
	sealed, err := archive.Encrypt(w, recipients...)
	if err != nil {
		return archive.Summary{}, err
	}
	summary, err := a.Write(ctx, sealed, sink)
	if err != nil {
		return summary, err // left open on purpose: closing would make a cut archive look whole
	}
	return summary, sealed.Close()
}

// fileWritten is what is known of a file that was written.
type fileWritten struct {
	size   int64
	sha256 string
}

// asideMark begins the names of files that are being written.
const asideMark = ".ejmx-"

// clearAside removes what a killed run left half written in a folder. The season's lock is held.
func clearAside(root *os.Root) error {
	left, err := fs.Glob(root.FS(), asideMark+"*")
	for _, name := range left {
		err = errors.Join(err, root.Remove(name))
	}
	return err
}

// writeAside writes a file that appears under its name only when it is whole and on disk.
func writeAside(dir, name string, write func(io.Writer) error) (written fileWritten, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return written, err
	}
	defer root.Close()
	if err := clearAside(root); err != nil {
		return written, err
	}
	temporary := asideMark + rand.Text()
	file, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return written, err
	}
	sum := sha256.New()
	if err = write(io.MultiWriter(file, sum)); err == nil {
		err = file.Sync()
	}
	info, statErr := file.Stat()
	if err = errors.Join(err, statErr, file.Close()); err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return written, errors.Join(err, root.Remove(temporary))
	}
	return fileWritten{info.Size(), hex.EncodeToString(sum.Sum(nil))}, nil
}
