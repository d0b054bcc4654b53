package ejm

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Reached is how far a request without credentials came on the way to an API, and what it saw there.
type Reached struct {
	Host  string // of the API's address
	Proxy string // host and port of the proxy on the way, "" for none
	// Address is the IP address and port that accepted the connection, the proxy's where there is one; "" where none did.
	Address string

	TLS     string    // "TLS 1.3"; "" where no encrypted connection came about
	Expires time.Time // when the server's certificate ends, UTC; the zero time without one

	// Ahead is how far this computer's clock is ahead of the server's, which tells its own in whole seconds (RFC 9110 6.6.1).
	// It counts where HasClock says that the server told it.
	Ahead    time.Duration
	HasClock bool
}

// Reach asks for the public ads, to show where the way to the API ends. It needs no key, secret or token and sends none.
// With an error, which is one of a [Client], what was reached before it is still told.
func Reach(ctx context.Context, config Config) (Reached, error) {
	config.setDefaults()
	base, err := baseURL(config.BaseURL)
	if err != nil {
		return Reached{}, &Error{Err: fmt.Errorf("%w: %w", ErrNotAPI, err), final: true}
	}
	if config.Transport == nil {
		config.Transport = newTransport(1)
	}
	steps := &stepsTaken{next: config.Transport}
	config.Key, config.Secret, config.Token = "", "", ""
	c := &Client{config: config, base: base, answered: new(atomic.Bool)}
	c.http = &http.Client{Transport: steps, CheckRedirect: c.checkRedirect}
	defer c.Close()
	err = c.attempt(steps.watch(ctx), http.MethodGet, adsPath, "", nil, maxRecord, func(*scanner) error { return nil })
	if err != nil {
		err = asError(ctx, "", err)
	}
	return steps.reached(base), err
}

// stepsTaken notes what a request meets on its way.
type stepsTaken struct {
	next http.RoundTripper

	mu      sync.Mutex // connections are tried side by side
	address string
	tls     *tls.ConnectionState
	ahead   time.Duration
	clock   bool
}

// watch gives the context of a request whose connection is to be noted.
func (s *stepsTaken) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, address string, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err == nil {
				s.address = address
			}
		},
	})
}

// RoundTrip makes the request and notes the connection and the clock of its first answer.
func (s *stepsTaken) RoundTrip(request *http.Request) (*http.Response, error) {
	asked := time.Now()
	response, err := s.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tls == nil {
		s.tls = response.TLS
	}
	if told, err := http.ParseTime(response.Header.Get("Date")); err == nil && !s.clock {
		halfway := asked.Add(time.Since(asked) / 2)
		s.ahead, s.clock = halfway.Sub(told).Truncate(time.Second), true
	}
	return response, nil
}

func (s *stepsTaken) reached(base *url.URL) Reached {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Reached{Host: base.Hostname(), Address: s.address, Ahead: s.ahead, HasClock: s.clock}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base}); err == nil && proxy != nil {
		r.Proxy = proxy.Host
	}
	if s.tls != nil {
		r.TLS = tls.VersionName(s.tls.Version)
		if len(s.tls.PeerCertificates) > 0 {
			r.Expires = s.tls.PeerCertificates[0].NotAfter.UTC()
		}
	}
	return r
}

// TokenEnds gives when an access token says that it expires (RFC 7519 4.1.4), the zero time where it says nothing. The
// token's signature is for the server to check.
func TokenEnds(token string) time.Time {
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expires <= 0 || claims.Expires > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0).UTC()
}
