package ui

import (
	"context"
	"errors"
	"html/template"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/ejmx/ejmx/templates"
)

// The limits on those who connect.
const (
	maxConnections = 64
	maxHeader      = 32 << 10         // bytes of a request's headers
	maxForm        = 64 << 10         // bytes of a form that is sent
	headerPatience = 10 * time.Second // to send the headers
	bodyPatience   = 30 * time.Second // to send all of a request
	pagePatience   = 5 * time.Minute  // to make and send a page: EJM may be asked first, and asked again
	idlePatience   = 2 * time.Minute  // between requests
	endPatience    = 2 * time.Second  // to read the rest of an answer when the server ends
)

// Server is the window of one season. The zero Server is not usable; see [New].
type Server struct {
	options Options
	pages   *template.Template
	runs    runs
	session *session
	files   *fileServer
	quit    chan struct{}
	over    sync.Once // closes quit

	serving context.Context // what runs live in: they outlast the requests that start them

	mu    sync.Mutex
	flash string      // said once, on the next page
	typed Credentials // last, and not accepted
}

// New makes a server; [Server.Serve] opens it.
func New(o Options) (*Server, error) {
	pages, err := parsePages(o.Words)
	if err != nil {
		return nil, err
	}
	return &Server{options: o, pages: pages, runs: runs{now: o.Now}, session: newSession(), quit: make(chan struct{})}, nil
}

// parsePages reads the pages' templates.
func parsePages(w Words) (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"size": w.Size, "plural": plural, "text": w.Text, "base": filepath.Base,
	}).ParseFS(templates.UI, "ui/*.html")
}

// Serve listens on 127.0.0.1 at two free ports, one for the pages and one for the files of exports, until ctx is done or a
// person quits; neither is an error. Ready is told the one-time address that lets a browser in. A run at work is waited
// for; Options.Waiting is told.
func (s *Server) Serve(ctx context.Context, ready func(address string)) error {
	pages, err := listen(ctx)
	if err != nil {
		return err
	}
	files, err := listen(ctx)
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	s.serving = serving
	s.files = newFileServer(files.Addr().String(), s.postingsFolder)
	s.session.host = pages.Addr().String()
	servers := []*http.Server{s.server(serving, s.handler()), s.server(serving, s.files)}
	servers[1].WriteTimeout = 0 // a zip of gigabytes takes as long as it takes
	ended := make(chan error, len(servers))
	go func() { ended <- servers[0].Serve(pages) }()
	go func() { ended <- servers[1].Serve(files) }()
	ready(s.session.entrance())
	select {
	case err = <-ended:
		ended <- err // counted below
	case <-s.quit:
	case <-ctx.Done():
		s.await()
	}
	s.abandon()
	end() // pages that follow a run stop following
	return errors.Join(shut(servers), closed(ended), closed(ended))
}

func listen(ctx context.Context) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(listener, maxConnections), nil
}

func (s *Server) server(ctx context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, WriteTimeout: pagePatience, IdleTimeout: idlePatience,
		MaxHeaderBytes: maxHeader,
	}
}

// shut ends servers: what is being sent may be read to its end, for a moment.
func shut(servers []*http.Server) error {
	patience, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	for _, server := range servers {
		if server.Shutdown(patience) != nil {
			_ = server.Close() // what still hangs on is cut off
		}
	}
	return nil
}

func closed(ended <-chan error) error {
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// await waits for the run at work.
func (s *Server) await() {
	one := s.runs.atWork()
	if one == nil {
		return
	}
	if s.options.Waiting != nil {
		s.options.Waiting(one.title)
	}
	<-one.ended
}

// abandon stops the run that is at work still, when there is no server any more to show it.
func (s *Server) abandon() {
	if one := s.runs.atWork(); one != nil {
		one.stop(errStopped)
		<-one.ended
	}
}

// end ends the server, once.
func (s *Server) end() { s.over.Do(func() { close(s.quit) }) }

// handler is the pages behind their guards. What needs no session is the entrance alone.
func (s *Server) handler() http.Handler {
	inside := http.NewServeMux()
	for pattern, show := range map[string]func(http.ResponseWriter, *http.Request){
		"GET /{$}":                   s.home,
		"GET /postings/{id}":         s.posting,
		"GET /postings/{id}/missing": s.missing,
		"GET /archive":               s.archive,
		"GET /status":                s.status,
		"GET /settings":              s.settings,
		"GET /quit":                  s.askToQuit,
		"GET /events":                s.events,
		"POST /settings/account":     s.keepAccount,
		"POST /settings/edition":     s.setUsual,
		"POST /settings/forget":      s.forgetAccount,
		"POST /demo":                 s.makeDemo,
		"POST /demo/leave":           s.leaveDemo,
		"POST /list":                 s.list,
		"POST /export":               s.exportAll,
		"POST /postings/{id}/export": s.exportOne,
		"POST /postings/{id}/open":   s.open,
		"POST /archive":              s.makeArchive,
		"POST /archive/open":         s.openArchives,
		"POST /verify":               s.verify,
		"POST /stop":                 s.stop,
		"POST /seen":                 s.seen,
		"POST /quit":                 s.quitNow,
		"GET /assets/{name}":         asset,
		"GET /":                      s.notFound,
	} {
		inside.HandleFunc(pattern, show)
	}
	outside := http.NewServeMux()
	outside.HandleFunc("GET "+entrancePath, s.enter)
	outside.Handle("/", s.session.required(http.MaxBytesHandler(inside, maxForm), s.turnAway))
	return s.session.guard(outside)
}
