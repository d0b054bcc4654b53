package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/archive/destination"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// errUnverified ends a verification that found faults; they are said already.
var errUnverified = errors.New("verification failed")

// verifyOptions are the flags of ejmx verify.
type verifyOptions struct {
	settings
	identity string
}

func newVerify(e *env) *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify PATH | URL",
		Short: "Prove an archive, an export folder, a mirror or a season, byte for byte",
		Long: `Verify reads every byte of what lies at a path and names everything that is wrong with it:
  an archive    a zip, encrypted or not, or a folder it was unpacked to, against the manifests in it; anybody's BagIt bag
  an export     packets and documents, against report.json
  a mirror      documents against their records, snapshots against their manifests
  a season      its mirror, its exports, and the chain of its register; not the archives, which are verified one by one

A copy in a bucket is named by its URL (s3://, gs:// or azblob://); it is fetched into a temporary file and verified there.

It exits with 0 when nothing is wrong and with 6 when something is. An archive that the season's register knows is also held
against the SHA-256 in it, and the verification is noted there; where it cannot be, a warning says why.`,
		Example: `  ejmx verify archives/season-20261124T090000Z.zip
  ejmx verify archive.zip.age --identity key.txt
  ejmx verify s3://university-records/econ/season-20261124T090000Z.zip
  ejmx verify ~/search-2026`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runVerify(c.Context(), e, &o, args[0]) },
	}
	o.sharedFlags(c)
	c.Flags().StringVar(&o.identity, "identity", "", "the file of the age or ssh key that opens the archive (default: ask for the passphrase)")
	return c
}

// verification is what --json prints.
type verification struct {
	Path     string          `json:"path"`             // or URL
	Is       string          `json:"is"`               // archive, export, mirror or season
	SHA256   string          `json:"sha256,omitempty"` // of an archive's file
	Files    int             `json:"files"`
	Bytes    int64           `json:"bytes"`
	OK       bool            `json:"ok"`
	Faults   []archive.Fault `json:"faults"`
	Warnings []archive.Fault `json:"warnings"`
	NotNoted string          `json:"not_noted,omitempty"` // why the season's register does not tell of this verification, where it should
}

func runVerify(ctx context.Context, e *env, o *verifyOptions, name string) error {
	if err := o.resolve(e); err != nil {
		return err
	}
	v := &verification{Path: name, Faults: []archive.Fault{}, Warnings: []archive.Fault{}}
	file, done, err := v.locate(ctx, e, o)
	if err != nil {
		return err
	}
	options, err := e.openers(file, o.identity)
	if err != nil {
		return errors.Join(err, done())
	}
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	err = v.read(ctx, file, options, ledger.Tee(book.Add, progress.Add))
	progress.Close()
	if err = errors.Join(err, done()); err != nil {
		return err
	}
	v.register(e, o)
	return v.tell(e, o)
}

// locate gives the path of what is to be verified: a copy in a bucket is fetched into a temporary file, which done removes.
func (v *verification) locate(ctx context.Context, e *env, o *verifyOptions) (file string, done func() error, err error) {
	if !destination.IsURL(v.Path) {
		v.Path = e.path(v.Path)
		return v.Path, func() error { return nil }, nil
	}
	bucket, name := path.Split(v.Path)
	from, err := destination.Open(ctx, bucket, e.getenv)
	if err != nil {
		return "", nil, notOpened(err)
	}
	defer from.Close()
	v.Path = from.String() + "/" + name
	temporary, err := os.CreateTemp("", "ejmx-verify-*")
	if err != nil {
		return "", nil, err
	}
	done = func() error { return os.Remove(temporary.Name()) }
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	_, err = from.Read(ctx, name, temporary, ledger.Tee(book.Add, progress.Add))
	progress.Close()
	if err = errors.Join(err, temporary.Close()); err != nil {
		return "", nil, errors.Join(err, done())
	}
	return temporary.Name(), done, nil
}

// read finds out what lies at a path and verifies it.
func (v *verification) read(ctx context.Context, file string, options archive.Options, sink ledger.Sink) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	holds := func(name string) bool {
		_, err := os.Stat(filepath.Join(file, name))
		return err == nil
	}
	switch {
	case !info.IsDir():
		return v.archiveFile(ctx, file, options, sink)
	case holds("bagit.txt"):
		return v.archive(ctx, file, options, sink)
	case holds("report.json"):
		v.Is = "export"
		return v.export(ctx, file, "", sink)
	case holds("snapshots"):
		v.Is = "mirror"
		return v.mirror(ctx, file, "", sink)
	case holds("mirror/snapshots"):
		return v.season(ctx, sink)
	}
	return &usageError{fmt.Errorf("%s is neither an archive, an export folder, a mirror nor a season", v.Path)}
}

// archiveFile verifies an archive and hashes its file at the same time.
func (v *verification) archiveFile(ctx context.Context, file string, options archive.Options, sink ledger.Sink) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { v.SHA256, err = fileSum(file); return err })
	group.Go(func() error { return v.archive(ctx, file, options, sink) })
	return group.Wait()
}

func (v *verification) archive(ctx context.Context, file string, options archive.Options, sink ledger.Sink) error {
	v.Is = "archive"
	report, err := exporter.VerifyArchive(ctx, file, options, sink)
	if err != nil {
		return err
	}
	v.Files, v.Bytes = report.Files, report.Bytes
	v.Faults, v.Warnings = append(v.Faults, report.Faults...), append(v.Warnings, report.Warnings...)
	return nil
}

// export verifies an export folder; its files are named from within where.
func (v *verification) export(ctx context.Context, dir, where string, sink ledger.Sink) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	result, err := exporter.VerifyExport(ctx, root.FS(), sink)
	v.Files += result.Files
	v.Bytes += result.Bytes
	for _, f := range result.Faults {
		f.Path = path.Join(where, f.Path)
		v.Faults = append(v.Faults, f)
	}
	return err
}

func (v *verification) mirror(ctx context.Context, dir, where string, sink ledger.Sink) error {
	m, err := mirror.Open(dir)
	if err != nil {
		return err
	}
	defer m.Close()
	result, err := m.Verify(ctx, sink)
	v.Files += result.Documents + result.Snapshots
	v.Bytes += result.Bytes
	for _, f := range result.Faults {
		v.Faults = append(v.Faults, archive.Fault{Kind: archive.Kind(f.Kind), Path: path.Join(where, f.Path), Detail: f.Detail})
	}
	return err
}

func (v *verification) season(ctx context.Context, sink ledger.Sink) error {
	v.Is = "season"
	if err := v.mirror(ctx, filepath.Join(v.Path, "mirror"), "mirror", sink); err != nil {
		return err
	}
	reports, err := fs.Glob(os.DirFS(v.Path), "postings/*/report.json")
	if err != nil {
		return err
	}
	for _, report := range reports {
		where := path.Dir(report)
		if err := v.export(ctx, filepath.Join(v.Path, filepath.FromSlash(where)), where, sink); err != nil {
			return err
		}
	}
	if _, err = readRegister(v.Path); errors.Is(err, archive.ErrChain) {
		v.brokenChain(err)
		return nil
	}
	return err
}

// brokenChain tells that a season's register was changed.
func (v *verification) brokenChain(err error) {
	v.Faults = append(v.Faults, archive.Fault{Kind: archive.Changed, Path: archivesFolder + "/" + registerFile, Detail: err.Error()})
}

// register holds an archive that a season's register knows against its SHA-256 there, and notes the verification. The season
// is the one in whose archives folder the archive lies, else the one that flags or environment name. What was found must be
// told also where nothing can be noted: another run is at work on the season, or its disk is for reading only.
func (v *verification) register(e *env, o *verifyOptions) {
	dir := o.season
	if filepath.Base(filepath.Dir(v.Path)) == archivesFolder {
		dir = filepath.Dir(filepath.Dir(v.Path))
	}
	defer func() { v.OK = len(v.Faults) == 0 }()
	if v.SHA256 == "" {
		return
	}
	name := path.Base(filepath.ToSlash(v.Path))
	known, err := registered(dir, name)
	switch {
	case errors.Is(err, archive.ErrChain):
		v.brokenChain(err)
		return
	case err != nil:
		v.NotNoted = err.Error()
		return
	case len(known) == 0:
		return
	}
	if !slices.Contains(known, v.SHA256) {
		v.Faults = append(v.Faults, archive.Fault{Kind: archive.Changed, Detail: "its SHA-256 is none that the register has for " + name})
	}
	outcome := "ok"
	if len(v.Faults) > 0 {
		outcome = plural(len(v.Faults), "fault")
	}
	err = noteIn(e, dir, archive.Line{Act: archive.Verified, Archive: name, SHA256: v.SHA256, Place: v.Path, Outcome: outcome})
	if err != nil {
		v.NotNoted = err.Error()
	}
}

// notNoted says for people what NotNoted says, on one line.
func (v *verification) notNoted() string {
	return oneLine("the season's register does not tell of this verification: "+v.NotNoted, maxReason)
}

const maxReason = 500 // characters

func (v *verification) tell(e *env, o *verifyOptions) error {
	if o.json {
		if err := printJSON(e.stdout, v); err != nil {
			return err
		}
	} else {
		for _, f := range v.Faults {
			fmt.Fprintf(e.stdout, "%s: %s: %s\n", f.Kind, visible(cmp.Or(f.Path, "the "+v.Is)), visible(f.Detail))
		}
		for _, f := range v.Warnings {
			fmt.Fprintf(e.stderr, "ejmx: warning: %s: %s\n", visible(f.Path), visible(f.Detail))
		}
		if v.NotNoted != "" {
			fmt.Fprintf(e.stderr, "ejmx: warning: %s\n", v.notNoted())
		}
	}
	if !v.OK {
		return fmt.Errorf("%s: %w: %s", filepath.Base(v.Path), errUnverified, plural(len(v.Faults), "fault"))
	}
	if !o.json && !o.quiet {
		fmt.Fprintf(e.stdout, "%s is whole: %s, %s\n", v.Is, plural(v.Files, "file"), size(v.Bytes))
	}
	return nil
}

// fileSum gives the hex SHA-256 of a file.
func fileSum(name string) (sum string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	_, err = io.Copy(h, file)
	return hex.EncodeToString(h.Sum(nil)), err
}
