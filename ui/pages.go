package ui

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
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

// postingPage is one posting: what is new, what can be made of it, what was made.
type postingPage struct {
	Posting  Posting
	Account  Account
	Editions []Edition
	Changes  Changes
	News     []newsLine
	Exports  []exportView
	CanOpen  bool
}

// newsLine says how many changes of a kind there are: "3 letters arrived".
type newsLine struct {
	What  string
	Count int
}

// exportView is an export with the addresses at which its files are served.
type exportView struct {
	Export
	Site    string
	Packets []packetView
	Book    string
	Zipped  string
}

type packetView struct {
	Packet
	Address string
}

// ask finds the posting that a request is about. Where it is not there, it has said so.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) (Posting, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.notFound(w, r)
		return Posting{}, false
	}
	postings, err := s.options.Actions.Postings()
	if err != nil {
		s.fail(w, r, "/", err)
		return Posting{}, false
	}
	i := slices.IndexFunc(postings, func(p Posting) bool { return p.ID == ejm.ID(id) })
	if i < 0 {
		s.notFound(w, r)
		return Posting{}, false
	}
	return postings[i], true
}

func (s *Server) posting(w http.ResponseWriter, r *http.Request) {
	posting, found := s.ask(w, r)
	if !found {
		return
	}
	body, err := s.postingPage(posting)
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	s.show(w, r, http.StatusOK, "posting.html", page{Title: s.options.Words.Text(posting.Title), Here: "/", Body: body})
}

func (s *Server) postingPage(posting Posting) (*postingPage, error) {
	a := s.options.Actions
	body := &postingPage{Posting: posting, CanOpen: a.Open != nil}
	var err error
	if body.Account, err = a.Account(); err != nil {
		return nil, err
	}
	if body.Editions, err = a.Editions(); err != nil {
		return nil, err
	}
	if posting.Fetched != "" {
		if body.Changes, err = a.Changes(posting.ID); err != nil {
			return nil, err
		}
		body.News = news(body.Changes.All)
	}
	exports, err := a.Exports(posting.ID)
	for _, e := range exports {
		body.Exports = append(body.Exports, s.exportView(e))
	}
	return body, err
}

// exportView gives an export's files the addresses at which they are served.
func (s *Server) exportView(e Export) exportView {
	folder := filepath.Base(e.Folder)
	v := exportView{Export: e, Site: s.files.address(folder + "/index.html"), Book: s.files.address(folder + "/summary.xlsx")}
	if e.Zip != "" {
		v.Zipped = s.files.address(filepath.Base(e.Zip))
	}
	for _, p := range e.Packets {
		v.Packets = append(v.Packets, packetView{p, s.files.address(folder + "/" + p.Path)})
	}
	return v
}

// news counts changes by what they are.
func news(changes []dossier.Change) []newsLine {
	var lines []newsLine
	for _, c := range changes {
		what := c.What
		if c.Item == "" {
			what = "applications " + c.What
		}
		i := slices.IndexFunc(lines, func(l newsLine) bool { return l.What == what })
		if i < 0 {
			lines = append(lines, newsLine{What: what})
			i = len(lines) - 1
		}
		lines[i].Count++
	}
	return lines
}

func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	posting, found := s.ask(w, r)
	if !found {
		return
	}
	table, err := s.options.Actions.Missing(posting.ID)
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	s.show(w, r, http.StatusOK, "missing.html", page{
		Title: "What is still to come", Here: "/", Body: map[string]any{"Posting": posting, "Table": table},
	})
}

// openable are the things of an export that may be opened in their own program: made by ejmx, none of them an applicant's.
var openable = map[string]string{"site": "index.html", "workbook": "summary.xlsx", "folder": "."}

// errNothingToOpen says that what was to be opened is not there.
var errNothingToOpen = errors.New("there is nothing of this name to open; export the posting first")

// open opens a part of an export on this computer, where the person who asked sits.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	posting, found := s.ask(w, r)
	if !found {
		return
	}
	back := fmt.Sprintf("/postings/%s", posting.ID)
	exports, err := s.options.Actions.Exports(posting.ID)
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	part, known := openable[r.PostFormValue("what")]
	i := slices.IndexFunc(exports, func(e Export) bool { return e.Edition == r.PostFormValue("edition") })
	if !known || i < 0 {
		s.fail(w, r, "/", errNothingToOpen)
		return
	}
	s.openPath(w, r, filepath.Join(exports[i].Folder, part), back)
}

func (s *Server) openPath(w http.ResponseWriter, r *http.Request, name, back string) {
	if s.options.Actions.Open == nil {
		s.fail(w, r, "/", fmt.Errorf("this computer has no desktop to open it on; it lies at %s", name))
		return
	}
	if err := s.options.Actions.Open(name); err != nil {
		s.fail(w, r, "/", err)
		return
	}
	s.say("Opened " + name)
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// status shows the season's state and, asked for, what ejmx needs to work.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	facts, err := s.options.Actions.Status()
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
