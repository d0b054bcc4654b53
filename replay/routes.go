package replay

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// route is one of the API's methods.
type route struct {
	pattern string // as it is counted: "/api/files/{id}"
	public  bool   // whether it needs no token
	answer  func(*Server, *answer)
}

// routes are all methods of the API. What {id} stands for is a number, and is handed on in answer.ids.
var routes = []route{
	{"/token", true, (*Server).answerToken},
	{"/api/applications", false, all(mirror.Applications)},
	{"/api/applications/{id}", false, one(mirror.Applications)},
	{"/api/applicants", false, all(mirror.Applicants)},
	{"/api/applicants/{id}", false, one(mirror.Applicants)},
	{"/api/files", false, all(mirror.Files)},
	{"/api/files/{id}", false, contents(fileKind)},
	{"/api/letters", false, all(mirror.Letters)},
	{"/api/letters/{id}", false, contents(letterKind)},
	{"/api/document/{id}/application", false, one(mirror.Applications)},
	{"/api/document/{id}/applicant", false, (*Server).answerApplicantOf},
	{"/api/document/{id}/files", false, contentsOf(fileKind)},
	{"/api/document/{id}/letters", false, contentsOf(letterKind)},
	{"/api/conferences", false, all(mirror.Conferences)},
	{"/api/conferences/{id}", false, (*Server).answerInterviews},
	{"/api/placement_officers", false, (*Server).answerPlacementOfficers},
	{"/data/zz_public/json/Ads", true, all(mirror.Ads)},
}

// nowhere answers what is none of the API's methods, as EJM's web server does: there are no folders to look into.
var nowhere = route{"(no such method)", true, func(_ *Server, a *answer) { a.page(http.StatusNotFound, "Not Found") }}

// findRoute finds the method that a path names, with or without a slash at its end, and the numbers in the path.
func findRoute(path string) (route, []ejm.ID) {
	path = strings.TrimSuffix(path, "/")
	for _, r := range routes {
		if ids, ok := match(r.pattern, path); ok {
			return r, ids
		}
	}
	return nowhere, nil
}

func match(pattern, path string) (ids []ejm.ID, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i, part := range want {
		if part != "{id}" {
			if part != have[i] {
				return nil, false
			}
			continue
		}
		id, err := strconv.ParseUint(have[i], 10, 62)
		if err != nil {
			return nil, false
		}
		ids = append(ids, ejm.ID(id))
	}
	return ids, true
}

// all answers with a whole list.
func all(method mirror.Method) func(*Server, *answer) {
	return func(_ *Server, a *answer) {
		l := a.view.lists[method]
		a.array(listNames[method], a.view.records(l.all), l.bytes)
	}
}

// one answers with a single record.
func one(method mirror.Method) func(*Server, *answer) {
	return func(_ *Server, a *answer) {
		if at, ok := a.view.lists[method].byID[a.ids[0]]; ok {
			a.single(at)
			return
		}
		a.fail(noResults)
	}
}

func (s *Server) answerApplicantOf(a *answer) {
	at, ok := a.view.lists[mirror.Applications].byID[a.ids[0]]
	if !ok {
		a.fail(noResults)
		return
	}
	application, err := a.view.record(at)
	if err != nil {
		a.abort(err)
		return
	}
	a.ids[0] = parse(application).number("aid")
	one(mirror.Applicants)(s, a)
}

// answerInterviews gives the interviews of one conference, as EJM sent them: without the key that says which.
func (s *Server) answerInterviews(a *answer) {
	if _, ok := a.view.lists[mirror.Conferences].byID[a.ids[0]]; !ok {
		a.fail(noResults)
		return
	}
	spans := a.view.interviews[a.ids[0]]
	bytes := int64(0)
	for _, at := range spans {
		bytes += int64(at.length) / 2
	}
	a.array("", func(yield func([]byte, error) bool) {
		for record, err := range a.view.records(spans) {
			if !yield(withoutConference(record), err) {
				return
			}
		}
	}, bytes)
}

// withoutConference undoes mirror.WithConference.
func withoutConference(record []byte) []byte {
	parsed := parse(record)
	delete(parsed, "ejmx_conference_id")
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if parsed == nil || encoder.Encode(parsed) != nil {
		return record
	}
	return bytes.TrimSpace(out.Bytes())
}

// answerPlacementOfficers has no such method where the mirror has no such list.
func (s *Server) answerPlacementOfficers(a *answer) {
	if len(a.view.lists[mirror.PlacementOfficers].all) == 0 {
		nowhere.answer(s, a)
		return
	}
	all(mirror.PlacementOfficers)(s, a)
}
