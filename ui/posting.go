package ui

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// postingPage is one posting: what is new, what can be made of it, what was made.
type postingPage struct {
	Posting  Posting
	Account  Account
	Editions []Edition
	Changes  Changes
	News     []string // in short
	Exports  []exportView
	CanOpen  bool
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

// news counts changes by what they are: "2 applications new", "9 arrived".
func news(changes []dossier.Change) []string {
	type kind struct {
		isApplication bool
		what          string
	}
	counts := map[kind]int{}
	var kinds []kind // in the order in which they come
	for _, c := range changes {
		k := kind{c.Item == "", c.What}
		if counts[k] == 0 {
			kinds = append(kinds, k)
		}
		counts[k]++
	}
	var lines []string
	for _, k := range kinds {
		line := fmt.Sprintf("%d %s", counts[k], k.what)
		if k.isApplication {
			line = plural(counts[k], "application") + " " + k.what
		}
		lines = append(lines, line)
	}
	return lines
}

func (s *Server) missing(w http.ResponseWriter, r *http.Request) {
	posting, found := s.ask(w, r)
	if !found {
		return
	}
	missing, err := s.options.Actions.Missing(posting.ID)
	if err != nil {
		s.fail(w, r, "/", err)
		return
	}
	s.show(w, r, http.StatusOK, "missing.html", page{
		Title: "What is still to come", Here: "/", Body: map[string]any{"Posting": posting, "Missing": missing},
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
