package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/ui"
)

// uiOptions are the flags of ejmx ui.
type uiOptions struct {
	settings
	noBrowser bool
}

func newUI(e *env) *cobra.Command {
	var o uiOptions
	c := &cobra.Command{
		Use:   "ui",
		Short: "Open a window in the browser: set up, export, archive and verify without the terminal",
		Long: `Ui opens a page in this computer's browser from which everything can be done: set ejmx up, see which postings there are
and what is new, export with live progress, open the results, archive, verify. Without an account it shows a demo.

Only this computer can reach the page, and only the browser that opens the address, which is good once. Leaving the page
stops nothing. Quit in the page, or Ctrl-C here, ends ejmx; while something is at work it is waited for, and a second Ctrl-C
stops it: nothing is lost, it goes on from there the next time.

On Windows and on a Mac a double click on ejmx does the same.`,
		Example: `  ejmx ui
  ejmx ui --season ~/search-2026
  ejmx ui --no-browser --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runUI(c.Context(), e, &o) },
	}
	f := c.Flags()
	f.StringVar(&o.season, "season", "", "the season's folder (default: the nearest folder upwards with an ejmx.toml, else ~/ejmx)")
	f.StringVar(&o.api, "api", "", "the API's address (default "+defaultAPI+")")
	f.BoolVar(&o.noBrowser, "no-browser", false, "open no browser; print the address alone")
	f.BoolVar(&o.json, "json", false, "print one line of JSON when ready")
	return c
}

func runUI(ctx context.Context, e *env, o *uiOptions) error {
	given := o.settings // before environment and ejmx.toml fill in the rest
	if err := o.resolve(e); err != nil {
		return err
	}
	desk := &desk{env: e, given: given, own: o.settings}
	server, err := ui.New(ui.Options{
		Actions: desk.actions(), Words: windowWords(), Now: e.now, Tool: toolName(),
		Waiting: func(title string) {
			fmt.Fprintf(e.stderr, "ejmx: %s is at work. ejmx ends when it is done; Ctrl-C once more stops it now, and it goes on from there the next time.\n", visible(title))
		},
	})
	if err != nil {
		return err
	}
	var told error
	err = server.Serve(ctx, func(address string) { told = o.ready(e, address) })
	return errors.Join(err, told)
}

// ready says where the window is, and opens a browser there.
func (o *uiOptions) ready(e *env, address string) error {
	if o.json {
		if err := printJSON(e.stdout, map[string]string{"url": address, "season": o.season}); err != nil {
			return err
		}
	}
	opened := !o.noBrowser && e.show != nil && e.show(address) == nil
	switch {
	case o.json:
	case opened:
		fmt.Fprintf(e.stdout, "ejmx is open in your browser. If it is not, open this address there; it is good once:\n\n  %s\n\nLeave this window open; Ctrl-C ends ejmx.\n", address)
	default:
		fmt.Fprintf(e.stdout, "Open this address in a browser of this computer; it is good once:\n\n  %s\n\nCtrl-C ends ejmx.\n", address)
	}
	return nil
}

// windowWords lets the window say things as the terminal does.
func windowWords() ui.Words {
	return ui.Words{
		Stage: func(s ledger.Stage) string { return stageWords[s] }, Size: size, Text: visible,
		Error: func(err error) (what, todo string) { return visible(errorText(err)), visible(hintOf(err)) },
	}
}
