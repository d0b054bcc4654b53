package ejm

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// leastPart is how many bytes of a secret are too many to be shown. Messages are cut, so a part may be all that is left of one.
const leastPart = 8

// redacted takes out of an error what a server's words, a debug page's or a broken header's, may repeat of the key, the secret
// or the token. The error is copied: it may be one that ended several requests at once.
func (c *Client) redacted(err error, token string) error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		own := *e
		own.Description = c.withoutSecrets(own.Description, token)
		own.Code = Code(c.withoutSecrets(string(own.Code), token))
		if own.Err != nil {
			own.Err = c.reworded(own.Err, own.Err.Error(), token)
		}
		return &own
	}
	return c.reworded(err, withoutAddress(err), token)
}

// reworded is an error of the same kind with another text, if its own shows a secret.
func (c *Client) reworded(err error, text, token string) error {
	clean := c.withoutSecrets(text, token)
	if clean == text {
		return err
	}
	if kind := kindOf(err); kind != nil {
		return &rewordedError{clean, kind}
	}
	return &rewordedError{ErrUnreachable.Error() + ": " + printable(clean), ErrUnreachable}
}

// rewordedError is an error of a kind, in words of its own. What it stands for is not in it.
type rewordedError struct {
	text string
	kind error
}

func (e *rewordedError) Error() string { return e.text }
func (e *rewordedError) Unwrap() error { return e.kind }

// kindOf is which of this package's errors an error of the network or of an answer is; nil for none.
func kindOf(err error) error {
	for _, kind := range []error{ErrBadContent, ErrTooLarge, ErrNotAPI, ErrUnreachable} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return nil
}

// withoutSecrets is a text without what it shows of the client's secrets in any form in which they are sent.
func (c *Client) withoutSecrets(text, token string) string {
	for _, secret := range []string{
		c.config.Secret, url.QueryEscape(c.config.Secret), c.basicCredentials(), c.config.Token, token,
	} {
		text = without(text, secret)
	}
	if c.config.Key != "" {
		text = strings.ReplaceAll(text, c.config.Key, "…")
	}
	return text
}

// basicCredentials are key and secret as HTTP Basic has them (RFC 7617, RFC 6749 2.3.1).
func (c *Client) basicCredentials() string {
	if c.config.Secret == "" {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(c.config.Key) + ":" + url.QueryEscape(c.config.Secret)))
}

// without is a text without a secret and without any longer part of it.
func without(text, secret string) string {
	switch {
	case secret == "":
		return text
	case len(secret) < leastPart:
		return strings.ReplaceAll(text, secret, "…")
	}
	var kept strings.Builder
	for len(text) > 0 {
		if n := partOf(text, secret); n > 0 {
			kept.WriteString("…")
			text = text[n:]
			continue
		}
		kept.WriteByte(text[0])
		text = text[1:]
	}
	return strings.ToValidUTF8(kept.String(), "…")
}

// partOf is how many bytes at the beginning of a text are a part of a secret, 0 where they are too few to matter.
func partOf(text, secret string) int {
	if len(text) < leastPart || !strings.Contains(secret, text[:leastPart]) {
		return 0
	}
	n := leastPart
	for n < len(text) && strings.Contains(secret, text[:n+1]) {
		n++
	}
	return n
}
