//go:build unix

package torture_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// serving is a running ejmx serve.
type serving struct {
	t       *testing.T
	address string // host and port
	token   string
}

// serve starts the real server on a season.
func (w *world) serve() *serving {
	w.t.Helper()
	command := exec.Command(program.Path, "serve", w.season, "--json")
	command.Env = w.command().Env
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			w.t.Errorf("serve: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		w.t.Fatal(err)
	}
	var ready struct {
		URL   string `json:"url"`
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		w.t.Fatal(err)
	}
	return &serving{w.t, strings.TrimPrefix(ready.URL, "http://"), ready.Token}
}

// ask sends a request as it is and gives the status line and the answer, at most so long.
func (s *serving) ask(request string) (status, body string) {
	s.t.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	_, _ = io.WriteString(c, request) // it may be turned away before it ends
	answer, _ := io.ReadAll(io.LimitReader(c, 1<<20))
	status, body, _ = strings.Cut(string(answer), "\r\n")
	return status, body
}

// get asks for a path with headers, each ending in a line break.
func (s *serving) get(path, host, headers string) (status, body string) {
	return s.ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers + "\r\n")
}

// good makes sure that the server still answers those it should.
func (s *serving) good(when string) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/api/applications", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatalf("%s: %v", when, err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(text), `"appid"`) {
		s.t.Errorf("%s: %d, %v, %.200s", when, answer.StatusCode, err, text)
	}
}

// TestServerUnderAttack has the real server meet pages of other hosts, guessers, climbers, and crowds.
func TestServerUnderAttack(t *testing.T) {
	w := newWorld(t, tiny, replay.Options{})
	w.must("fetch", "--all")
	s := w.serve()
	s.good("at first")
	bearer := "Authorization: Bearer " + s.token + "\r\n"
	tries := s.otherPages(bearer) + s.climbers(bearer) + s.guessers() + s.large(bearer) + s.crowd()
	s.good("in the end")
	tried.Row(t, "Attacks: the server", "`serve`: other hosts' pages, DNS rebinding, traversal, listings, guessed and forged tokens, huge requests, clients that dawdle, floods",
		"the real server, raw requests", tries, "none is answered with anything of the season; those who should be are, before, during and after")
}

func (s *serving) refused(what, status, body string) {
	s.t.Helper()
	if strings.Contains(status, " 200 ") && !strings.Contains(body, `"error"`) || strings.Contains(body, `"appid"`) || strings.Contains(body, "root:") {
		s.t.Errorf("%s: %s\n%.300s", what, status, body)
	}
}

func (s *serving) otherPages(bearer string) int {
	hosts := []string{"evil.example", "evil.example:80", "127.0.0.1.nip.example", "localhost.evil.example", "[::ffff:1.2.3.4]", "", "127.0.0.1@evil.example", "2130706433"}
	for _, host := range hosts {
		status, body := s.get("/api/applications", host, bearer)
		s.refused("host "+host, status, body)
	}
	headers := []string{
		"Origin: https://evil.example\r\n", "Origin: null\r\n", "Origin: http://" + s.address + ".evil.example\r\n", "Origin: http://127.0.0.1:1\r\n",
		"Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
	}
	for _, header := range headers {
		status, body := s.get("/api/applications", s.address, bearer+header)
		s.refused(header, status, body)
	}
	return len(hosts) + len(headers)
}

func (s *serving) climbers(bearer string) int {
	paths := []string{
		"/../../../../etc/passwd", "/api/files/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/files/..%2f..%2f..%2fetc%2fpasswd", "//etc/passwd",
		"/api/files/1%00", "/api/files/-1", "/api/files/99999999999999999999", "/api/files/0x10", "/api/files/1;ls", "/mirror/", "/mirror/snapshots/",
		"/file/77/77100/content", "/snapshots", "/log.jsonl", "/", "/api", "/api/", "/data/", "/data/zz_public/", "/data/zz_public/json/", "/token",
		"/api/document/../files", `/api\files\..\..`, "http://evil.example/api/applications", "*",
	}
	for _, path := range paths {
		status, body := s.get(path, s.address, bearer)
		s.refused(path, status, body)
	}
	return len(paths)
}

func (s *serving) guessers() int {
	header := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	parts := strings.Split(s.token, ".")
	tokens := []string{
		"", "null", "Bearer", header(`{"alg":"none"}`) + "." + parts[1] + ".", header(`{"alg":"None","typ":"JWT"}`) + "." + parts[1] + ".",
		header(`{"alg":"HS256"}`) + "." + parts[1] + "." + parts[2], parts[0] + "." + header(`{"aud":"x","exp":99999999999}`) + "." + parts[2],
		parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], s.token + "x", s.token[1:], strings.ToUpper(s.token),
	}
	for i := range len(parts[2]) { // each a token but for one character
		if other := []byte(s.token); i%4 == 0 {
			other[len(other)-1-i-4] ^= 1
			tokens = append(tokens, string(other))
		}
	}
	for _, token := range tokens {
		status, body := s.get("/api/applications", s.address, "Authorization: Bearer "+token+"\r\n")
		s.refused("token "+token, status, body)
	}
	return len(tokens)
}

func (s *serving) large(bearer string) int {
	long := strings.Repeat("x", 1<<20)
	requests := []string{
		"GET /" + long + " HTTP/1.1\r\nHost: " + s.address + "\r\n\r\n",
		"GET /api/applications HTTP/1.1\r\nHost: " + s.address + "\r\nX: " + long + "\r\n\r\n",
		"GET /api/applications HTTP/1.1\r\nHost: " + s.address + "\r\n" + strings.Repeat("A: b\r\n", 100_000) + "\r\n",
		"POST /api/applications HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1048576\r\n\r\n" + long,
		"POST /token/ HTTP/1.1\r\nHost: " + s.address + "\r\nContent-Length: -1\r\n\r\n",
		"POST /token/ HTTP/1.1\r\nHost: " + s.address + "\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\nffffffffffffffff\r\n",
		"GET /api/applications HTTP/9.9\r\n\r\n", "\x00\x01\x02\r\n\r\n", "DELETE /api/files/1 HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: close\r\n" + bearer + "\r\n",
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: " + s.address + "\r\nConnection: close\r\n" + bearer + "\r\n",
	}
	for i, request := range requests {
		status, body := s.ask(request)
		s.refused(fmt.Sprintf("request %d", i), status, body)
	}
	return len(requests)
}

// crowd holds more connections open than the server takes, most of them in the middle of a request.
func (s *serving) crowd() int {
	s.t.Helper()
	var all []net.Conn
	for i := range 200 {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, c)
		_, _ = io.WriteString(c, "GET /api/applications HTTP/1.1\r\nHost: "[:1+i%30])
	}
	s.good("while two hundred dawdle")
	for range 400 {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			break // the system itself has had enough
		}
		all = append(all, c)
	}
	for _, c := range all {
		c.Close()
	}
	s.good("after the flood")
	return len(all)
}
