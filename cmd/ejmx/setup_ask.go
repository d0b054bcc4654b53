package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// errKeepAnyway says that credentials were not accepted yet, and are to be kept all the same.
var errKeepAnyway = errors.New("to be kept untried")

// converse asks for the season's folder and for credentials, where there is somebody to ask.
func (o *setupOptions) converse(ctx context.Context, e *env) (c credentials, err error) {
	if !e.canAsk() {
		return credentials{}, &usageError{errors.New("there is no terminal to ask on: set EJMX_CLIENT_KEY and EJMX_CLIENT_SECRET, or EJMX_TOKEN, " +
			"and run ejmx setup --non-interactive")}
	}
	t, err := e.startTalk()
	if err != nil {
		return credentials{}, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	t.say("%s", whereToGetKeys)
	if err := o.askSeason(ctx, e, t); err != nil {
		return credentials{}, err
	}
	if err := o.resolve(e); err != nil {
		return credentials{}, err
	}
	return o.askUntilAccepted(ctx, e, t)
}

// askSeason asks for the season's folder, unless a flag or the environment names it.
func (o *setupOptions) askSeason(ctx context.Context, e *env, t *talk) error {
	if o.season != "" || e.getenv("EJMX_SEASON") != "" {
		return nil
	}
	answer, err := t.ask(ctx, "Folder for this season's applications", nearestSeason(e.cwd, filepath.Join(e.home, "ejmx")))
	if err != nil {
		return err
	}
	if rest, isHome := strings.CutPrefix(filepath.ToSlash(answer), "~/"); isHome {
		answer = filepath.Join(e.home, filepath.FromSlash(rest))
	}
	o.season = e.path(answer)
	return nil
}

// askUntilAccepted asks for credentials until EJM takes them, or the person gives up.
func (o *setupOptions) askUntilAccepted(ctx context.Context, e *env, t *talk) (credentials, error) {
	c, err := o.startWith(ctx, e, t)
	if err != nil {
		return credentials{}, err
	}
	for {
		if !c.present() {
			if c, err = askCredentials(ctx, t); err != nil {
				return credentials{}, err
			}
		}
		t.say("Trying it at %s…", o.api)
		refused := tryAccess(ctx, e, &o.settings, c)
		if refused == nil || ctx.Err() != nil {
			return c, refused
		}
		explain(t.out, refused, o.verbose)
		retyping := errors.Is(refused, ejm.ErrRefused) && !isAddressRefused(refused)
		keep, err := t.askHowOn(ctx, retyping)
		switch {
		case err != nil:
			return credentials{}, err
		case keep:
			return c, errKeepAnyway
		case retyping:
			c = credentials{}
		}
	}
}

// startWith gives what is there already, if the person wants to go on with that.
func (o *setupOptions) startWith(ctx context.Context, e *env, t *talk) (credentials, error) {
	c, err := e.credentials(&o.settings)
	if err != nil || !c.present() {
		return credentials{}, err
	}
	keep, err := t.confirm(ctx, fmt.Sprintf("There is %s already, from %s. Go on with it?", c.what(), c.from), true)
	if err != nil || !keep {
		return credentials{}, err
	}
	return c, nil
}

// askCredentials asks for a key and its secret, or a token in the place of the key.
func askCredentials(ctx context.Context, t *talk) (credentials, error) {
	for {
		key, err := t.ask(ctx, "Client key (or the whole access token)", "")
		switch {
		case err != nil:
			return credentials{}, err
		case key == "":
			t.say("Nothing was typed. Ctrl-C ends setup; nothing is changed then.")
			continue
		case looksLikeToken(key):
			return credentials{Token: key, from: typedIn}, nil
		}
		secret, err := t.askSecret(ctx, "Client secret")
		switch {
		case err != nil:
			return credentials{}, err
		case secret == "":
			t.say("No secret was typed.")
			continue
		case looksLikeToken(secret):
			return credentials{Token: secret, from: typedIn}, nil
		}
		return credentials{Key: key, Secret: secret, from: typedIn}, nil
	}
}

// looksLikeToken reports whether a text is an access token: three parts in base64, of which the first says that it is JSON
// (RFC 7519).
func looksLikeToken(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}

// askHowOn asks what to do after EJM did not let ejmx in. Where the key or secret is wrong the person types again, else the
// same are tried again: an address was added to the list, a network came back.
func (t *talk) askHowOn(ctx context.Context, retyping bool) (keep bool, err error) {
	question := "Press Enter to try the same again, or type keep to keep it untried"
	if retyping {
		question = "Press Enter to type it again, or type keep to keep what was typed"
	}
	answer, err := t.ask(ctx, question+" (Ctrl-C ends)", "")
	return strings.EqualFold(answer, "keep"), err
}

// isAddressRefused reports whether it is this computer's address that EJM does not accept.
func isAddressRefused(err error) bool {
	var e *ejm.Error
	return errors.As(err, &e) && e.Refused == ejm.RefusedAddress
}
