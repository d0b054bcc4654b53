package ejm

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
)

// What can go wrong, for errors.Is. Every error of a [Client] is an [Error] around one of these, or the context's.
var (
	// ErrNoCredentials: there is neither a token nor a key and secret.
	ErrNoCredentials = errors.New("no client key and secret, and no access token")
	// ErrRefused: EJM refuses the key, the secret, the token or this computer's address; Error.Refused says which.
	ErrRefused = errors.New("access refused")
	// ErrUnreachable: no connection, or one that broke or fell silent.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrUnavailable: EJM says that it cannot answer now: status 429 or 5xx, a database connection error.
	ErrUnavailable = errors.New("not available now")
	// ErrNotAPI: what answers is not EJM's API: a web page, another status, a redirect to another host.
	ErrNotAPI = errors.New("not EJM's API")
	// ErrNoResults: the thing asked for is not there, or not there any more.
	ErrNoResults = errors.New("not on EJM (any more)")
	// ErrInvalidRequest: EJM does not take the request as it is; trying again cannot help.
	ErrInvalidRequest = errors.New("not a request that EJM takes")
	// ErrTooLarge: the answer is larger than the client's limit.
	ErrTooLarge = errors.New("larger than allowed")
	// ErrBadContent: the answer arrived damaged: cut, garbled, broken base64, fewer bytes than announced.
	ErrBadContent = errors.New("damaged on the way")
)

// Code is the value of "error" in EJM's own errors.
type Code string

// EJM's error codes.
const (
	CodeInvalidRequest Code = "invalid request"
	CodeNoResults      Code = "no results returned"
	CodeDatabase       Code = "database connection error"
	CodeUnauthorized   Code = "unauthorized request"
	CodeUnknown        Code = "unknown error"
)

// Refused is what EJM does not accept.
type Refused string

// What may be refused.
const (
	RefusedAddress     Refused = "address"     // this computer's IP address is not on the organisation's list
	RefusedKey         Refused = "key"         // the client key
	RefusedSecret      Refused = "secret"      // the client secret
	RefusedCredentials Refused = "credentials" // the key or the secret, EJM does not say which
	RefusedToken       Refused = "token"       // the access token
	RefusedRequest     Refused = "request"     // the token is good, what was asked for is not for this organisation
)

// Error is an operation on the API that failed.
type Error struct {
	Op          string        // what was tried, for people: "letter 90213"
	Status      int           // of the HTTP answer; 0 where there was none
	Code        Code          // EJM's error, "" where it sent none
	Description string        // EJM's own words, capped, without secrets and control characters
	Refused     Refused       // what was refused, with ErrRefused
	Address     string        // this computer's address as EJM saw it, where it said so
	RetryAfter  time.Duration // how long EJM asks to wait; 0 where it does not say
	Tries       int           // how often it was tried, set by [Client.Retry]
	Err         error         // wraps one of this package's Err… values

	final bool // trying again cannot help, although its kind usually can
}

// Error is the operation and the reason.
func (e *Error) Error() string {
	if e.Op == "" {
		return e.Reason()
	}
	return e.Op + ": " + e.Reason()
}

// Reason says in one sentence for people what was wrong, without the operation: "HTTP 503 after 5 tries".
func (e *Error) Reason() string {
	reason := e.cause()
	if e.Tries > 1 {
		reason += fmt.Sprintf(" after %d tries", e.Tries)
	}
	return reason
}

func (e *Error) cause() string {
	said := ""
	if e.Description != "" {
		said = fmt.Sprintf(" (EJM says: %s)", e.Description)
	}
	switch {
	case errors.Is(e.Err, ErrRefused):
		return e.refusal() + said
	case errors.Is(e.Err, ErrNoResults):
		return ErrNoResults.Error()
	case e.Code != "":
		return "EJM answers “" + printable(string(e.Code)) + "”" + said
	case e.Err == nil:
		return fmt.Sprintf("HTTP %d", e.Status)
	case errors.Is(e.Err, ErrUnavailable):
		return fmt.Sprintf("HTTP %d", e.Status) + said
	}
	return e.Err.Error() + said
}

func (e *Error) refusal() string {
	switch e.Refused {
	case RefusedAddress:
		if e.Address != "" {
			return "EJM does not accept requests from this computer's address " + e.Address
		}
		return "EJM does not accept requests from this computer's address"
	case RefusedKey:
		return "EJM does not know this client key"
	case RefusedSecret:
		return "EJM does not accept this client secret"
	case RefusedCredentials:
		return "EJM does not accept this client key and secret"
	case RefusedToken:
		return "EJM does not accept this access token, or it has expired"
	}
	return "EJM refuses the request"
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether trying again may help.
func (e *Error) Temporary() bool {
	if e.final {
		return false
	}
	for _, kind := range []error{ErrUnreachable, ErrUnavailable, ErrNotAPI, ErrBadContent} {
		if errors.Is(e.Err, kind) {
			return true
		}
	}
	return false
}

// Hint says what to do about it, for people; "" where there is nothing to say.
func (e *Error) Hint() string {
	switch {
	case errors.Is(e.Err, ErrNoCredentials):
		return "create a client key and secret on EJM's API set-up page, or copy the access token that it shows"
	case errors.Is(e.Err, ErrRefused):
		return e.refusalHint()
	case errors.Is(e.Err, ErrUnreachable):
		return "check the network, the address of the API and any proxy (HTTPS_PROXY); running it again goes on from here"
	case errors.Is(e.Err, ErrUnavailable):
		return "EJM has trouble at the moment; run it again later, it goes on from here"
	case errors.Is(e.Err, ErrNotAPI):
		return "check the address of the API, and whether a sign-in page of the network stands in between"
	case errors.Is(e.Err, ErrBadContent):
		return "run it again; if it stays so, tell EJM's support"
	case errors.Is(e.Err, ErrTooLarge):
		return "nothing that EJM is known to hold is so large; if it is right, raise the limit (--max-list, --max-document)"
	}
	return ""
}

func (e *Error) refusalHint() string {
	switch e.Refused {
	case RefusedAddress:
		if e.Address != "" {
			return "add " + e.Address + " to the IP addresses on EJM's API set-up page"
		}
		return "add this computer's public address to the IP addresses on EJM's API set-up page"
	case RefusedToken:
		return "copy a fresh access token from EJM's API set-up page, or use the client key and secret, which renew it by themselves"
	case RefusedRequest:
		return "ask EJM whether the organisation's API access covers this"
	}
	return "copy the client key and secret again from EJM's API set-up page"
}

// refuse sets what was refused, going by EJM's words.
func (e *Error) refuse(otherwise Refused) {
	e.Err = ErrRefused
	e.Refused = otherwise
	words := strings.ToLower(e.Description)
	e.Address = addressIn(e.Description)
	switch {
	case e.Address != "" || hasWord(words, "ip"):
		e.Refused = RefusedAddress
	case strings.Contains(words, "token"):
		e.Refused = RefusedToken
	case otherwise != RefusedCredentials:
	case strings.Contains(words, "secret") && !namesKey(words):
		e.Refused = RefusedSecret
	case namesKey(words) && !strings.Contains(words, "secret"):
		e.Refused = RefusedKey
	}
}

func namesKey(words string) bool {
	return hasWord(words, "key") || strings.Contains(words, "client_id") || strings.Contains(words, "client id")
}

func hasWord(words, word string) bool {
	return slices.Contains(strings.FieldsFunc(words, func(r rune) bool { return r < 'a' || r > 'z' }), word)
}

// addressIn finds an IP address in EJM's words.
func addressIn(text string) string {
	for word := range strings.FieldsSeq(text) {
		if a, err := netip.ParseAddr(strings.Trim(word, `.,;:()[]"'`)); err == nil {
			return a.String()
		}
	}
	return ""
}

// printable is text without control and formatting characters, at most 300 characters of it.
func printable(text string) string {
	const most = 300
	var b strings.Builder
	n := 0
	for _, r := range strings.TrimSpace(text) {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		b.WriteRune(visible(r))
	}
	return b.String()
}

// visible replaces a character that would move a terminal's cursor or turn a line around.
func visible(r rune) rune {
	if unicode.IsGraphic(r) {
		return r
	}
	return ' '
}
