package main

import (
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

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
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
		Use:   "verify PATH",
		Short: "Prove an archive, an export folder, a mirror or a season, byte for byte",
		Long: `Verify reads every byte of what lies at a path and names everything that is wrong with it:
  an archive    a zip, encrypted or not, or a folder it was unpacked to, against the manifests in it; anybody's BagIt bag
  an export     packets and documents, against report.json
  a mirror      documents against their records, snapshots against their manifests
  a season      its mirror, its exports, and the chain of its register; not the archives, which are verified one by one

It exits with 0 when nothing is wrong and with 6 when something is. A verification of an archive in a season's archives
folder is noted in the register there.`,
		Example: `  ejmx verify archives/season-20261124T090000Z.zip
  ejmx verify archive.zip.age --identity key.txt
  ejmx verify ~/search-2026`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runVerify(c.Context(), e, &o, args[0]) },
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else there")
	f.BoolVar(&o.quiet, "quiet", false, "say nothing unless something is wrong")
	f.StringVar(&o.identity, "identity", "", "the file of the age or ssh key that opens the archive (default: ask for the passphrase)")
	return c
}

// verification is what --json prints.
type verification struct {
	Path     string          `json:"path"`
	Is       string          `json:"is"` // archive, export, mirror or season
	Files    int             `json:"files"`
	Bytes    int64           `json:"bytes"`
	OK       bool            `json:"ok"`
	Faults   []archive.Fault `json:"faults"`
	Warnings []archive.Fault `json:"warnings"`
}

func runVerify(ctx context.Context, e *env, o *verifyOptions, name string) error {
	name = e.path(name)
	var book ledger.Book
	progress := newProgress(e, &o.settings, &book)
	v := &verification{Path: name, Faults: []archive.Fault{}, Warnings: []archive.Fault{}}
	err := v.read(ctx, e, o, ledger.Tee(book.Add, progress.Add))
	progress.Close()
	if err != nil {
		return err
	}
	v.OK = len(v.Faults) == 0
	if err := v.note(e); err != nil {
		return err
	}
	return v.tell(e, o)
}

// read finds out what lies at the path and verifies it.
func (v *verification) read(ctx context.Context, e *env, o *verifyOptions, sink ledger.Sink) error {
	info, err := os.Stat(v.Path)
	if err != nil {
		return err
	}
	holds := func(name string) bool {
		_, err := os.Stat(filepath.Join(v.Path, name))
		return err == nil
	}
	switch {
	case !info.IsDir():
		options, err := e.openers(v.Path, o.identity)
		if err != nil {
			return err
		}
		return v.archive(ctx, options)
	case holds("bagit.txt"):
		return v.archive(ctx, archive.Options{})
	case holds("report.json"):
		v.Is = "export"
		return v.export(ctx, v.Path, "", sink)
	case holds("snapshots"):
		v.Is = "mirror"
		return v.mirror(ctx, v.Path, "", sink)
	case holds("mirror/snapshots"):
		return v.season(ctx, sink)
	}
	return &usageError{fmt.Errorf("%s is neither an archive, an export folder, a mirror nor a season", v.Path)}
}

func (v *verification) archive(ctx context.Context, options archive.Options) error {
	v.Is = "archive"
	report, err := archive.Verify(ctx, v.Path, options)
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
	_, err = readRegister(v.Path)
	if errors.Is(err, archive.ErrChain) {
		v.Faults = append(v.Faults, archive.Fault{Kind: archive.Changed, Path: archivesFolder + "/" + registerFile, Detail: err.Error()})
		return nil
	}
	return err
}

// note adds a line to the register of the season in whose archives folder a verified archive lies.
func (v *verification) note(e *env) error {
	dir := filepath.Dir(v.Path)
	_, absent := os.Stat(filepath.Join(dir, registerFile))
	if absent != nil || v.Is != "archive" || filepath.Base(dir) != archivesFolder {
		return nil //nolint:nilerr // it is no archive of a season: there is no register to add to
	}
	if info, err := os.Stat(v.Path); err != nil || info.IsDir() {
		return err
	}
	outcome := "ok"
	if !v.OK {
		outcome = plural(len(v.Faults), "fault")
	}
	return noteIn(e, filepath.Dir(dir), archive.Verified, v.Path, outcome)
}

func (v *verification) tell(e *env, o *verifyOptions) error {
	if o.json {
		if err := printJSON(e.stdout, v); err != nil {
			return err
		}
	} else {
		for _, f := range v.Faults {
			fmt.Fprintf(e.stdout, "%s: %s: %s\n", f.Kind, visible(f.Path), visible(f.Detail))
		}
		for _, f := range v.Warnings {
			fmt.Fprintf(e.stderr, "ejmx: warning: %s: %s\n", visible(f.Path), visible(f.Detail))
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
