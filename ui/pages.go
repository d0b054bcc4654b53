package ui

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"path/filepath"
	"slices"

	"github.com/ejmx/ejmx/templates"
)

// page is what every page has; Body is its own.
type page struct {
	Title   string
	Here    string // path of the part of the window it belongs to: "/", "/archive", …
	Tool    string
	Season  Season
	Run     *runView // at work or the last one; nil for none
	Follows bool     // whether the run belongs to this page
	Flash   string
	Problem *problem
	Body    any
}

// postings is the folder of exports.
func (s Season) postings() string { return filepath.Join(s.Dir, "postings") }

// archives is the folder of archives.
func (s Season) archives() string { return filepath.Join(s.Dir, "archives") }

// show writes a page, with what every page has filled in.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	season, err := s.options.Actions.Season()
	if err != nil && p.Problem == nil {
		p.Problem = s.problem(err)
	}
	p.Season, p.Tool, p.Flash = season, s.options.Tool, s.takeFlash()
	if one := s.runs.last(); one != nil {
		p.Run = one.view(s.options.Words, s.options.Now())
		p.Follows = one.home == r.URL.Path
	}
	s.write(w, status, name, p)
}

// write fills a template, whole or not at all.
func (s *Server) write(w http.ResponseWriter, status int, name string, p page) {
	var text bytes.Buffer
	if err := s.pages.ExecuteTemplate(&text, name, p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a browser that went away misses it
}

// problem is an error for people.
func (s *Server) problem(err error) *problem {
	what, todo := s.options.Words.Error(err)
	return &problem{What: what, Todo: todo}
}

// fail shows an error instead of what was asked for.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, here string, err error) {
	s.show(w, r, http.StatusInternalServerError, "problem.html", page{Title: "This did not work", Here: here, Problem: s.problem(err)})
}

// say keeps a sentence for the next page.
func (s *Server) say(sentence string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flash = sentence
}

func (s *Server) takeFlash() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	flash := s.flash
	s.flash = ""
	return flash
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, "problem.html", page{
		Title: "There is no such page", Problem: &problem{What: "The address " + r.URL.Path + " leads nowhere", Todo: "start from the postings"},
	})
}

// assets are the files of the look: the window's own, and those it shares with the exported site.
var assets = []string{"site/site.css", "site/theme.js", "ui/ui.css", "ui/ui.js"}

func asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	i := slices.IndexFunc(assets, func(a string) bool { return path.Base(a) == name })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	data, err := templates.UI.ReadFile(assets[i])
	if err != nil {
		data, err = templates.Site.ReadFile(assets[i])
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	_, _ = w.Write(data) // a browser that went away misses it
}

// homePage is the list of postings, or the way to have some.
type homePage struct {
	Account  Account
	Postings []Posting
}

// home lists the postings. Who begins is shown how instead.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	account, err := s.options.Actions.Account()
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	postings, err := s.options.Actions.Postings()
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	body := homePage{Account: account, Postings: postings}
	if account.What == "" && len(postings) == 0 {
		s.show(w, r, http.StatusOK, "welcome.html", page{Title: "Welcome to ejmx", Here: "/", Body: settingsPage{Account: account}})
		return
	}
	s.show(w, r, http.StatusOK, "postings.html", page{Title: "Postings", Here: "/", Body: body})
}

// status shows the season's state and, asked for, what ejmx needs to work.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	facts, err := s.options.Actions.Status(r.Context())
	if err != nil {
		s.fail(w, r, "/status", err)
		return
	}
	body := map[string]any{"Facts": facts}
	if r.URL.Query().Has("check") {
		checks, err := s.options.Actions.Doctor(r.Context())
		if err != nil {
			s.fail(w, r, "/status", err)
			return
		}
		body["Checks"] = checks
	}
	s.show(w, r, http.StatusOK, "status.html", page{Title: "Status", Here: "/status", Body: body})
}
