package replay

import (
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// answer is one request and what is being answered. Its methods write the body; each ends it.
type answer struct {
	server  *Server
	r       *http.Request
	out     *response
	view    *view
	route   route
	ids     []ejm.ID // the numbers in the path
	quirks  Quirks
	began   time.Time
	request Request
}

func newAnswer(s *Server, w http.ResponseWriter, r *http.Request) *answer {
	quirks := s.options.Quirks
	return &answer{server: s, r: r, out: newResponse(w, r, quirks), view: s.current.Load(), quirks: quirks, began: time.Now()}
}

// apiError is one of EJM's errors. EJM sends most of them with HTTP status 200.
type apiError struct {
	code, description string
	status            int // the status that would be right
}

var (
	noResults    = apiError{"no results returned", "The query returned no results.", http.StatusNotFound}
	badToken     = apiError{"invalid request", "Missing or expired token.", http.StatusUnauthorized}
	databaseDown = apiError{"database connection error", "Unable to connect to the database.", http.StatusServiceUnavailable}
	unknownError = apiError{"unknown error", "An unknown error occurred.", http.StatusInternalServerError}
	unauthorized = apiError{"unauthorized request", "The client is not authorized to make this request.", http.StatusForbidden}
)

// fail answers with one of EJM's errors.
func (a *answer) fail(e apiError) {
	status := http.StatusOK
	if a.quirks.has(quirkStatuses) {
		status = e.status
	}
	a.failWith(status, e)
}

// failWith answers with an error and a status.
func (a *answer) failWith(status int, e apiError) {
	a.request.Error = e.code
	body, _ := json.Marshal(map[string]string{"error": e.code, "error_description": e.description}) // strings always marshal
	a.json(status, body)
}

// json answers with a JSON text, in the form that the quirks ask for.
func (a *answer) json(status int, body []byte) {
	a.out.Header().Set("Content-Type", "application/json")
	a.out.WriteHeader(status)
	_, _ = a.out.Write(a.quirks.rewrite(body)) // a client that has gone needs no answer
}

// page answers with a web page, as what stands before EJM's API would.
func (a *answer) page(status int, title string) {
	a.out.Header().Set("Content-Type", "text/html; charset=utf-8")
	a.out.WriteHeader(status)
	_, _ = a.out.Write([]byte("<!DOCTYPE html>\n<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n"))
}

// abort breaks the connection off: what was meant to be sent cannot be.
func (a *answer) abort(err error) {
	a.request.Error = err.Error()
	panic(http.ErrAbortHandler)
}

// array answers with a list of records of about so many bytes. Its name is that under which it may stand, "" for none.
func (a *answer) array(name string, records iter.Seq2[[]byte, error], bytes int64) {
	a.out.Header().Set("Content-Type", "application/json")
	a.out.expect(bytes)
	around := a.listEnvelope(name)
	n := 0
	_, _ = io.WriteString(a.out, around.before)
	for record, err := range records {
		if err != nil {
			a.abort(err)
		}
		_, _ = io.WriteString(a.out, around.lead(n))
		if _, err := a.out.Write(a.quirks.record(record)); err != nil {
			return
		}
		n++
	}
	_, _ = io.WriteString(a.out, around.after)
}

// single answers with one record.
func (a *answer) single(at span) {
	record, err := a.view.record(at)
	if err != nil {
		a.abort(err)
	}
	if a.quirks.has(quirkErrorFalse) {
		record = withField(record, `"error":false`)
	}
	a.out.Header().Set("Content-Type", "application/json")
	a.out.expect(int64(at.length) / 2)
	around := a.singleEnvelope()
	_, _ = io.WriteString(a.out, around.before+around.lead(0))
	_, _ = a.out.Write(a.quirks.record(record))
	_, _ = io.WriteString(a.out, around.after)
}

// finish gives the request as it is counted and logged.
func (a *answer) finish() Request {
	a.out.close()
	a.request.Method, a.request.Path, a.request.Route = a.r.Method, a.r.URL.Path, a.route.pattern
	a.request.Remote = a.r.RemoteAddr
	a.request.Status, a.request.Bytes = a.out.status, a.out.written
	a.request.Duration = time.Since(a.began)
	return a.request
}
