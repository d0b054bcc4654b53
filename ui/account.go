package ui

import (
	"errors"
	"net/http"
)

// settingsPage is the account and the season's folder. It never holds a secret.
type settingsPage struct {
	Account   Account
	Key       string // as it was typed, for another try
	CanRepeat bool   // what was typed is still known, and may be tried again as it is
	Editions  []Edition
}

func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, nil)
}

// showAccount shows the account and, after one that EJM did not accept, what is wrong with it.
func (s *Server) showAccount(w http.ResponseWriter, r *http.Request, status int, wrong error) {
	account, err := s.options.Actions.Account()
	if err != nil {
		s.fail(w, r, "/settings", errors.Join(wrong, err))
		return
	}
	editions, err := s.options.Actions.Editions()
	if err != nil {
		s.fail(w, r, "/settings", errors.Join(wrong, err))
		return
	}
	p, body := page{Title: "Settings", Here: "/settings"}, settingsPage{Account: account, Editions: editions}
	if wrong != nil {
		p.Problem = s.problem(wrong)
		body.Key, body.CanRepeat = s.lastTyped().Key, true
	}
	p.Body = body
	s.show(w, r, status, "settings.html", p)
}

// setUsual keeps who exports are for, unless an export says otherwise.
func (s *Server) setUsual(w http.ResponseWriter, r *http.Request) {
	if err := s.options.Actions.SetUsual(r.PostFormValue("edition")); err != nil {
		s.fail(w, r, "/settings", err)
		return
	}
	s.say("Kept in the season's settings.")
	http.Redirect(w, r, "/settings", http.StatusSeeOther)
}

// keepAccount tries at once what was typed. What EJM refuses is said, and can be typed again or tried again as it is; what
// it accepts is kept, and EJM is asked for the postings.
func (s *Server) keepAccount(w http.ResponseWriter, r *http.Request) {
	typed := Credentials{Key: r.PostFormValue("key"), Secret: r.PostFormValue("secret")}
	if r.PostFormValue("again") != "" {
		typed = s.lastTyped()
	}
	where, err := s.options.Actions.Keep(r.Context(), typed)
	if err != nil {
		s.remember(typed)
		s.showAccount(w, r, http.StatusUnprocessableEntity, err)
		return
	}
	s.remember(Credentials{})
	s.say("EJM accepts it. It is kept in " + where + ".")
	s.begin(w, r, "Asking EJM for your postings", "/", s.options.Actions.List)
}

// lastTyped is what was typed last and not accepted. The secret in it goes to EJM, and never to the browser.
func (s *Server) lastTyped() Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typed
}

func (s *Server) remember(typed Credentials) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typed = typed
}

func (s *Server) forgetAccount(w http.ResponseWriter, r *http.Request) {
	if err := s.options.Actions.Forget(); err != nil {
		s.fail(w, r, "/settings", err)
		return
	}
	s.say("The account is no longer kept on this computer.")
	http.Redirect(w, r, "/settings", http.StatusSeeOther)
}
