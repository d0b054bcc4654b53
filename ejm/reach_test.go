package ejm

import (
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestReach(t *testing.T) {
	ads := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.URL.RawQuery != "" {
			t.Error("the request carries credentials")
		}
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.Write([]byte("[]"))
	}
	server := httptest.NewTLSServer(http.HandlerFunc(ads))
	defer server.Close()
	r, err := Reach(t.Context(), Config{BaseURL: server.URL, Key: "k", Secret: "s", Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	if r.TLS != "TLS 1.3" || r.Address != server.Listener.Addr().String() || !r.Expires.Equal(server.Certificate().NotAfter) {
		t.Errorf("reached %+v", r)
	}
	if !r.HasClock || r.Ahead < 59*time.Minute || r.Ahead > 61*time.Minute {
		t.Errorf("the clock is %s ahead (%v)", r.Ahead, r.HasClock)
	}

	r, err = Reach(t.Context(), Config{BaseURL: server.URL})
	if !errors.Is(err, ErrUnreachable) || r.Address == "" || r.TLS != "" {
		t.Errorf("with a certificate that nobody signed: %v, %+v", err, r)
	}
}

func TestReachStops(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>sign in</html>")) }))
	defer page.Close()
	refused := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`{"error": "unauthorized request", "error_description": "Requests from IP address 192.0.2.7 are not permitted."}`))
	}))
	defer refused.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for name, test := range map[string]struct {
		url       string
		err       error
		connected bool
		clock     bool
	}{
		"a sign-in page":       {page.URL, ErrNotAPI, true, true},
		"an address refused":   {refused.URL, ErrRefused, true, true},
		"nobody listens":       {"http://" + listener.Addr().String(), ErrUnreachable, false, false},
		"not encrypted":        {"http://example.org", ErrNotAPI, false, false},
		"a name in an address": {"https://me:secret@example.org", ErrNotAPI, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Reach(t.Context(), Config{BaseURL: test.url})
			if !errors.Is(err, test.err) || (r.Address != "") != test.connected || r.HasClock != test.clock {
				t.Errorf("%v, %+v", err, r)
			}
			var e *Error
			if errors.As(err, &e) && errors.Is(err, ErrRefused) && e.Address != "192.0.2.7" {
				t.Errorf("refused %+v", e)
			}
		})
	}
}

func TestTokenEnds(t *testing.T) {
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for text, want := range map[string]time.Time{
		token(`{"exp": 1900000000}`):   time.Unix(1900000000, 0).UTC(),
		token(`{"exp": 1900000000.5}`): time.Unix(1900000000, 0).UTC(),
		token(`{"exp": "soon"}`):       {},
		token(`{"exp": 1e300}`):        {},
		token(`{}`):                    {},
		"no token":                     {},
		"a.b.c":                        {},
		"":                             {},
	} {
		if got := TokenEnds(text); !got.Equal(want) {
			t.Errorf("%.20s… ends %s, want %s", text, got, want)
		}
	}
}
