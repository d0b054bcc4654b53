package ejm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	tokenPath = "/token/"
	// early renewal: a token is renewed this long before it expires, so that it does not expire on the way.
	renewBefore = 2 * time.Minute
	// EJM's own lifetime of a token, where it does not say.
	usualLifetime = time.Hour
)

// tokens hands out access tokens. It is golang.org/x/oauth2's token with a source of our own, because EJM departs from
// RFC 6749: errors come with status 200, key and secret by form or by Basic, and expires_in may be a string.
type tokens struct {
	client *Client
	pasted string

	turn    chan struct{} // holds the one turn to look at what follows and to renew it, so that a wait for it can be ended
	current *oauth2.Token
	basic   bool // the form was refused once and Basic was taken
}

func newTokens(c *Client) (*tokens, error) {
	t := &tokens{client: c, pasted: strings.TrimSpace(c.config.Token), turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	if t.pasted == "" && (c.config.Key == "" || c.config.Secret == "") {
		return nil, &Error{Err: ErrNoCredentials, final: true}
	}
	if strings.ContainsAny(t.pasted, " \t\r\n") {
		return nil, &Error{Err: ErrRefused, Refused: RefusedToken, final: true}
	}
	return t, nil
}

// renewable reports whether a refused token can be followed by another.
func (t *tokens) renewable() bool { return t.pasted == "" }

// token gives a good token. refused is one that EJM has just called expired, "" if none: if it is still the current one it
// is renewed, else another worker has done that already.
func (t *tokens) token(ctx context.Context, refused string) (string, error) {
	if t.pasted != "" {
		return t.pasted, nil
	}
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if t.current != nil && t.current.AccessToken != refused && time.Until(t.current.Expiry) > 0 {
		return t.current.AccessToken, nil
	}
	token, err := t.renew(ctx)
	if err != nil {
		return "", err
	}
	t.current = token
	return token.AccessToken, nil
}

// renew asks for a token with key and secret in the form, and with HTTP Basic where the form is refused.
func (t *tokens) renew(ctx context.Context) (*oauth2.Token, error) {
	token, err := t.ask(ctx, t.basic)
	var e *Error
	if err == nil || t.basic || !errors.As(err, &e) || !errors.Is(err, ErrRefused) || e.Refused == RefusedAddress {
		return token, err
	}
	if other, basicErr := t.ask(ctx, true); basicErr == nil {
		t.basic = true
		return other, nil
	}
	return nil, err
}

func (t *tokens) ask(ctx context.Context, basic bool) (token *oauth2.Token, err error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if !basic {
		form.Set("client_id", t.client.config.Key)
		form.Set("client_secret", t.client.config.Secret)
	}
	authorization := ""
	if basic {
		authorization = t.client.basicCredentials()
	}
	asked := time.Now()
	err = t.client.attemptToken(ctx, authorization, form, func(s *scanner) error {
		raw, err := s.value(nil, maxRecord)
		if err != nil {
			return err
		}
		token, err = readToken(raw, asked)
		return err
	})
	return token, tokenError(err)
}

// attemptToken makes the token request, with Basic authorization if given.
func (c *Client) attemptToken(ctx context.Context, basic string, form url.Values, read func(*scanner) error) error {
	if basic == "" {
		return c.attempt(ctx, http.MethodPost, tokenPath, "", form, maxRecord, read)
	}
	withBasic := *c
	withBasic.http = &http.Client{Transport: basicTransport{basic, c.http.Transport}, CheckRedirect: c.checkRedirect}
	return withBasic.attempt(ctx, http.MethodPost, tokenPath, "", form, maxRecord, read)
}

// basicTransport adds HTTP Basic credentials.
type basicTransport struct {
	credentials string
	next        http.RoundTripper
}

func (b basicTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Basic "+b.credentials)
	return b.next.RoundTrip(request)
}

// tokenError makes of a refused request what it means here: the key or the secret is wrong.
func tokenError(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	own := *e
	if errors.Is(own.Err, ErrRefused) && own.Refused != RefusedAddress || own.Code == CodeInvalidRequest || own.Status == http.StatusBadRequest {
		own.refuse(RefusedCredentials)
	}
	if !errors.Is(own.Err, ErrRefused) && !own.Temporary() {
		own.Err = ErrNotAPI // whatever it is, it hands out no tokens
	}
	return &own
}

// readToken reads the answer of /token/. Its lifetime counts from the moment it was asked for, by our clock alone, so that
// a clock that is hours off does no harm.
func readToken(raw []byte, asked time.Time) (*oauth2.Token, error) {
	if !json.Valid(raw) || raw[0] != '{' {
		return nil, &Error{Err: ErrNotAPI}
	}
	if err := replyError(raw); err != nil {
		return nil, err
	}
	var access, kind string
	var expires int64
	err := members(raw, func(key, value []byte) {
		switch string(key) {
		case "access_token":
			assign(value, &access)
		case "token_type":
			assign(value, &kind)
		case "expires_in":
			assign(value, &expires)
		}
	})
	if err != nil || access == "" || strings.ContainsAny(access, " \t\r\n") {
		return nil, &Error{Err: ErrNotAPI}
	}
	lifetime := usualLifetime
	if expires > 0 {
		lifetime = time.Duration(min(expires, 7*24*3600)) * time.Second
	}
	before := min(renewBefore, lifetime/10)
	return &oauth2.Token{AccessToken: access, TokenType: kind, Expiry: asked.Add(lifetime - before)}, nil
}
