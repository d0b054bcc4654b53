package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// serveOptions are the flags of ejmx serve.
type serveOptions struct {
	madeUp      seasonFlags
	listen      replay.Listen
	quirks      string
	faults      string
	faultSeed   uint64
	expiry      time.Duration
	credentials string
	allow       []string
	json        bool
	verbose     bool
}

// seasonFlags say how large a made-up season is.
type seasonFlags struct {
	season.Options
}

func (f *seasonFlags) add(c *cobra.Command) {
	c.Flags().IntVar(&f.Applications, "applications", usualDemo.Applications, "applications of the made-up season")
	c.Flags().IntVar(&f.Postings, "postings", usualDemo.Postings, "postings of the made-up season")
	c.Flags().Uint64Var(&f.Seed, "seed", 0, "another number makes up other people")
	c.Flags().Int64Var(&f.DocumentBytes, "document-bytes", 0, "make each made-up document about so large instead of readable, for measuring")
}

func newServe(e *env) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve [SEASON|ARCHIVE]",
		Short: "Serve a season, an archive or a made-up season as EJM's API",
		Long: `Serve answers as EJM's API does: from a season's folder, a mirror's folder, an archive that is not encrypted (proven and
unpacked into a temporary folder first), or, when none is named, from a made-up season.
Other clients of EJM run on it unchanged. Only this computer can reach it, unless --public and a certificate say otherwise.

Quirks, the forms in which EJM has been seen to answer (--quirks plain, all, or a list):
` + replay.QuirksUsage() + `
Faults (--fault): ` + replay.FaultsUsage(),
		Example: `  ejmx serve
  ejmx serve ~/ejmx --listen 127.0.0.1:8080
  ejmx serve season-20261124T090000Z.zip
  ejmx serve --quirks all --fault "503:10%,cut:5%" --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runServe(c.Context(), e, &o, args) },
	}
	o.madeUp.add(c)
	f := c.Flags()
	f.StringVar(&o.listen.Address, "listen", "127.0.0.1:0", "address and port; port 0 is a free one")
	f.BoolVar(&o.listen.Public, "public", false, "let other computers connect; needs a certificate")
	f.StringVar(&o.listen.CertFile, "tls-cert", "", "a certificate's PEM file")
	f.StringVar(&o.listen.KeyFile, "tls-key", "", "its key's PEM file")
	f.StringVar(&o.quirks, "quirks", "plain", "plain, all, or a list of the quirks named above")
	f.StringVar(&o.faults, "fault", "", "faults to strike, by the grammar above")
	f.Uint64Var(&o.faultSeed, "fault-seed", 1, "another number makes faults hit elsewhere")
	f.DurationVar(&o.expiry, "expiry", time.Hour, "how long a token is good")
	f.StringVar(&o.credentials, "credentials", "", "a JSON file with client_key and client_secret (default: made anew)")
	f.StringSliceVar(&o.allow, "allow", nil, "IP addresses or networks that may call (default: any)")
	f.BoolVar(&o.json, "json", false, "print one line of JSON when ready")
	f.BoolVar(&o.verbose, "verbose", false, "print each request")
	return c
}

func runServe(ctx context.Context, e *env, o *serveOptions, args []string) error {
	options, err := o.replay(e)
	if err != nil {
		return &usageError{err}
	}
	m, done, err := o.mirror(ctx, e, args)
	if err != nil {
		return err
	}
	return errors.Join(o.serve(ctx, e, m, options), done())
}

func (o *serveOptions) serve(ctx context.Context, e *env, m *mirror.Mirror, options replay.Options) error {
	server, err := replay.New(m, options)
	if err != nil {
		return err
	}
	listen := o.listen
	listen.Ready = func(url string) { err = o.tell(e, server, url) }
	return errors.Join(server.ListenAndServe(ctx, listen), err, server.Close())
}

// replay turns the flags into the server's options.
func (o *serveOptions) replay(e *env) (replay.Options, error) {
	options := replay.Options{TokenLife: o.expiry, Seed: o.faultSeed}
	var err error
	if options.Quirks, err = replay.ParseQuirks(o.quirks); err != nil {
		return options, fmt.Errorf("--quirks: %w", err)
	}
	if options.Faults, err = replay.ParseFaults(o.faults); err != nil {
		return options, fmt.Errorf("--fault: %w", err)
	}
	for _, text := range o.allow {
		prefix, err := networkOf(text)
		if err != nil {
			return options, fmt.Errorf("--allow: %w", err)
		}
		options.Allow = append(options.Allow, prefix)
	}
	if o.credentials != "" {
		if options.Credentials, err = replay.ReadCredentialsFile(o.credentials); err != nil {
			return options, fmt.Errorf("--credentials: %w", err)
		}
	}
	if o.verbose {
		options.Log = func(r replay.Request) { fmt.Fprintf(e.stderr, "ejmx: %s\n", visible(requestLine(r))) }
	}
	return options, nil
}

// requestLine is a request the server answered, in one line.
func requestLine(r replay.Request) string {
	line := fmt.Sprintf("%s %s from %s: HTTP %d, %d bytes in %s", r.Method, r.Path, r.Remote, r.Status, r.Bytes, r.Duration.Round(time.Millisecond))
	if r.Error != "" {
		line += ", " + r.Error
	}
	if r.Fault != "" {
		line += " (fault: " + r.Fault + ")"
	}
	return line
}

// networkOf reads an address or a network.
func networkOf(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Prefix(address.BitLen())
	}
	return netip.ParsePrefix(text)
}

// tell says where the server is and how to get in.
func (o *serveOptions) tell(e *env, server *replay.Server, url string) error {
	token, err := server.Token()
	if err != nil {
		return err
	}
	credentials := server.Credentials()
	if o.json {
		return printJSON(e.stdout, map[string]string{
			"url": url, "client_key": credentials.Key, "client_secret": credentials.Secret, "access_token": token,
		})
	}
	fmt.Fprintf(e.stdout, `Serving snapshot %s as EJM's API. Stop with Ctrl-C. To export from it, in another terminal:

  export EJMX_API=%s
  export EJMX_CLIENT_KEY=%s
  export EJMX_CLIENT_SECRET=%s
  ejmx export --all --season trial
`, server.Snapshot(), url, credentials.Key, credentials.Secret)
	return nil
}
