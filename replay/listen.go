package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/netutil"
)

// Listen says where a server listens. The zero Listen is loopback at a free port.
type Listen struct {
	Address  string           // "127.0.0.1:8080"; "" is 127.0.0.1 at a free port
	Public   bool             // whether others than this computer may connect; then TLS is needed
	CertFile string           // PEM, with KeyFile: TLS
	KeyFile  string           // PEM
	Hosts    []string         // names besides the address by which clients may call the server: "ejm.example.edu"
	Ready    func(url string) // called once the server can be reached
}

// The limits on those who connect.
const (
	maxConnections = 256
	maxHeader      = 32 << 10         // bytes of a request's headers
	headerPatience = 10 * time.Second // to send the headers
	bodyPatience   = 30 * time.Second // to send all of a request
	idlePatience   = 2 * time.Minute  // between requests
	endPatience    = 2 * time.Second  // to read the rest of an answer when the server stops
)

// What is wrong with where to listen.
var (
	ErrNotLoopback = errors.New("this address can be reached from other computers; serve there only if you mean to")
	ErrNoTLS       = errors.New("serving other computers needs a certificate and its key: applicants' data would cross the network in the clear")
)

// ListenAndServe serves until ctx is done, which is no error. Other hosts' pages in a browser on this computer cannot read
// from it: requests must name one of the server's own hosts, and come from no other origin.
func (s *Server) ListenAndServe(ctx context.Context, l Listen) error {
	listener, err := l.open(ctx)
	if err != nil {
		return err
	}
	address := l.url(listener)
	server := &http.Server{
		Handler:           guard{s, l.hosts(listener)},
		ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, IdleTimeout: idlePatience, MaxHeaderBytes: maxHeader,
	}
	if l.CertFile != "" {
		certificate, err := tls.LoadX509KeyPair(l.CertFile, l.KeyFile)
		if err != nil {
			return errors.Join(fmt.Errorf("certificate: %w", err), listener.Close())
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(server, netutil.LimitListener(listener, maxConnections)) }()
	if l.Ready != nil {
		l.Ready(address)
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	if server.Shutdown(patience) != nil {
		_ = server.Close() // what still hangs on is cut off
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func serve(server *http.Server, listener net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(listener, "", "")
	}
	return server.Serve(listener)
}

// open starts to listen, if the address is one that it may listen at.
func (l Listen) open(ctx context.Context) (net.Listener, error) {
	if (l.CertFile == "") != (l.KeyFile == "") {
		return nil, errors.New("a certificate and its key go together")
	}
	address := l.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if !boundTo(listener).Addr().IsLoopback() {
		switch {
		case !l.Public:
			err = ErrNotLoopback
		case l.CertFile == "":
			err = ErrNoTLS
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen at %s: %w", address, err), listener.Close())
	}
	return listener, nil
}

// boundTo is the address that a listener has, whatever name it was asked for by.
func boundTo(listener net.Listener) netip.AddrPort {
	address, _ := netip.ParseAddrPort(listener.Addr().String()) // a TCP listener's always is one
	return address
}

func (l Listen) url(listener net.Listener) string {
	scheme := "http"
	if l.CertFile != "" {
		scheme = "https"
	}
	host := boundTo(listener).String()
	if boundTo(listener).Addr().IsUnspecified() {
		host = net.JoinHostPort("localhost", fmt.Sprint(boundTo(listener).Port()))
	}
	return scheme + "://" + host
}

// hosts are the names that requests may call the server by.
func (l Listen) hosts(listener net.Listener) []string {
	names := []string{"localhost", "127.0.0.1", "::1", boundTo(listener).Addr().String()}
	if host, _, err := net.SplitHostPort(l.Address); err == nil && host != "" {
		names = append(names, host)
	}
	return append(names, l.Hosts...)
}

// guard turns away what a page of another host makes a browser ask, also when that host's name was made to lead here (DNS
// rebinding).
type guard struct {
	next  http.Handler
	hosts []string
}

func (g guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.knows(r.Host) || !g.knowsOrigin(r) {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	g.next.ServeHTTP(w, r)
}

func (g guard) knows(hostport string) bool {
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return slices.ContainsFunc(g.hosts, func(known string) bool { return strings.ToLower(known) == host })
}

func (g guard) knowsOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	address, err := url.Parse(origin)
	return err == nil && address.Host == r.Host
}
