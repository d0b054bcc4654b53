package replay_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/replay"
)

// listen starts a server and gives its address. It is stopped, and must have ended well, when the test ends.
func listen(t *testing.T, s *replay.Server, l replay.Listen) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	l.Ready = func(url string) { ready <- url }
	go func() { ended <- s.ListenAndServe(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	select {
	case address := <-ready:
		return address
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return ""
	}
}

// certificate makes one for localhost, in two files.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

func TestListensOnLoopbackUnlessToldOtherwise(t *testing.T) {
	p := play(t, replay.Options{})
	address := listen(t, p.Server, replay.Listen{})
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Errorf("listens at %s", address)
	}
	if err := p.ListenAndServe(t.Context(), replay.Listen{Address: "0.0.0.0:0"}); !errors.Is(err, replay.ErrNotLoopback) {
		t.Errorf("listened to everybody: %v", err)
	}
	if err := p.ListenAndServe(t.Context(), replay.Listen{Address: "[::]:0", Public: true}); !errors.Is(err, replay.ErrNoTLS) {
		t.Errorf("listened to everybody in the clear: %v", err)
	}
	if err := p.ListenAndServe(t.Context(), replay.Listen{CertFile: "x"}); err == nil {
		t.Error("took a certificate without a key")
	}
}

func TestListensWithTLS(t *testing.T) {
	p := play(t, replay.Options{})
	certFile, keyFile, pool := certificate(t)
	address := listen(t, p.Server, replay.Listen{Address: "0.0.0.0:0", Public: true, CertFile: certFile, KeyFile: keyFile})
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/data/zz_public/json/Ads", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || body[0] != '[' {
		t.Errorf("%v %.80s", err, body)
	}
}

func TestOtherHostsPagesAreTurnedAway(t *testing.T) {
	p := play(t, replay.Options{})
	address := listen(t, p.Server, replay.Listen{Hosts: []string{"ejm.example.edu"}})
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		host    string
		headers map[string]string
		want    int
	}{
		"its own":              {at.Host, nil, 200},
		"localhost":            {"localhost:" + at.Port(), nil, 200},
		"a name it was given":  {"EJM.example.edu", nil, 200},
		"rebound":              {"attacker.example:" + at.Port(), nil, 403},
		"rebound, no port":     {"attacker.example", nil, 403},
		"none":                 {".", nil, 403},
		"another page's":       {at.Host, map[string]string{"Origin": "https://attacker.example"}, 403},
		"a file's":             {at.Host, map[string]string{"Origin": "null"}, 403},
		"its own page's":       {at.Host, map[string]string{"Origin": address}, 200},
		"another page's image": {at.Host, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/data/zz_public/json/Ads", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = row.host
		for key, value := range row.headers {
			request.Header.Set(key, value)
		}
		if status, _ := send(t, request); status != row.want {
			t.Errorf("%s: status %d, want %d", name, status, row.want)
		}
	}
}

func TestLimits(t *testing.T) {
	p := play(t, replay.Options{})
	address := listen(t, p.Server, replay.Listen{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/data/zz_public/json/Ads", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Padding", strings.Repeat("x", 1<<20))
	response, err := http.DefaultClient.Do(request) // the connection may be closed before all of it is sent
	if err == nil {
		defer response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a header of a megabyte: status %d", response.StatusCode)
		}
	}
	if status, _ := post(t, address+"/api/files", true, map[string]string{"access_token": strings.Repeat("x", 1<<20)}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of a megabyte: status %d", status)
	}
}

func TestStopsWhileAnswering(t *testing.T) {
	p := play(t, replay.Options{Faults: faults(t, "stall")})
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- p.ListenAndServe(ctx, replay.Listen{Ready: func(url string) { ready <- url }})
	}()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(<-ready, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET /data/zz_public/json/Ads HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, err := bufio.NewReader(connection).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("does not stop")
	}
}
