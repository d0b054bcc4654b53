package ejm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// adsPath is the one address that is public and takes no token.
const adsPath = "/data/zz_public/json/Ads"

// Config says how to reach an API. The zero value of a limit is its default.
type Config struct {
	BaseURL   string // "https://backend.econjobmarket.org"; http only for a loopback address
	Key       string // client key
	Secret    string // client secret
	Token     string // an access token to use as it is, instead of key and secret
	UserAgent string

	Workers       int           // connections at most (8)
	ListLimit     int64         // bytes of a list's reply at most (1 GB)
	DocumentLimit int64         // bytes of a document at most (2 GB)
	StallTimeout  time.Duration // without a byte from the server (60 s)
	Tries         int           // of Retry (5)

	Transport http.RoundTripper // for tests; the default honours HTTPS_PROXY
	Observe   func(Request)     // called once a request; from many goroutines
}

func (c *Config) setDefaults() {
	if c.UserAgent == "" {
		c.UserAgent = "ejmx (+https://github.com/ejmx/ejmx)"
	}
	setDefault(&c.Workers, 8)
	setDefault(&c.ListLimit, 1<<30)
	setDefault(&c.DocumentLimit, 2<<30)
	setDefault(&c.StallTimeout, time.Minute)
	setDefault(&c.Tries, 5)
}

func setDefault[T int | int64 | time.Duration](to *T, value T) {
	if *to <= 0 {
		*to = value
	}
}

// Request is one HTTP request as it ended. It holds no token, key or query.
type Request struct {
	Method   string
	Path     string
	Status   int // 0 when no answer came
	Bytes    int64
	Duration time.Duration
	Err      string // why it failed, "" if it did not
}

// String is the request in one line.
func (r Request) String() string {
	line := fmt.Sprintf("%s %s: HTTP %d, %d bytes in %s", r.Method, r.Path, r.Status, r.Bytes, r.Duration.Round(time.Millisecond))
	if r.Err != "" {
		line += ": " + r.Err
	}
	return line
}

// Client talks to one API. Its methods may be called from many goroutines.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
	tokens *tokens

	answered *atomic.Bool // whether this API has ever answered as one
}

// New makes a client. It asks the server nothing yet; its errors are a bad address and missing credentials.
func New(config Config) (*Client, error) {
	config.setDefaults()
	base, err := baseURL(config.BaseURL)
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("%w: %w", ErrNotAPI, err), final: true}
	}
	c := &Client{config: config, base: base, answered: new(atomic.Bool)}
	transport := config.Transport
	if transport == nil {
		transport = newTransport(config.Workers)
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.checkRedirect}
	c.tokens, err = newTokens(c)
	return c, err
}

// BaseURL is the API's address.
func (c *Client) BaseURL() string { return c.base.String() }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func newTransport(workers int) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		MaxConnsPerHost:        workers,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    20 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ReadBufferSize:         64 << 10,
	}
}

// baseURL checks an address: HTTPS, but for loopback.
func baseURL(text string) (*url.URL, error) {
	if strings.ContainsAny(text, "@?#") { // it may hold a password or a token, so it is not repeated
		return nil, errors.New("the API's address has no name, password or question in it; it is one such as https://backend.econjobmarket.org")
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%.80q is no address such as https://backend.econjobmarket.org", printable(text))
	}
	switch {
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("%s is not encrypted; use https://", u.Host)
	}
	return nil, fmt.Errorf("%.80q is neither https nor http", printable(text))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkRedirect follows a redirect within the API's host, and refuses any other: the token is for that host alone.
func (c *Client) checkRedirect(next *http.Request, via []*http.Request) error {
	if next.URL.Host != c.base.Host || next.URL.Scheme != c.base.Scheme {
		return &Error{Err: fmt.Errorf("%w: it sends us on to another address, %s", ErrNotAPI, printable(next.URL.Host)), final: true}
	}
	if len(via) >= 5 {
		return &Error{Err: fmt.Errorf("%w: it sends us on without end", ErrNotAPI), final: true}
	}
	return nil
}

// Document streams one document by its id, /api/files/{file_id} or /api/letters/{letterid}: at most one.
func (c *Client) Document(ctx context.Context, kind Kind, id ID) iter.Seq2[*Document, error] {
	return c.documents(ctx, fmt.Sprintf("%s %s", kind, id), fmt.Sprintf("/api/%s/%s", kind.plural(), id), kind)
}

// Documents streams all files or all letters of an application, /api/document/{appid}/files or letters. Each Body is to be
// read before the next document; what is left of it unread is passed over.
func (c *Client) Documents(ctx context.Context, appid ID, kind Kind) iter.Seq2[*Document, error] {
	return c.documents(ctx, fmt.Sprintf("the %s of application %s", kind.plural(), appid), fmt.Sprintf("/api/document/%s/%s", appid, kind.plural()), kind)
}

func (c *Client) documents(ctx context.Context, op, path string, kind Kind) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		limit := c.config.DocumentLimit*2 + maxRecord // as base64 with escapes; for many documents the reply is longer
		if strings.HasPrefix(path, "/api/document/") {
			limit *= 64
		}
		err := c.get(ctx, op, path, limit, func(s *scanner) error {
			reply := &documents{scan: s, kind: kind, content: &content{scan: s, limit: c.config.DocumentLimit}}
			reply.yield = func(d *Document) bool {
				d.Body = &namedBody{r: d.Body, ctx: ctx, op: op}
				return yield(d, nil)
			}
			err := reply.read()
			if reply.stopped {
				return errStopped
			}
			return err
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// namedBody makes the errors of a document's body the client's own, as they are when they come from a list.
type namedBody struct {
	r   io.Reader
	ctx context.Context
	op  string
}

func (b *namedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	return n, b.mine(err)
}

// WriteTo keeps the way without copies open.
func (b *namedBody) WriteTo(w io.Writer) (int64, error) {
	out := &writeFault{w: w}
	n, err := io.Copy(out, b.r)
	if out.err != nil {
		return n, out.err // the receiver's fault, not the API's
	}
	return n, b.mine(err)
}

func (b *namedBody) mine(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return asError(b.ctx, b.op, err)
}

// writeFault remembers the receiver's error.
type writeFault struct {
	w   io.Writer
	err error
}

func (f *writeFault) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}
