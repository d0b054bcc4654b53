package ui

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"sync"
	"time"
)

// entrancePath is where the one-time address leads.
const entrancePath = "/enter"

// policy is what pages may load and do: their own style sheet and scripts, requests to themselves, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// session is the one browser that is let in. The ticket in the one-time address is good once; what it is exchanged for is
// a cookie that no script can read and that no other site's page can have sent.
type session struct {
	host string // "127.0.0.1:50321"
	key  string // the cookie's value

	mu     sync.Mutex
	ticket string // "" once it was used
}

func newSession() *session { return &session{key: rand.Text(), ticket: rand.Text()} }

// entrance is the one-time address.
func (s *session) entrance() string {
	return "http://" + s.host + entrancePath + "?ticket=" + s.ticket
}

// cookieName holds the port: cookies of one host are shared by its ports, and two seasons may have a window each.
func (s *session) cookieName() string {
	_, port, _ := net.SplitHostPort(s.host)
	return "ejmx-" + port
}

// same compares secrets without telling by its time how much of them is right.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// knows reports whether a request comes from the browser that was let in.
func (s *session) knows(r *http.Request) bool {
	cookie, err := r.Cookie(s.cookieName())
	return err == nil && same(cookie.Value, s.key)
}

// admit takes the ticket of a request; it is good once.
func (s *session) admit(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ticket == "" || !same(r.URL.Query().Get("ticket"), s.ticket) {
		return false
	}
	s.ticket = ""
	return true
}

// cookie is what the browser that was let in shows from then on, for as long as the server lives.
func (s *session) cookie() *http.Cookie {
	const week = 7 * 24 * 60 * 60 // seconds: a browser that is closed and opened again during a long run is still let in
	return &http.Cookie{Name: s.cookieName(), Value: s.key, Path: "/", MaxAge: week, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// guard turns away what a page of somebody else makes a browser ask: under another host's name, also one that was made to
// lead here (DNS rebinding), or to change something from another origin. It sets the headers that every answer has.
func (s *session) guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		w.Header().Set("Content-Security-Policy", policy)
		if r.Host != s.host || origins.Check(r) != nil || !s.knowsOrigin(r) {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		if isReading(r) {
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // all of it is here; the answer may take longer
		}
		next.ServeHTTP(w, r)
	})
}

// isReading reports whether a request changes nothing.
func isReading(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// knowsOrigin reports whether a request that may change something says that it comes from the server's own pages. Every
// browser says so of a form; what does not say where it comes from may be a form within a PDF.
func (s *session) knowsOrigin(r *http.Request) bool {
	return isReading(r) || r.Header.Get("Origin") == "http://"+s.host
}

// required lets only the browser in that holds the cookie.
func (s *session) required(next http.Handler, otherwise http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.knows(r) {
			otherwise(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// setHeaders sets what both servers say of everything: it is what it says it is, stays out of caches, and other sites can
// neither embed nor keep hold of it.
func setHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would take the origin out of our own forms
}

// enter is the entrance: whoever has the ticket is let in and sent on to a clean address. It is a page that sends on, not a
// redirect: a browser that came by a link on another site would keep a strict cookie from where a redirect leads.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	if !s.session.knows(r) {
		if !s.session.admit(r) {
			s.turnAway(w, r)
			return
		}
		http.SetCookie(w, s.session.cookie())
	}
	s.write(w, http.StatusOK, "enter.html", page{Title: "ejmx"})
}

// turnAway says to a browser that was not let in how to get in.
func (s *Server) turnAway(w http.ResponseWriter, _ *http.Request) {
	s.write(w, http.StatusForbidden, "closed.html", page{Title: "This page belongs to another browser window"})
}
