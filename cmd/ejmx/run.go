package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
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
	isTerminal     bool   // whether stderr is one
	place          string // the folder that a command works in, once it is known
	config         string // the user's own folder of settings, for what is kept besides the keychain
	keychain       keychain
	show           func(target string) error // opens an address or a file in the program for it; nil without a desktop

	printed  *countingWriter // what stdout is, from the beginning of run on
	log      *slog.Logger    // set by the flags that every command has; nothing is logged without
	closeLog func() error
	secrets  *secrets
}

// run is the whole program: arguments in, exit code out.
func run(ctx context.Context, e *env) int {
	e.stderr = &lineWriter{to: e.stderr}
	e.printed = &countingWriter{to: e.stdout}
	e.stdout = e.printed
	e.log, e.secrets = slog.New(slog.DiscardHandler), &secrets{}
	root, err := newRoot(e)
	if err != nil { // a mistake in the program itself
		explain(e.stderr, err, true)
		return exitUnexpected
	}
	root.SetArgs(e.args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	command, err := root.ExecuteContextC(ctx)
	if err != nil && ctx.Err() != nil {
		err = errInterrupted
	}
	code := exitCode(err)
	err = e.placed(err)
	e.log.Info("ended", "exit", code, "error", errorText(err))
	if logErr := e.endLog(); logErr != nil && err == nil {
		err, code = logErr, exitUnexpected
	}
	if err != nil {
		explain(e.stderr, err, isSet(command, "verbose"))
		if isSet(command, "json") && e.printed.n == 0 {
			printFailure(e.stdout, err, code)
		}
	}
	return code
}

// countingWriter knows whether anything was written.
type countingWriter struct {
	to io.Writer
	n  int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.n += int64(n)
	return n, err
}

// isSet reports whether a command was given a flag without a value.
func isSet(c *cobra.Command, name string) bool {
	flag := c.Flags().Lookup(name)
	return flag != nil && flag.Value.String() == "true"
}

// printFailure is the JSON object of a command that failed before it had anything to print.
func printFailure(w io.Writer, err error, code int) {
	// Where standard output is gone, the exit code still tells.
	_ = printJSON(w, map[string]any{"error": errorText(err), "hint": hintOf(err), "exit": code})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return plainly(err)
}

// newRoot is ejmx with all its commands.
func newRoot(e *env) (*cobra.Command, error) {
	root := &cobra.Command{
		Use:   "ejmx",
		Short: "Export, pack and archive your EconJobMarket applications",
		Long: `ejmx fetches the applications to your organisation's postings on EconJobMarket (EJM) and makes of them
one PDF packet per candidate, an Excel workbook, an offline site, the original documents and a zip.

It is an unofficial tool: EconJobMarket has no part in it.

To see what it makes, without an account:   ejmx demo
To use it with your organisation's account:  ejmx setup
To export a posting then:                    ejmx export`,
		Example: `  ejmx setup
  ejmx export
  ejmx export --posting 9012 --season ~/search-2026
  ejmx doctor`,
		Version:       thisBuild().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	var logging logFlags
	logging.add(root)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if err := logging.open(e); err != nil {
			return err
		}
		e.log.Info("began", "command", c.CommandPath(), "version", version)
		return nil
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagMistake)
	root.AddCommand(
		newSetup(e), newUI(e), newDoctor(e), newExport(e), newFetch(e), newPackets(e), newPostings(e), newMissing(e), newChanges(e), newRatings(e), newServe(e), newDemo(e), newVersion(e), newWorker(e),
		newStatus(e), newCompletion(e), newMan(e),
		newArchive(e), newVerify(e), newRestore(e), newRegister(e), newPrune(e), newPerson(e),
	)
	root.CompletionOptions.DisableDefaultCmd = true // ours has examples
	arrange(root)
	return root, dress(e, root)
}

// arrange gives every command what all have in common: stray arguments are a usage error, unless the command says what it
// takes, and a command that is only a roof over others says which there are.
func arrange(c *cobra.Command) {
	if c.HasSubCommands() && !c.Runnable() {
		c.Args = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		}
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	} else {
		refuseArguments(c)
	}
	for _, sub := range c.Commands() {
		arrange(sub)
	}
}

// refuseArguments makes stray arguments a usage error, unless the command says what it takes.
func refuseArguments(c *cobra.Command) {
	takes := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		switch {
		case takes == nil && len(args) > 0:
			return &usageError{fmt.Errorf("%s takes no argument, and there is %q", c.CommandPath(), args[0])}
		case takes != nil && takes(c, args) != nil:
			return argumentMistake(c, args)
		}
		return nil
	}
}

// exitCode maps an error to the code that says what kind it is.
func exitCode(err error) int {
	var (
		edition    *dossier.EditionError
		incomplete *incompleteError
		others     *exporter.OthersError
		remains    *exporter.RemainsError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errProblems), errors.As(err, &incomplete), errors.As(err, &others):
		return exitProblems
	case isUsage(err), errors.Is(err, dossier.ErrNoEdition), errors.As(err, &edition):
		return exitUsage
	case errors.Is(err, errUnverified), errors.Is(err, archive.ErrFaulty), errors.Is(err, archive.ErrChain), errors.Is(err, archive.ErrEncrypted),
		errors.As(err, &remains):
		return exitUnverified
	case errors.Is(err, ejm.ErrNoCredentials), errors.Is(err, ejm.ErrRefused):
		return exitRefused
	case errors.Is(err, ejm.ErrUnreachable), errors.Is(err, ejm.ErrNotAPI), errors.Is(err, ejm.ErrUnavailable), errors.Is(err, ejm.ErrBadContent),
		errors.Is(err, ejm.ErrInvalidRequest):
		return exitUnreachable
	}
	return exitUnexpected
}

// explain says on stderr what went wrong and what to do about it, and in detail how the program itself has it.
func explain(w io.Writer, err error, inDetail bool) {
	var told *toldError
	switch {
	case errors.Is(err, errProblems), errors.As(err, &told):
		return
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(w, "ejmx: interrupted; run the same command again and it goes on from here")
		return
	}
	text := plainly(err)
	fmt.Fprintf(w, "ejmx: error: %s\n", visible(text))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "ejmx: hint: %s\n", visible(hint))
	}
	if inDetail && err.Error() != text {
		fmt.Fprintf(w, "ejmx: detail: %s\n", visible(err.Error()))
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
