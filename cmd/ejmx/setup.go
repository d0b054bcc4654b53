package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
)

// setupOptions are the flags of ejmx setup.
type setupOptions struct {
	settings
	nonInteractive bool
	forget         bool
	store          storage
}

// storage is where setup is to keep what lets ejmx in.
type storage string

// The places to choose from.
const (
	storeAnywhere   storage = "auto" // the keychain, else the file
	storeInKeychain storage = "keychain"
	storeInFile     storage = "file"
	storeNowhere    storage = "none" // it comes from elsewhere with every run
)

// String, Set and Type make a storage a flag.
func (s *storage) String() string { return string(*s) }

// Type is what help calls the value.
func (s *storage) Type() string { return "PLACE" }

// Set takes the word for a place.
func (s *storage) Set(word string) error {
	switch place := storage(word); place {
	case storeAnywhere, storeInKeychain, storeInFile, storeNowhere:
		*s = place
		return nil
	}
	return fmt.Errorf("%q is none of auto, keychain, file and none", word)
}

// whereToGetKeys says where EJM hands out what setup asks for.
const whereToGetKeys = `EconJobMarket (EJM) lets ejmx in with a client key and a client secret, from computers whose IP address it knows.
Sign in at https://econjobmarket.org as a recruiter and open the API set-up page of your organisation. On it
  - create a client key and a client secret;
  - add the public IP address of this computer to the list of those that may call;
  - for a first try, the access token that it shows can be pasted here instead of a key: it is good for an hour.
`

func newSetup(e *env) *cobra.Command {
	o := setupOptions{store: storeAnywhere}
	c := &cobra.Command{
		Use:   "setup",
		Short: "Ask for EJM's client key and secret, try them, keep them safe",
		Long: whereToGetKeys + `
Setup asks for them, tries them at once, and says what is wrong where EJM refuses: the key, the secret, the token, or this
computer's address. It keeps them in the system's keychain (Keychain on a Mac, Credential Manager on Windows, the Secret
Service of a Linux desktop); where there is none, in a file that only you can read. The other settings go into ejmx.toml in
the season's folder, with comments. Run it again to change something: what you wrote into ejmx.toml stays.

Without a terminal, --non-interactive takes what EJMX_CLIENT_KEY and EJMX_CLIENT_SECRET, or EJMX_TOKEN, say. What a command
uses is looked for in this order: these variables, the folder that CREDENTIALS_DIRECTORY names (systemd's LoadCredential=,
with the names ` + systemdKey + `, ` + systemdSecret + ` and ` + systemdToken + `), the keychain, the file.`,
		Example: `  ejmx setup
  ejmx setup --season ~/search-2026
  EJMX_CLIENT_KEY=… EJMX_CLIENT_SECRET=… ejmx setup --non-interactive
  ejmx setup --forget`,
		RunE: func(c *cobra.Command, _ []string) error { return runSetup(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	f := c.Flags()
	f.StringVar(&o.api, "api", "", "the API's address (default "+defaultAPI+")")
	f.StringVar(&o.accountName, "account", "", "a name for this organisation, where one computer serves several")
	f.Var(&o.store, "store", "where to keep them: auto (the keychain, else a file), keychain, file or none")
	f.BoolVar(&o.nonInteractive, "non-interactive", false, "ask nothing; take the environment variables")
	f.BoolVar(&o.forget, "forget", false, "remove what is kept, and do nothing else")
	return c
}

// setupSummary is what --json prints.
type setupSummary struct {
	Season      string `json:"season"`
	API         string `json:"api"`
	Account     string `json:"account,omitempty"`
	Credentials string `json:"credentials"` // "a client key and secret", "an access token"
	Kept        source `json:"kept,omitempty"`
	File        string `json:"file,omitempty"` // where they are kept, if in a file
	Settings    string `json:"settings"`       // path of ejmx.toml
	Written     bool   `json:"written"`        // whether ejmx.toml was made or changed
	Accepted    bool   `json:"accepted"`       // by EJM, at once
}

func runSetup(ctx context.Context, e *env, o *setupOptions) error {
	given := o.settings // before environment and ejmx.toml fill in the rest
	if o.forget {
		return errors.Join(o.resolve(e), o.runForget(e))
	}
	c, err := o.obtain(ctx, e)
	if err != nil && !errors.Is(err, errKeepAnyway) {
		return err
	}
	summary := setupSummary{
		Season: o.season, API: o.api, Account: o.accountName, Credentials: c.what(), Accepted: err == nil,
		Settings: filepath.Join(o.season, settingsFile),
	}
	if o.store != storeNowhere && c.from != fromSystemd {
		if summary.Kept, err = e.keep(o.account(), c, o.store); err != nil {
			return err
		}
		if summary.Kept == fromFile {
			summary.File = e.keptFile()
		}
	}
	if summary.Written, err = writeSettings(o.season, o.toWrite(e, &given)); err != nil {
		return err
	}
	return o.tell(e, &summary, c)
}

// toWrite are the settings that flags and environment gave and that should hold from now on.
func (o *setupOptions) toWrite(e *env, given *settings) []setting {
	var set []setting
	if api := firstOf(given.api, e.getenv("EJMX_API")); api != "" {
		set = append(set, setting{"api", api})
	}
	if given.accountName != "" {
		set = append(set, setting{"account", given.accountName})
	}
	return set
}

// obtain gives credentials that EJM accepts, from the environment or by asking until they are, and settles the settings.
// errKeepAnyway comes with some that could not be tried and are to be kept all the same.
func (o *setupOptions) obtain(ctx context.Context, e *env) (credentials, error) {
	if !o.nonInteractive {
		return o.converse(ctx, e)
	}
	if err := o.resolve(e); err != nil {
		return credentials{}, err
	}
	c, err := e.credentials(&o.settings)
	if err != nil {
		return credentials{}, err
	}
	return c, tryAccess(ctx, e, &o.settings, c)
}

// tryAccess asks EJM for something small with credentials. A nil error says that key, secret, token and this computer's
// address are all accepted; any other is one of [ejm.Client].
func tryAccess(ctx context.Context, e *env, s *settings, c credentials) error {
	e.redact(c)
	client, err := e.clientWith(s, c, nil)
	if errors.Is(err, ejm.ErrNoCredentials) {
		return &notSetUpError{err}
	}
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Retry(ctx, "", func(ctx context.Context) error {
		for _, err := range client.Conferences(ctx) {
			if err != nil && !errors.Is(err, ejm.ErrNoResults) { // an organisation without conferences
				return nameless(err)
			}
			break
		}
		return nil
	})
}

// nameless is an error of the API without what was asked for, which nobody asked for.
func nameless(err error) error {
	var e *ejm.Error
	if !errors.As(err, &e) {
		return err
	}
	own := *e
	own.Op = ""
	return &own
}

// runForget removes what is kept.
func (o *setupOptions) runForget(e *env) error {
	found, err := e.forget(o.account())
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(e.stdout, map[string]any{"account": o.account(), "forgotten": found})
	}
	switch {
	case !found:
		fmt.Fprintf(e.stdout, "Nothing was kept for %s.\n", o.account())
	default:
		fmt.Fprintf(e.stdout, "The key and secret for %s are forgotten on this computer. To end them on EJM too, go to its API set-up page.\n", o.account())
	}
	return nil
}

func (o *setupOptions) tell(e *env, summary *setupSummary, c credentials) error {
	switch {
	case o.json:
		return printJSON(e.stdout, summary)
	case o.quiet:
		return nil
	}
	if summary.Accepted {
		fmt.Fprintf(e.stdout, "EJM lets ejmx in with %s.\n", summary.Credentials)
	}
	switch {
	case c.from == fromSystemd:
		fmt.Fprintf(e.stdout, "Taken from %s with every run, and kept nowhere else.\n", fromSystemd)
	case summary.Kept == fromKeychain:
		fmt.Fprintln(e.stdout, "Kept in the system's keychain, under ejmx.")
	case summary.Kept == fromFile:
		fmt.Fprintf(e.stdout, "Kept in %s, which only you can read: this session has no keychain.\n"+
			"Whoever can read that file can read your applications; keep it out of backups that others see.\n", summary.File)
	}
	if ends := ejm.TokenEnds(c.Token); c.Token != "" && !ends.IsZero() {
		fmt.Fprintf(e.stdout, "The token is good until %s. For longer, create a client key and secret and run ejmx setup again.\n",
			ends.Local().Format("15:04 on 2 January 2006"))
	}
	fmt.Fprintf(e.stdout, "The settings are in %s.\n\nNext:\n  %s\n", summary.Settings, o.next(e))
	return nil
}

// next is the command to go on with.
func (o *setupOptions) next(e *env) string {
	if nearestSeason(e.cwd, filepath.Join(e.home, "ejmx")) == filepath.Clean(o.season) || e.getenv("EJMX_SEASON") == o.season {
		return "ejmx export"
	}
	return fmt.Sprintf("ejmx export --season %q", o.season)
}
