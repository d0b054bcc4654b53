package destination

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// httpsOnly sends nothing in the clear, except to this computer.
type httpsOnly struct{ next http.RoundTripper }

func (h httpsOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !isLoopback(r.URL.Hostname()) {
		return nil, fmt.Errorf("%s would be reached without encryption; its address must begin with https://", r.URL.Hostname())
	}
	return h.next.RoundTrip(r)
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

const (
	connectTimeout = 30 * time.Second
	answerTimeout  = 2 * time.Minute // completing a large upload takes a service its time
)

// httpClient follows no redirect: an archive goes to the service named and to no other.
func httpClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	transport.ResponseHeaderTimeout = answerTimeout
	return &http.Client{
		Transport:     httpsOnly{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
