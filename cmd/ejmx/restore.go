package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
)

// restoreOptions are the flags of ejmx restore.
type restoreOptions struct {
	settings
	identity string
}

func newRestore(e *env) *cobra.Command {
	var o restoreOptions
	c := &cobra.Command{
		Use:   "restore ARCHIVE",
		Short: "Put an archive back into a season's folder",
		Long: `Restore proves an archive and puts it back into the season's folder, which is made if need be; packets, export --offline and
serve then work from it as before. In a folder that has a season already, documents, snapshots and files that are not there
are added; what is there stays as it is.`,
		Example: `  ejmx restore season-20261124T090000Z.zip --season ~/search-2026
  ejmx restore season-20261124T090000Z.zip.age --identity key.txt --season ~/search-2026`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runRestore(c.Context(), e, &o, args[0]) },
	}
	o.sharedFlags(c)
	c.Flags().StringVar(&o.identity, "identity", "", "the file of the age or ssh key that opens the archive (default: ask for the passphrase)")
	return c
}

func runRestore(ctx context.Context, e *env, o *restoreOptions, name string) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	name = e.path(name)
	options, err := e.openers(name, o.identity)
	if err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	result, err := exporter.Restore(ctx, file, info.Size(), o.season, options, e.now(), ledger.Tee(book.Add, progress.Add))
	progress.Close()
	if errors.Is(err, archive.ErrFaulty) {
		for _, f := range result.Report.Faults {
			fmt.Fprintf(e.stderr, "ejmx: %s: %s: %s\n", f.Kind, visible(cmp.Or(f.Path, "the archive")), visible(f.Detail))
		}
	}
	if err != nil {
		return err
	}
	sum, err := fileSum(name)
	if err != nil {
		return err
	}
	line := archive.Line{
		Act: restored, Archive: filepath.Base(name), SHA256: sum, Outcome: "ok",
		Postings: strings.Split(result.Report.Value("External-Identifier"), ", "),
	}
	if err := noteIn(e, o.season, line); err != nil {
		return err
	}
	return o.tell(e, result)
}

func (o *restoreOptions) tell(e *env, result exporter.Restored) error {
	if o.json {
		return printJSON(e.stdout, map[string]any{"season": o.season, "restored": result})
	}
	if !o.quiet {
		fmt.Fprintf(e.stdout, "%s: %s and %s added, %s of exports and settings\n", o.season,
			plural(result.Documents, "document"), plural(result.Snapshots, "snapshot"), plural(result.Files, "file"))
	}
	for _, left := range result.Left {
		fmt.Fprintf(e.stderr, "ejmx: %s is there with other contents and stays as it is\n", visible(left))
	}
	return nil
}

// openers gives what opens an archive: nothing unless it is encrypted, so that nobody is asked in vain.
func (e *env) openers(name, keyFile string) (archive.Options, error) {
	file, err := os.Open(name)
	if err != nil {
		return archive.Options{}, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return archive.Options{}, err
	}
	intro := make([]byte, len(ageIntro))
	if _, err := io.ReadFull(file, intro); err != nil || string(intro) != ageIntro {
		return archive.Options{}, nil
	}
	identities, err := e.identities(keyFile)
	return archive.Options{Identities: identities}, err
}

// ageIntro begins every encrypted archive (C2SP age, "Header").
const ageIntro = "age-encryption.org/v1"

// noteIn adds a line about an archive to a season's register, under the season's lock.
func noteIn(e *env, dir string, line archive.Line) error {
	season, err := exporter.OpenSeason(dir)
	if err != nil {
		return err
	}
	defer season.Close()
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	line.Time = e.now()
	return errors.Join(appendRegister(dir, line), unlock())
}
