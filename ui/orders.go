package ui

import (
	"fmt"
	"net/http"

	"github.com/ejmx/ejmx/ejm"
)

// begin starts an action and leads to the page that shows it.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, title, home string, action Action) {
	if err := s.runs.start(s.serving, title, home, action); err != nil {
		s.refuse(w, r)
		return
	}
	http.Redirect(w, r, home+"#run", http.StatusSeeOther)
}

// refuse says that another run is at work.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusConflict, "problem.html", page{
		Title:   "One thing at a time",
		Problem: &problem{What: "Another run is at work: " + s.runs.last().title, Todo: "wait for it to end, or stop it"},
	})
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	s.begin(w, r, "Asking EJM for your postings", "/", s.options.Actions.List)
}

func (s *Server) makeDemo(w http.ResponseWriter, r *http.Request) {
	s.begin(w, r, "Making the demo", "/", s.options.Actions.Demo)
}

func (s *Server) leaveDemo(w http.ResponseWriter, r *http.Request) {
	if s.runs.atWork() != nil {
		s.refuse(w, r)
		return
	}
	if err := s.options.Actions.LeaveDemo(); err != nil {
		s.fail(w, r, "/", err)
		return
	}
	s.runs.forget()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) exportAll(w http.ResponseWriter, r *http.Request) {
	order := ExportOrder{All: true, Edition: r.PostFormValue("edition"), Offline: r.PostFormValue("source") == "mirror"}
	s.begin(w, r, "Export of all postings", "/", s.options.Actions.Export(order))
}

func (s *Server) exportOne(w http.ResponseWriter, r *http.Request) {
	posting, found := s.ask(w, r)
	if !found {
		return
	}
	order := ExportOrder{
		Postings: []ejm.ID{posting.ID}, Edition: r.PostFormValue("edition"), Offline: r.PostFormValue("source") == "mirror",
	}
	title := "Export of " + s.options.Words.Text(posting.Title)
	s.begin(w, r, title, fmt.Sprintf("/postings/%s", posting.ID), s.options.Actions.Export(order))
}

// stop stops the run at work and shows where it was.
func (s *Server) stop(w http.ResponseWriter, r *http.Request) {
	home := "/"
	if one := s.runs.atWork(); one != nil {
		one.stop(errStopped)
		<-one.ended
		home = one.home
	}
	http.Redirect(w, r, home+"#run", http.StatusSeeOther)
}

// seen takes the end of the last run off the pages.
func (s *Server) seen(w http.ResponseWriter, r *http.Request) {
	home := "/"
	if one := s.runs.last(); one != nil {
		home = one.home
	}
	s.runs.forget()
	http.Redirect(w, r, home, http.StatusSeeOther)
}

func (s *Server) askToQuit(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "quit.html", page{Title: "Quit ejmx?", Here: "/quit"})
}

// quitNow ends the server. A run at work is stopped first, if the person said so, and otherwise asked about.
func (s *Server) quitNow(w http.ResponseWriter, r *http.Request) {
	if one := s.runs.atWork(); one != nil {
		if r.PostFormValue("stop") == "" {
			http.Redirect(w, r, "/quit", http.StatusSeeOther)
			return
		}
		s.abandon()
	}
	s.write(w, http.StatusOK, "ended.html", page{Title: "ejmx has ended", Tool: s.options.Tool})
	s.end()
}
