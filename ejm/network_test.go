package ejm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestNetworkWords(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	listener.Close()
	stranger := httptest.NewTLSServer(http.NotFoundHandler())
	defer stranger.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for want, address := range map[string]string{
		"does not take the connection (":      nobody,
		"not from anybody whom this computer": stranger.URL,
		"what answers does not speak HTTPS":   strings.Replace(plain.URL, "http:", "https:", 1),
	} {
		_, err := Reach(t.Context(), Config{BaseURL: address})
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
		if strings.Contains(err.Error(), "dial tcp") || strings.Contains(err.Error(), "x509") {
			t.Errorf("in the words of the program: %v", err)
		}
	}
	for want, err := range map[string]error{
		"does not know the name ejm.invalid": &net.DNSError{Name: "ejm.invalid", IsNotFound: true},
		"cannot be looked up at the moment":  &net.DNSError{Name: "ejm.invalid", IsTemporary: true},
		"no answer came in time":             context.DeadlineExceeded,
		"is for another name":                x509.HostnameError{Host: "a", Certificate: &x509.Certificate{DNSNames: []string{"b"}}},
		"out of date":                        x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{NotAfter: time.Now()}},
		"cannot be verified (odd)":           &tls.CertificateVerificationError{Err: errors.New("odd")},
		"something else":                     errors.New("something else"),
	} {
		if got := networkWords(&url.Error{Op: "Get", URL: "https://example.org/?secret", Err: err}); !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%v is said as %q", err, got)
		}
	}
}
