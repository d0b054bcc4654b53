//go:build unix

package torture_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// certificate makes one that vouches for itself, and the file by which a program may be told to trust it.
func certificate(t *testing.T, name string, until time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "trusted.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// secure serves the world over TLS and gives the address.
func (w *world) secure(certificate tls.Certificate) string {
	web := httptest.NewUnstartedServer(w)
	web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	web.Config.ErrorLog = quiet
	web.StartTLS()
	w.t.Cleanup(web.Close)
	return web.Listener.Addr().String()
}

// TestNoConnection has the program meet names that do not exist, certificates that are not good, and servers that do not talk.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	later, before := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	stranger, _ := certificate(t, "localhost", later)
	old, oldFile := certificate(t, "localhost", before)
	other, otherFile := certificate(t, "somebody-else.example", later)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := silent.Addr().String()
	silent.Close()
	tests := map[string]struct {
		api, trusted string
		words        []string
	}{
		"a name that does not exist":       {"https://ejm.invalid", "", []string{"cannot be reached"}},
		"nobody listens":                   {"https://" + refused, "", []string{"cannot be reached"}},
		"a certificate nobody vouches for": {"https://localhost:" + port(w.secure(stranger)), "", []string{"certificate"}},
		"a certificate that has expired":   {"https://localhost:" + port(w.secure(old)), oldFile, []string{"certificate", "expired"}},
		"a certificate of another name":    {"https://localhost:" + port(w.secure(other)), otherFile, []string{"certificate", "somebody-else.example"}},
		"TLS spoken to plain HTTP":         {strings.Replace(w.url, "http:", "https:", 1), "", []string{"not EJM's API", "cannot be reached", "HTTP"}},
		"an address in the clear":          {"http://192.0.2.1", "", []string{"not encrypted"}},
	}
	for name, test := range tests {
		c := w.command("fetch", "--all")
		c.Env = append(c.Env, "EJMX_API="+test.api, "SSL_CERT_FILE="+test.trusted)
		ended := w.try(c)
		said := false
		for _, word := range test.words {
			said = said || strings.Contains(ended.Stderr, word)
		}
		if ended.Code != 5 || !said || !strings.Contains(ended.Stderr, "hint: ") {
			t.Errorf("%s: exit %d\n%s", name, ended.Code, ended.Stderr)
		}
		w.tidy()
	}
	tried.Row(t, "Network", "DNS and TLS failures", "a name that does not exist, nobody listening, certificates by a stranger, expired, of another name, TLS against plain HTTP, plain HTTP to another computer",
		len(tests), "exit 5, what it is and what to do about it; nothing is sent in the clear")
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// proxy is an HTTP proxy that leads everybody to one address.
type proxy struct {
	to       string
	password string // Basic credentials it wants, base64

	mu    sync.Mutex
	asked []string
	said  []string // what else clients told it
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.said = append(p.said, r.Header.Get("Authorization"))
	p.mu.Unlock()
	if p.password != "" && r.Header.Get("Proxy-Authorization") != "Basic "+p.password {
		http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		return
	}
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, "nobody there", http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, buffered)
	io.Copy(here, there)
}

// TestProxy has the way to EJM lead through a proxy.
func TestProxy(t *testing.T) {
	t.Parallel()
	const host = "backend.ejm.example"
	tests := map[string]struct {
		password, address string
		code              int
	}{
		"an open proxy":                {"", "", 0},
		"one that wants a password":    {"YW5uOm9wZW4tc2VzYW1lLXBsZWFzZQ==", "ann:open-sesame-please@", 0},
		"one that wants another":       {"YW5uOm9wZW4tc2VzYW1lLXBsZWFzZQ==", "ann:close-sesame-please@", 5},
		"one that is told no password": {"YW5uOm9wZW4tc2VzYW1lLXBsZWFzZQ==", "", 5},
	}
	for name, test := range tests {
		w := newWorld(t, tiny, replay.Options{})
		good, trusted := certificate(t, host, time.Now().Add(time.Hour))
		between := &proxy{to: w.secure(good), password: test.password}
		web := httptest.NewServer(between)
		c := w.command("fetch", "--all", "--verbose")
		c.Env = append(c.Env, "EJMX_API=https://"+host, "SSL_CERT_FILE="+trusted,
			"HTTPS_PROXY=http://"+test.address+strings.TrimPrefix(web.URL, "http://"))
		ended := w.try(c)
		web.CloseClientConnections()
		web.Close()
		if ended.Code != test.code || strings.Contains(ended.Stderr, "sesame") {
			t.Errorf("%s: exit %d\n%s", name, ended.Code, ended.Stderr)
		}
		if test.code == 0 {
			w.complete()
		}
		between.mu.Lock()
		for i, request := range between.asked {
			if request != "CONNECT "+host+":443" || between.said[i] != "" {
				t.Errorf("%s: the proxy was told %s, %q", name, request, between.said[i])
			}
		}
		if len(between.asked) == 0 {
			t.Errorf("%s: it was not asked", name)
		}
		between.mu.Unlock()
	}
	tried.Row(t, "Network", "a proxy (HTTPS_PROXY)", "open; with a password that is right, wrong, or not told", len(tests),
		"honoured, and told nothing but the API's host; a password in its address is never printed; refused, it exits 5")
}
