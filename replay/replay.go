// Package replay serves the EJM recruiter API from a mirror, so that whatever speaks to EJM can be tried, tested and shown
// without EJM: the demo, the tests of this program, and other people's clients.
//
//	server, err := replay.New(m, replay.Options{})
//	defer server.Close()
//	err = server.ListenAndServe(ctx, replay.Listen{Ready: func(url string) { fmt.Println(url) }})
//
// A [Server] is an http.Handler. It has every method of the API, takes and gives tokens in every way that EJM does, and
// answers in any of the forms that EJM has been seen to send ([Quirks]). It fails on demand ([Faults]), the same way each
// time for one seed. Documents go from the disk to the client piece by piece: a letter of a gigabyte costs no memory. A
// document whose bytes are not those the mirror recorded is never served as if whole: the answer breaks off.
//
// It reads records as JSON and nothing more. It shares no code with the client that decodes them, so that no misreading of
// the API can stand on both sides.
package replay

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ejmx/ejmx/mirror"
)

// Options says how a server behaves. The zero Options is a server of the newest snapshot that answers plainly, takes
// requests from any address that reaches it, and has credentials of its own making.
type Options struct {
	Credentials Credentials    // generated where empty
	TokenLife   time.Duration  // how long a token is good; 0 is an hour, as EJM has it
	Allow       []netip.Prefix // the addresses that may call; none is every address
	Quirks      Quirks
	Faults      Faults
	Seed        uint64        // of whatever happens at a rate
	Snapshot    string        // the first to be served, such as "20261124T090000Z"; "" is the newest
	Advance     int           // after how many requests to go on to the next snapshot, each time; 0 is never
	Log         func(Request) // told of each request when it is over; may be called by several goroutines at once
}

// Server is the API, replayed. It is for use by any number of goroutines.
type Server struct {
	mirror  *mirror.Mirror
	options Options
	issuer  issuer
	counts  counts
	faults  faultPlan

	current atomic.Pointer[view]
	mu      sync.Mutex
	views   []*view // all that were opened: requests may still be reading from an older one
}

// New makes a server of what a mirror holds. The mirror must stay open, and the server be closed.
func New(m *mirror.Mirror, options Options) (*Server, error) {
	if options.TokenLife == 0 {
		options.TokenLife = time.Hour
	}
	if options.Credentials == (Credentials{}) {
		options.Credentials = NewCredentials()
	}
	s := &Server{mirror: m, options: options, faults: newFaultPlan(options.Faults, options.Seed)}
	var err error
	if s.issuer, err = newIssuer(options.Credentials, options.TokenLife); err != nil {
		return nil, err
	}
	snapshot, err := firstSnapshot(m, options.Snapshot)
	if err != nil {
		return nil, err
	}
	if err := s.show(snapshot); err != nil {
		return nil, err
	}
	return s, nil
}

// ErrNothing says that a mirror has no snapshot to serve.
var ErrNothing = errors.New("the mirror holds no snapshot to serve")

func firstSnapshot(m *mirror.Mirror, id string) (*mirror.Snapshot, error) {
	if id != "" {
		return m.Snapshot(id)
	}
	latest, err := m.Latest()
	if err == nil && latest == nil {
		err = ErrNothing
	}
	return latest, err
}

// show makes a snapshot the one that is served.
func (s *Server) show(snapshot *mirror.Snapshot) error {
	v, err := openView(snapshot)
	if err != nil {
		return err
	}
	s.views = append(s.views, v)
	s.current.Store(v)
	return nil
}

// Snapshot is the id of the snapshot being served.
func (s *Server) Snapshot() string { return s.current.Load().id }

// Advance goes on to the next snapshot, as time does: from then on requests are answered from it. It reports whether there
// was one.
func (s *Server) Advance() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshots, err := s.mirror.Snapshots()
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(snapshots, func(o *mirror.Snapshot) bool { return o.ID == s.Snapshot() })
	if at < 0 || at+1 == len(snapshots) {
		return false, nil
	}
	return true, s.show(snapshots[at+1])
}

// Credentials are those that the server accepts.
func (s *Server) Credentials() Credentials { return s.options.Credentials }

// Token makes a good access token, as EJM's set-up page shows one to copy.
func (s *Server) Token() (string, error) { return s.issuer.token(time.Now()) }

// Close removes what the server keeps in temporary files. No request may be under way.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, v := range s.views {
		errs = append(errs, v.close())
	}
	s.views = nil
	return errors.Join(errs...)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.begin(w, r)
	defer s.end(a)
	if !a.asks() || !s.admits(a) || s.failsAtOnce(a) {
		return
	}
	a.route.answer(s, a)
}

// asks lets through what reads: GET, and POST for tokens in a form. The API has nothing else.
func (a *answer) asks() bool {
	if a.r.Method == http.MethodGet || a.r.Method == http.MethodPost {
		return true
	}
	a.out.Header().Set("Allow", "GET, POST")
	a.page(http.StatusMethodNotAllowed, "Method Not Allowed")
	return false
}

// begin takes down a request and finds out what it is for.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *answer {
	n := s.counts.began()
	if s.options.Advance > 0 && n%s.options.Advance == 0 {
		if _, err := s.Advance(); err != nil {
			panic(fmt.Errorf("go on to the next snapshot: %w", err)) // net/http logs it and closes the connection
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a := newAnswer(s, w, r)
	a.route, a.ids = findRoute(r.URL.Path)
	return a
}

// end counts a request and tells the log of it, also when a fault broke it off.
func (s *Server) end(a *answer) {
	request := a.finish()
	s.counts.ended(request)
	if s.options.Log != nil {
		s.options.Log(request)
	}
}
