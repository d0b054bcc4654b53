package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// demoOptions are the flags of ejmx demo.
type demoOptions struct {
	madeUp seasonFlags
	out    string
	quiet  bool
	json   bool
}

func newDemo(e *env) *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Export a made-up season from a server on this computer: no account needed",
		Long: `Demo makes up a season, serves it on this computer as EJM's API would, and exports it. Nobody in it exists.
What it leaves in its folder is a season like any other: try ejmx postings --season ejmx-demo.`,
		Example: `  ejmx demo
  ejmx demo --applications 100 --out /tmp/trial
  ejmx demo --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runDemo(c.Context(), e, &o) },
	}
	o.madeUp.add(c)
	c.Flags().StringVar(&o.out, "out", "ejmx-demo", "the season's folder to make")
	c.Flags().BoolVar(&o.quiet, "quiet", false, "say nothing unless something is wrong")
	c.Flags().BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else there")
	return c
}

// usualDemo is the made-up season that the flags leave as it is.
var usualDemo = season.Options{Applications: 24, Postings: 2}

func runDemo(ctx context.Context, e *env, o *demoOptions) error {
	if !o.quiet {
		fmt.Fprintln(e.stderr, "Making up a season…")
	}
	err := o.make(ctx, e, runExport)
	if err == nil && !o.quiet && !o.json {
		fmt.Fprintf(e.stdout, "\nThe results are in %s: a folder for each posting with summary.xlsx, packets and documents, and its zip.\n",
			filepath.Join(e.path(o.out), "postings"))
	}
	return err
}

// make makes the season up, serves it on this computer and has it exported from there.
func (o *demoOptions) make(ctx context.Context, e *env, export func(context.Context, *env, *exportOptions) error) error {
	m, done, err := madeUpMirror(o.madeUp.Options)
	if err != nil {
		return err
	}
	server, err := replay.New(m, replay.Options{})
	if err != nil {
		return errors.Join(err, done())
	}
	return errors.Join(o.exportFrom(ctx, e, server, export), server.Close(), done())
}

// exportFrom serves on this computer while everything is exported.
func (o *demoOptions) exportFrom(ctx context.Context, e *env, server *replay.Server, export func(context.Context, *env, *exportOptions) error) error {
	serving, stop := context.WithCancel(ctx)
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- server.ListenAndServe(serving, replay.Listen{Ready: func(url string) { ready <- url }})
	}()
	defer stop()
	select {
	case err := <-ended:
		return err
	case url := <-ready:
		inside, options := o.inside(e, server.Credentials(), url)
		err := export(ctx, inside, options)
		stop()
		return errors.Join(err, <-ended)
	}
}

// inside is how a user of the server exports everything it has.
func (o *demoOptions) inside(e *env, credentials replay.Credentials, url string) (*env, *exportOptions) {
	inside := *e
	inside.getenv = func(name string) string {
		return map[string]string{"EJMX_CLIENT_KEY": credentials.Key, "EJMX_CLIENT_SECRET": credentials.Secret}[name]
	}
	return &inside, &exportOptions{
		settings: settings{season: e.path(o.out), api: url, quiet: o.quiet, json: o.json},
		postings: postingFlags{all: true}, pdfWorkers: runtime.NumCPU(),
	}
}
