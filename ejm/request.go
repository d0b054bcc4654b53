package ejm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// get asks for a path and has read take the reply. A token that EJM calls missing or expired is renewed once and the
// request made once more; that answer comes before anything was read.
func (c *Client) get(ctx context.Context, op, path string, limit int64, read func(*scanner) error) error {
	token := ""
	for attempt := 0; ; attempt++ {
		var err error
		if path != adsPath {
			if token, err = c.tokens.token(ctx, token); err != nil {
				return asError(ctx, op, err)
			}
		}
		err = c.attempt(ctx, http.MethodGet, path, token, nil, limit, read)
		if err == nil || errors.Is(err, errStopped) {
			return nil
		}
		if attempt > 0 || !c.tokens.renewable() || !tokenRefused(err) {
			return asError(ctx, op, err)
		}
	}
}

func tokenRefused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Refused == RefusedToken
}

// asError makes any error of a request an [Error] that says what was tried. An ended context stays what it is.
func asError(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		own := *e
		if own.Op == "" {
			own.Op = op
		}
		return &own
	}
	if kindOf(err) != nil {
		return &Error{Op: op, Err: err}
	}
	return &Error{Op: op, Err: fmt.Errorf("%w: %s", ErrUnreachable, networkWords(err))}
}

// withoutAddress is a network error's text without the request's address, which may hold more than people need.
func withoutAddress(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

// attempt makes one request and has read take its reply.
func (c *Client) attempt(ctx context.Context, method, path, token string, form url.Values, limit int64, read func(*scanner) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.config.StallTimeout, func() {
		cancel(fmt.Errorf("%w: nothing, or next to nothing, came for %s", ErrUnreachable, c.config.StallTimeout))
	})
	defer watch.Stop()
	began := time.Now()
	seen := Request{Method: method, Path: path}
	body := &replyBody{
		ctx: ctx, limit: limit, watch: watch, timeout: c.config.StallTimeout, patience: c.config.StallTimeout,
		clean: func(text string) string { return c.withoutSecrets(text, token) },
	}
	defer func() {
		if err != nil && !errors.Is(err, errStopped) && stalled(ctx) { // the receiver may have stopped because of the stall
			err = context.Cause(ctx)
		}
		err = c.redacted(err, token)
		if c.config.Observe != nil {
			seen.Bytes, seen.Duration = body.size, time.Since(began)
			if err != nil && !errors.Is(err, errStopped) {
				seen.Err = asError(context.Background(), "", err).Error()
			}
			c.config.Observe(seen)
		}
	}()
	request, err := c.newRequest(ctx, method, path, token, form)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	seen.Status = response.StatusCode
	body.r = response.Body
	if err := checkStatus(response, body); err != nil {
		return err
	}
	s := newScanner(body)
	if err := looksLikeJSON(s, response); err != nil {
		return err
	}
	c.answered.Store(true)
	return read(s)
}

// stalled reports whether the watch has ended the request.
func stalled(ctx context.Context) bool { return errors.Is(context.Cause(ctx), ErrUnreachable) }

func (c *Client) newRequest(ctx context.Context, method, path, token string, form url.Values) (*http.Request, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", c.config.UserAgent)
	request.Header.Set("Accept", "application/json")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// checkStatus makes an error of any status but 200.
func checkStatus(response *http.Response, body io.Reader) error {
	status := response.StatusCode
	if status == http.StatusOK {
		return nil
	}
	e := &Error{Status: status, RetryAfter: retryAfter(response)}
	start, err := io.ReadAll(io.LimitReader(body, maxKey))
	if err == nil && json.Valid(start) && len(start) > 0 && start[0] == '{' {
		if said := (*Error)(nil); errors.As(replyError(start), &said) {
			e.Code, e.Description, e.Refused, e.Address, e.Err = said.Code, said.Description, said.Refused, said.Address, said.Err
		}
	}
	switch {
	case status == http.StatusTooManyRequests, status >= 500:
		e.Err, e.Refused = ErrUnavailable, ""
	case status == http.StatusUnauthorized:
		if e.Refused == "" {
			e.refuse(RefusedToken)
		}
	case status == http.StatusForbidden:
		if e.Refused == "" {
			e.refuse(RefusedAddress)
		}
	case e.Err == nil:
		e.Err, e.final = fmt.Errorf("%w: HTTP %d", ErrNotAPI, status), true
	}
	return e
}

// retryAfter reads the header in either of its forms, seconds or a date (RFC 9110 10.2.3), the latter by the server's own
// clock.
func retryAfter(response *http.Response) time.Duration {
	text := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*3600)) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}

// byteOrderMark is what some editors put before the text of a PHP file, and so before what it answers.
var byteOrderMark = []byte("\xEF\xBB\xBF")

// looksLikeJSON tells a web page from an answer of the API.
func looksLikeJSON(s *scanner, response *http.Response) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if bytes.HasPrefix(s.buf[s.r:s.w], byteOrderMark) {
		s.r += len(byteOrderMark)
		if c, err = s.peek(); err != nil {
			return err
		}
	}
	if strings.IndexByte(`{["ntf-0123456789`, c) >= 0 {
		return nil
	}
	what := "something that is not JSON"
	if c == '<' {
		what = "a web page"
	}
	return &Error{Status: response.StatusCode, Err: fmt.Errorf("%w: it answers with %s", ErrNotAPI, what)}
}

// replyBody is a reply's bytes, bounded. The watch runs while it waits for the server, not while the receiver is busy.
type replyBody struct {
	r       io.Reader
	ctx     context.Context
	limit   int64
	size    int64
	watch   *time.Timer
	timeout time.Duration
	clean   func(string) string // takes secrets out of what the server may have put into an error, in a trailer for one

	patience time.Duration // left to wait until leastBytes have come
	lately   int           // bytes that came since it was full
}

// leastBytes is what a server must send in each StallTimeout that it is waited for. One that sends a byte now and then does
// not answer, it holds us up.
const leastBytes = 4 << 10

func (b *replyBody) Read(p []byte) (int, error) {
	began := time.Now()
	b.watch.Reset(b.patience)
	n, err := b.r.Read(p)
	b.watch.Stop()
	b.patience -= time.Since(began)
	if b.lately += n; b.lately >= leastBytes {
		b.patience, b.lately = b.timeout, 0
	}
	b.size += int64(n)
	switch {
	case err != nil && stalled(b.ctx):
		return n, context.Cause(b.ctx)
	case b.size > b.limit:
		return n, fmt.Errorf("%w: an answer of over %d bytes", ErrTooLarge, b.limit)
	case err != nil && err != io.EOF:
		return n, fmt.Errorf("%w: the connection broke: %s", ErrBadContent, printable(b.clean(withoutAddress(err))))
	}
	return n, err
}
