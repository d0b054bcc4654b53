package main

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// shownOf is how much of a secret is too much to be shown.
const shownOf = 8

// mostEchoes is how often a wiretap says back a secret: often enough for an error that ends the run, not for every try.
const mostEchoes = 2

// wiretap stands before a server and knows every secret that a client sends it. Where it is told to, it sends them back, as
// debug pages and careless error messages do.
type wiretap struct {
	server http.Handler
	at     string // the beginning of the paths at which it answers
	echo   func(w http.ResponseWriter, secret string)

	mu      sync.Mutex
	secrets map[string]bool
	echoes  int
}

// ServeHTTP notes what of the request is secret, and echoes it or has the server answer.
func (t *wiretap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secret := ""
	if scheme, credentials, found := strings.Cut(r.Header.Get("Authorization"), " "); found {
		secret = credentials
		if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil && scheme == "Basic" {
			_, password, _ := strings.Cut(string(plain), ":")
			t.note(password)
		}
	} else if r.URL.Path == "/token/" {
		secret = r.FormValue("client_secret")
		t.note(url.QueryEscape(secret))
	}
	t.note(secret)
	if t.echo != nil && secret != "" && strings.HasPrefix(r.URL.Path, t.at) && t.echoAgain() {
		t.echo(w, secret)
		return
	}
	t.server.ServeHTTP(w, r)
}

func (t *wiretap) echoAgain() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.echoes++
	return t.echoes <= mostEchoes
}

func (t *wiretap) note(secret string) {
	if secret == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.secrets[secret] = true
}

// shows reports whether a text shows a part of a secret.
func shows(text, secret string) bool {
	for i := 0; i+shownOf <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+shownOf]) {
			return true
		}
	}
	return false
}

// tapped serves a season behind a wiretap.
func tapped(t *testing.T, m *mirror.Mirror, options replay.Options) (*wiretap, *served) {
	t.Helper()
	options.Credentials = replay.Credentials{Key: "department-of-economics", Secret: "odd/signs+in=the&secret of ours"}
	s := serveMirror(t, m, options)
	tap := &wiretap{server: s.server, secrets: map[string]bool{}}
	web := httptest.NewServer(tap)
	t.Cleanup(web.Close)
	s.url = web.URL
	return tap, s
}

// checkSilence checks that neither what a run printed nor any file it wrote shows a secret.
func (u *user) checkSilence(tap *wiretap) {
	u.t.Helper()
	tap.mu.Lock()
	defer tap.mu.Unlock()
	if len(tap.secrets) == 0 || tap.echo != nil && tap.echoes == 0 {
		u.t.Error("the server was sent no secret, or said none back")
	}
	check := func(where, text string) {
		for secret := range tap.secrets {
			if shows(text, secret) {
				u.t.Errorf("%s shows a secret, %q:\n%.2000s", where, secret, text)
			}
		}
	}
	check("standard output", u.stdout.String())
	check("standard error", u.stderr.String())
	err := filepath.WalkDir(u.home, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		check(name, string(data))
		return err
	})
	if err != nil {
		u.t.Fatal(err)
	}
}

func smallSeason(t *testing.T) *mirror.Mirror {
	t.Helper()
	return serve(t, season.Options{Applications: 2, Postings: 1, DocumentBytes: 1_000}, replay.Options{}).mirror
}

// TestNoSecretIsPrintedWhenThingsFail has documents and requests fail in every way, with all that --verbose says.
func TestNoSecretIsPrintedWhenThingsFail(t *testing.T) {
	t.Parallel()
	m := smallSeason(t)
	for _, faults := range []string{
		"",
		"expire-token:/api/:x1,redirect:/api/document,html:/api/files/:x1,gone:20%,sha1:20%:x1",
		"unauthorized:/api/applications", "redirect:/api/applications", "redirect:/token/", "403:/token/", "headers:/api/applications:x1",
		"cut:/api/document:x1,garbled:30%:x1,fewer:30%:x1,reset:/api/letters:x1", "unknown:/token/:x1,429:/api/applicants:1s:x1",
	} {
		t.Run(faults, func(t *testing.T) {
			t.Parallel()
			parsed, err := replay.ParseFaults(faults)
			if err != nil {
				t.Fatal(err)
			}
			tap, s := tapped(t, m, replay.Options{Faults: parsed})
			u := newUser(t)
			u.signIn(s)
			u.run("export", "--all", "--no-zip", "--verbose")
			if !strings.Contains(u.stderr.String(), "POST /token/: HTTP") {
				t.Errorf("--verbose does not say what is requested:\n%s", u.stderr.String())
			}
			u.checkSilence(tap)
		})
	}
}

// TestNoSecretIsEchoed has a server say back the secret it was sent, in every place that could come to be printed.
func TestNoSecretIsEchoed(t *testing.T) {
	t.Parallel()
	m := smallSeason(t)
	long := strings.Repeat("what you sent is not good enough for us ", 6) // messages are cut, here within the secret
	echoes := map[string]func(w http.ResponseWriter, secret string){
		"in words":     func(w http.ResponseWriter, secret string) { answer(w, "invalid request", "not known: "+secret) },
		"in long ones": func(w http.ResponseWriter, secret string) { answer(w, "invalid request", long+secret+long) },
		"as the error": func(w http.ResponseWriter, secret string) { answer(w, secret, "refused") },
		"on a page":    func(w http.ResponseWriter, secret string) { fmt.Fprintf(w, "<html><pre>%s", secret) },
		"in bad JSON":  func(w http.ResponseWriter, secret string) { fmt.Fprintf(w, `[{"appid": %q, %s`, secret, secret) },
		"in an id": func(w http.ResponseWriter, secret string) {
			fmt.Fprintf(w, `[{"appid": %q, "posid": %q}]`, secret, secret)
		},
		"in a redirect": func(w http.ResponseWriter, secret string) {
			w.Header().Set("Location", "https://"+url.PathEscape(secret)+".example.org/?access_token="+url.QueryEscape(secret))
			w.WriteHeader(http.StatusFound)
		},
		"in a broken redirect": func(w http.ResponseWriter, secret string) {
			w.Header().Set("Location", "https://[::1/"+secret)
			w.WriteHeader(http.StatusFound)
		},
		"in the status line": func(w http.ResponseWriter, secret string) { raw(w, "HTTP/1.1 "+secret+"\r\n\r\n") },
		"in a broken header": func(w http.ResponseWriter, secret string) { raw(w, "HTTP/1.1 200 OK\r\n"+secret+"\r\n\r\n") },
		"in the wrong encoding": func(w http.ResponseWriter, secret string) {
			raw(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: "+secret+"\r\n\r\n")
		},
		"in a bad length": func(w http.ResponseWriter, secret string) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: "+secret+"\r\n\r\n")
		},
		"before there is a line": func(w http.ResponseWriter, secret string) { raw(w, secret) },
	}
	var runs sync.WaitGroup // all at once: most of the time they wait to try again
	for name, echo := range echoes {
		for _, at := range []string{"/token/", "/api/applications", "/api/document/"} {
			runs.Go(func() {
				t.Run(name+" at "+at, func(t *testing.T) { checkEcho(t, m, at, echo) })
			})
		}
	}
	runs.Wait()
}

// checkEcho fetches from a server that says back a secret.
func checkEcho(t *testing.T, m *mirror.Mirror, at string, echo func(http.ResponseWriter, string)) {
	t.Helper()
	tap, s := tapped(t, m, replay.Options{})
	tap.at, tap.echo = at, echo
	u := newUser(t)
	u.signIn(s)
	u.run("fetch", "--all", "--verbose")
	u.checkSilence(tap)
}

// answer is an error as EJM sends it.
func answer(w http.ResponseWriter, code, description string) {
	fmt.Fprintf(w, `{"error": %q, "error_description": %q}`, code, description)
}

// raw answers with bytes that need not be HTTP.
func raw(w http.ResponseWriter, text string) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic("the connection cannot be taken over")
	}
	connection, buffered, err := hijacker.Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprint(buffered, text)
	buffered.Flush()
}

// TestNoSecretInAnAddress gives the API's address with a password in it: that is refused, and not repeated.
func TestNoSecretInAnAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"https://us:open-sesame-please@example.org", "http://us:open-sesame-please@127.0.0.1:1", "https://us:open-sesame-please@exa mple.org",
		"https://example.org/?access_token=open-sesame-please",
	} {
		u := newUser(t)
		u.env["EJMX_API"], u.env["EJMX_TOKEN"] = address, "a.b.c"
		if code := u.run("fetch", "--all", "--verbose"); code != exitUnreachable {
			t.Errorf("%s: exit %d\n%s", address, code, u.stderr.String())
		}
		if shows(u.stderr.String(), "open-sesame-please") {
			t.Errorf("the password was printed:\n%s", u.stderr.String())
		}
	}
}
