package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// serveOptions are the flags of ejmx serve.
type serveOptions struct {
	madeUp      seasonFlags
	listen      string
	quirks      []string
	fault       string
	faultSeed   uint64
	expiry      time.Duration
	credentials string
	allow       []string
	certificate string
	key         string
	json        bool
	verbose     bool
}

// seasonFlags say how large a made-up season is.
type seasonFlags struct {
	applications, postings int
	seed                   uint64
}

func (f *seasonFlags) add(c *cobra.Command) {
	c.Flags().IntVar(&f.applications, "applications", 24, "applications of the made-up season")
	c.Flags().IntVar(&f.postings, "postings", 2, "postings of the made-up season")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "another number makes other people")
}

func newServe(e *env) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve [SEASON]",
		Short: "Serve a season, or a made-up one, as EJM's API",
		Long: `Serve answers as EJM's API does, from a season's folder, a mirror's folder, or, with no folder, from a made-up season.
Other clients of EJM run on it unchanged.`,
		Example: `  ejmx serve
  ejmx serve ~/ejmx --listen 127.0.0.1:8080
  ejmx serve --quirks all --fault "503:10%,cut:5%" --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runServe(c.Context(), e, &o, args) },
	}
	f := c.Flags()
	o.madeUp.add(c)
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "address and port; port 0 is a free one")
	f.StringSliceVar(&o.quirks, "quirks", []string{"plain"}, replay.QuirkUsage())
	f.StringVar(&o.fault, "fault", "", replay.FaultUsage())
	f.Uint64Var(&o.faultSeed, "fault-seed", 1, "another number makes faults hit elsewhere")
	f.DurationVar(&o.expiry, "expiry", time.Hour, "how long a token is good")
	f.StringVar(&o.credentials, "credentials", "", "a JSON file with client_key, client_secret and access_token (default: made anew)")
	f.StringSliceVar(&o.allow, "allow", nil, "IP addresses or networks that may call (default: any)")
	f.StringVar(&o.certificate, "tls-cert", "", "a certificate's PEM file; needed beyond loopback")
	f.StringVar(&o.key, "tls-key", "", "its key's PEM file")
	f.BoolVar(&o.json, "json", false, "print one line of JSON when ready")
	f.BoolVar(&o.verbose, "verbose", false, "print each request")
	return c
}
