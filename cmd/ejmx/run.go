package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/mirror"
)

// The exit codes. They are an interface: scripts rely on them.
const (
	exitDone        = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitProblems    = 3 // done, and each problem is in the ledger
	exitRefused     = 4 // key, secret, token or IP address
	exitUnreachable = 5 // the API, or it does not answer as one
	exitUnverified  = 6
	exitInterrupted = 130
)

var (
	errInterrupted = errors.New("interrupted")
	errProblems    = errors.New("done, with problems") // said already, in the summary
)

// env is everything a command has from outside.
type env struct {
	args           []string
	getenv         func(string) string
	home, cwd      string
	cache          string // folder for what can be made again and is nobody's data; "" for none
	now            func() time.Time
	stdin          io.Reader
	stdout, stderr io.Writer
	isTerminal     bool // whether stderr is one
}

// run is the whole program: arguments in, exit code out.
func run(ctx context.Context, e *env) int {
	e.stderr = &lineWriter{to: e.stderr}
	root := newRoot(e)
	root.SetArgs(e.args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil {
		err = errInterrupted
	}
	code := exitCode(err)
	explain(e.stderr, err)
	return code
}

func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "ejmx",
		Short: "Export, pack and archive your EconJobMarket applications",
		Long: `ejmx fetches the applications to your organisation's postings on EconJobMarket (EJM) and makes of them
one PDF packet per candidate, an Excel workbook, the original documents and a zip.

It is an unofficial tool: EconJobMarket has no part in it.

To see what it makes, without an account:   ejmx demo
To export a posting:                         ejmx export --posting 9012`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		newExport(e), newFetch(e), newPackets(e), newPostings(e), newChanges(e), newRatings(e), newServe(e), newDemo(e), newVersion(e), newWorker(e),
		newArchive(e), newVerify(e), newRestore(e), newRegister(e),
	)
	for _, c := range root.Commands() {
		refuseArguments(c)
	}
	return root
}

// refuseArguments makes stray arguments a usage error, unless the command says what it takes.
func refuseArguments(c *cobra.Command) {
	takes := c.Args
	if takes == nil {
		takes = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := takes(c, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
func (e *usageError) Hint() string  { return "see ejmx --help, or --help after a command" }

// exitCode maps an error to the code that says what kind it is.
func exitCode(err error) int {
	var (
		usage   *usageError
		unknown *fetch.UnknownPostingError
		edition *dossier.EditionError
		meeting *exporter.UnknownConferenceError

		incomplete *incompleteError
	)
	switch {
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errProblems):
		return exitProblems
	case errors.As(err, &usage), errors.As(err, &unknown), errors.Is(err, dossier.ErrNoEdition), errors.As(err, &edition), errors.As(err, &meeting),
		strings.HasPrefix(err.Error(), "unknown command"):
		return exitUsage
	case errors.As(err, &incomplete):
		return exitProblems
	case errors.Is(err, errUnverified), errors.Is(err, archive.ErrFaulty), errors.Is(err, archive.ErrChain), errors.Is(err, archive.ErrEncrypted):
		return exitUnverified
	case errors.Is(err, ejm.ErrNoCredentials), errors.Is(err, ejm.ErrRefused):
		return exitRefused
	case errors.Is(err, ejm.ErrUnreachable), errors.Is(err, ejm.ErrNotAPI), errors.Is(err, ejm.ErrUnavailable), errors.Is(err, ejm.ErrBadContent),
		errors.Is(err, ejm.ErrInvalidRequest):
		return exitUnreachable
	}
	return exitUnexpected
}

// explain says on stderr what went wrong and what to do about it.
func explain(w io.Writer, err error) {
	switch {
	case errors.Is(err, errProblems):
		return
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(w, "ejmx: interrupted; run the same command again and it goes on from here")
		return
	}
	fmt.Fprintf(w, "ejmx: error: %s\n", visible(err.Error()))
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		fmt.Fprintf(w, "ejmx: hint: %s\n", visible(hinted.Hint()))
	}
}

// openSeason opens the season that flags and environment name, made where create says so.
func (e *env) openSeason(s *settings, create bool) (*exporter.Season, error) {
	if create {
		return exporter.CreateSeason(s.season)
	}
	season, err := exporter.OpenSeason(s.season)
	if errors.Is(err, mirror.ErrNone) {
		return nil, fmt.Errorf("there is no season in %s: run ejmx export or ejmx fetch first, or name another with --season", s.season)
	}
	return season, err
}
