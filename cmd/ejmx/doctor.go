package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
)

// doctorOptions are the flags of ejmx doctor.
type doctorOptions struct {
	settings
}

func newDoctor(e *env) *cobra.Command {
	var o doctorOptions
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check everything that an export needs, and say what to do about what is wrong",
		Long: `Doctor tries the way to EJM step by step (address, encryption, clock, key or token, IP address), then this computer (the
season's folder, the disk, the keychain, the programs that packets need). Each check is a line; what is wrong comes with what
to do about it. It changes nothing, and nothing in it is secret: it can be mailed to whoever looks after the computer.

The exit code is 0 when nothing is wrong, 4 when EJM refuses, 5 when EJM cannot be reached, else 1.`,
		Example: `  ejmx doctor
  ejmx doctor --season ~/search-2026 > doctor.txt
  ejmx doctor --offline --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runDoctor(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	c.Flags().StringVar(&o.api, "api", "", "the API's address (default "+defaultAPI+")")
	c.Flags().BoolVar(&o.offline, "offline", false, "leave EJM alone, check only this computer")
	return c
}

// verdict is how a check ended.
type verdict string

// The verdicts.
const (
	good    verdict = "ok"
	bad     verdict = "failed"
	notable verdict = "note"    // nothing is wrong, and somebody may want to know
	skipped verdict = "skipped" // another check must succeed first
)

// check is one line of doctor.
type check struct {
	Name    string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Says    string  `json:"says"`
	Do      string  `json:"do,omitempty"` // what to do about it
}

// checkup is a run of doctor.
type checkup struct {
	env      *env
	settings *settings
	checks   []check
	worst    error // what decides the exit code
}

func (c *checkup) add(name string, v verdict, says string, do string) {
	c.checks = append(c.checks, check{name, v, says, do})
}

// fail adds a check that failed with an error.
func (c *checkup) fail(name string, err error, do string) {
	c.add(name, bad, plainly(err), cmp.Or(do, hintOf(err)))
	if c.worst == nil || exitCode(c.worst) == exitUnexpected {
		c.worst = err
	}
}

// toldError is an error that was said already.
type toldError struct{ err error }

func (e *toldError) Error() string { return e.err.Error() }
func (e *toldError) Unwrap() error { return e.err }

func runDoctor(ctx context.Context, e *env, o *doctorOptions) error {
	c := &checkup{env: e, settings: &o.settings}
	if err := c.all(ctx); err != nil {
		return err
	}
	if err := c.tell(o); err != nil {
		return err
	}
	if c.worst != nil {
		return &toldError{c.worst}
	}
	return nil
}

// all makes every check; without EJM where the settings say offline. Its error is the context's.
func (c *checkup) all(ctx context.Context) error {
	c.checkSettings()
	if !c.settings.offline {
		c.checkAPI(ctx)
	}
	c.checkKeychain()
	c.checkSeason()
	c.checkDisk()
	c.checkWorker(ctx)
	c.checkOffice()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (c *checkup) tell(o *doctorOptions) error {
	failed := 0
	for _, line := range c.checks {
		if line.Verdict == bad {
			failed++
		}
	}
	if o.json {
		return printJSON(c.env.stdout, map[string]any{"version": version, "system": systemName(), "checks": c.checks, "failed": failed})
	}
	if o.quiet && failed == 0 {
		return nil
	}
	fmt.Fprintf(c.env.stdout, "%s on %s\n\n", toolName(), systemName())
	for _, line := range c.checks {
		line.print(c.env.stdout, c.env.colours())
	}
	if failed == 0 {
		_, err := fmt.Fprintf(c.env.stdout, "\nNothing is wrong.\n")
		return err
	}
	_, err := fmt.Fprintf(c.env.stdout, "\n%s failed of %d.\n", plural(failed, "check"), len(c.checks))
	return err
}

// print shows a check as a line, and below it what to do. The verdict is a word; colour only helps.
func (l check) print(w io.Writer, colours palette) {
	word, paint := string(l.Verdict), colours.plain
	switch l.Verdict {
	case good:
		paint = colours.green
	case bad:
		word, paint = "FAILED", colours.red
	case notable, skipped:
		paint = colours.yellow
	}
	const indent = 22
	fmt.Fprintf(w, "%s %-13s %s\n", paint(fmt.Sprintf("%-7s", word)), l.Name, wrap(l.Says, indent))
	if l.Do != "" {
		fmt.Fprintf(w, "%*s→ %s\n", indent, "", wrap(l.Do, indent+2))
	}
}

// wrap breaks a text into lines of at most 100 characters, of which those after the first begin with an indent.
func wrap(text string, indent int) string {
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(visible(text)) {
		width := utf8.RuneCountInString(word)
		switch {
		case i > 0 && column+1+width > 100:
			fmt.Fprintf(&b, "\n%*s", indent, "")
			column = indent
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
	return b.String()
}

// checkSettings finds the season's folder and reads its settings.
func (c *checkup) checkSettings() {
	s := c.settings
	err := s.resolve(c.env)
	if err != nil {
		todo := ""
		if isUsage(err) {
			todo = "mend that line"
		}
		c.fail("settings", err, todo)
		s.api = firstOf(s.api, c.env.getenv("EJMX_API"), defaultAPI)
		s.workers = defaultWorkers
		return
	}
	c.add("settings", good, "the season's folder is "+s.season, "")
}

// checkAPI tries the way to EJM step by step.
func (c *checkup) checkAPI(ctx context.Context) {
	reached, err := ejm.Reach(ctx, ejm.Config{BaseURL: c.settings.api, UserAgent: userAgent(), Observe: c.env.logRequest})
	connected := c.checkAddress(reached, err)
	c.checkEncryption(reached, err, connected)
	c.checkClock(reached)
	credentials, found := c.checkCredentials()
	switch {
	case !connected || !reached.HasClock:
		c.add("access", skipped, "EJM has to be reached first", "")
	case !found:
		c.add("access", skipped, "there is nothing to try", "")
	default:
		c.checkAccess(ctx, credentials)
	}
}

// checkAddress tells whether anything answers at the API's address, and whether it is the API.
func (c *checkup) checkAddress(r ejm.Reached, err error) (connected bool) {
	where := cmp.Or(r.Host, c.settings.api)
	if r.Proxy != "" {
		where += " through the proxy " + r.Proxy
	}
	switch {
	case r.Address == "":
		c.fail("address", fmt.Errorf("%s: %w", where, err), "")
	case r.HasClock && errors.Is(err, ejm.ErrNotAPI):
		c.fail("address", fmt.Errorf("%s: %w", where, err), "")
	case r.HasClock && errors.Is(err, ejm.ErrUnavailable):
		c.fail("address", fmt.Errorf("%s: %w", where, err), "")
	default:
		c.add("address", good, fmt.Sprintf("%s answers at %s", where, r.Address), "")
	}
	return r.Address != ""
}

func (c *checkup) checkEncryption(r ejm.Reached, err error, connected bool) {
	switch {
	case !connected:
		c.add("encryption", skipped, "there is no connection", "")
	case r.TLS != "":
		c.add("encryption", good, fmt.Sprintf("%s, certificate good until %s", r.TLS, r.Expires.Format("2006-01-02")), "")
	case strings.HasPrefix(c.settings.api, "http://"):
		c.add("encryption", good, "none, on this computer's own address", "")
	case err != nil:
		c.fail("encryption", err, "something between here and EJM opens encrypted connections, a proxy or a virus scanner, or the clock is wrong; "+
			"ask IT to let "+r.Host+" through unopened")
	}
}

// mostAhead is how wrong a clock may be: certificates and the names of snapshots go by it.
const mostAhead = 300 // seconds

func (c *checkup) checkClock(r ejm.Reached) {
	if !r.HasClock {
		c.add("clock", skipped, "the server did not tell its own", "")
		return
	}
	seconds, word := int(r.Ahead.Seconds()), "ahead of"
	if seconds < 0 {
		seconds, word = -seconds, "behind"
	}
	switch {
	case seconds <= 1:
		c.add("clock", good, "it agrees with EJM's", "")
	case seconds <= mostAhead:
		c.add("clock", good, fmt.Sprintf("%d s %s EJM's", seconds, word), "")
	default:
		c.fail("clock", fmt.Errorf("it is %s %s EJM's", r.Ahead.Abs(), word), "have the computer set its clock by itself")
	}
}

// checkCredentials finds what lets ejmx in, and says where it is from.
func (c *checkup) checkCredentials() (credentials, bool) {
	found, err := c.env.credentials(c.settings)
	switch {
	case err != nil:
		c.fail("credentials", err, "")
	case !found.present():
		c.fail("credentials", &notSetUpError{ejm.ErrNoCredentials}, "")
	default:
		c.add("credentials", good, fmt.Sprintf("%s, from %s", found.what(), found.from), "")
		return found, true
	}
	return credentials{}, false
}

// checkAccess has EJM say whether it lets us in, and tells the address from the key.
func (c *checkup) checkAccess(ctx context.Context, credentials credentials) {
	err := tryAccess(ctx, c.env, c.settings, credentials)
	name := "key"
	if credentials.Token != "" {
		name = "token"
	}
	switch {
	case err == nil:
		c.add(name, good, "EJM accepts it", "")
		c.add("IP address", good, "EJM accepts requests from this computer", "")
	case isAddressRefused(err):
		c.add(name, skipped, "EJM looks at the address first", "")
		c.fail("IP address", err, "")
	case errors.Is(err, ejm.ErrRefused):
		c.fail(name, err, "")
		c.add("IP address", skipped, "EJM has to accept the "+name+" first", "")
	default:
		c.fail("access", err, "")
	}
	if ends := ejm.TokenEnds(credentials.Token); credentials.Token != "" && !ends.IsZero() {
		c.add("token's end", notable, "the token ends at "+ends.Format("15:04 UTC on 2 January 2006"),
			"for more than an hour, create a client key and secret and run ejmx setup")
	}
}
