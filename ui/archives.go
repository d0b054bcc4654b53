package ui

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/ejmx/ejmx/ejm"
)

// archivePage is the season's archives and the way to make one.
type archivePage struct {
	Archives []Archive
	Postings []Posting
	CanOpen  bool
	Asked    ArchiveOrder // what was asked for before it was refused; never a passphrase
}

func (s *Server) archive(w http.ResponseWriter, r *http.Request) {
	s.showArchives(w, r, http.StatusOK, ArchiveOrder{}, nil)
}

func (s *Server) showArchives(w http.ResponseWriter, r *http.Request, status int, asked ArchiveOrder, wrong *problem) {
	archives, err := s.options.Actions.Archives()
	if err != nil {
		s.fail(w, r, "/archive", err)
		return
	}
	postings, err := s.options.Actions.Postings()
	if err != nil {
		s.fail(w, r, "/archive", err)
		return
	}
	asked.Passphrase = ""
	s.show(w, r, status, "archive.html", page{
		Title: "Archive", Here: "/archive", Problem: wrong,
		Body: archivePage{Archives: archives, Postings: postings, CanOpen: s.options.Actions.Open != nil, Asked: asked},
	})
}

func (s *Server) makeArchive(w http.ResponseWriter, r *http.Request) {
	order, title, err := archiveOrder(r)
	if err != nil {
		s.showArchives(w, r, http.StatusUnprocessableEntity, order, s.problem(err))
		return
	}
	s.begin(w, r, title, "/archive", s.options.Actions.Archive(order))
}

// archiveOrder reads what is to be archived.
func archiveOrder(r *http.Request) (order ArchiveOrder, title string, err error) {
	order.Incomplete = r.PostFormValue("incomplete") != ""
	what := r.PostFormValue("what")
	title = "Archive of the whole season"
	if order.All = what == "all"; !order.All {
		id, err := strconv.ParseInt(what, 10, 64)
		if err != nil {
			return order, "", errors.New("say what to archive: the season or a posting")
		}
		order.Postings, title = []ejm.ID{ejm.ID(id)}, "Archive of posting "+what
	}
	if r.PostFormValue("lock") == "" {
		return order, title, nil
	}
	order.Passphrase = r.PostFormValue("passphrase")
	switch {
	case order.Passphrase == "":
		return order, "", errors.New("the passphrase is empty")
	case order.Passphrase != r.PostFormValue("again"):
		return order, "", errors.New("the two passphrases differ")
	}
	return order, title, nil
}

func (s *Server) openArchives(w http.ResponseWriter, r *http.Request) {
	season, err := s.options.Actions.Season()
	if err != nil {
		s.fail(w, r, "/archive", err)
		return
	}
	s.openPath(w, r, season.archives(), "/archive")
}

func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	order := VerifyOrder{Archive: r.PostFormValue("archive"), Passphrase: r.PostFormValue("passphrase")}
	title := "Verification of the season"
	if order.Archive != "" {
		title = "Verification of " + s.options.Words.Text(order.Archive)
	}
	s.begin(w, r, title, "/archive", s.options.Actions.Verify(order))
}
