package ejm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// serverOf serves answers by path; /token/ hands out numbered tokens.
func serverOf(t *testing.T, answers map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	var issued atomic.Int64
	mux := http.NewServeMux()
	if answers["/token/"] == nil {
		mux.HandleFunc("/token/", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"access_token": "token-%d", "expires_in": "3600", "token_type": "bearer", "scope": "basic"}`, issued.Add(1))
		})
	}
	for path, answer := range answers {
		mux.HandleFunc(path, answer)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func clientOf(t *testing.T, server *httptest.Server) *Client {
	t.Helper()
	c, err := New(Config{BaseURL: server.URL, Key: "key", Secret: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestListsInEveryForm(t *testing.T) {
	one := `{"appid": "620310", "aid": 38848, "posid": "9012", "fname": "Min\u002dJung", "lname": "Lee", "files": [], "questions": [],
		"recommendations": {"0": {"recid": 41, "blobid": null}}, "error": false, "new_key": {"a": [1]}}`
	for name, body := range map[string]string{
		"an array":              `[` + one + `]`,
		"an object by number":   `{"0": ` + one + `}`,
		"an envelope":           `{"error": false, "applications": [` + one + `]}`,
		"one bare object":       one,
		"white space around it": "\r\n [\n" + one + "\n] \n",
		"a null beside it":      `[null, ` + one + `]`,
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": text(body)}))
			var all []Application
			for a, err := range c.Applications(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, a)
			}
			if len(all) != 1 || all[0].AppID != 620310 || all[0].FirstName != "Min-Jung" || len(all[0].Recommendations) != 1 {
				t.Fatalf("got %+v", all)
			}
			var raw map[string]any
			if err := json.Unmarshal(all[0].RawRecord(), &raw); err != nil || raw["new_key"] == nil {
				t.Errorf("the raw record lost a key: %s, %v", all[0].Raw, err)
			}
		})
	}
	for name, body := range map[string]string{"an empty array": `[]`, "an empty object": `{}`} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": text(body)}))
			for a, err := range c.Applications(t.Context()) {
				t.Errorf("got %v, %v", a, err)
			}
		})
	}
}

func TestErrorsOfEJM(t *testing.T) {
	for name, test := range map[string]struct {
		status    int
		body      string
		want      error
		temporary bool
	}{
		"no results":           {200, `{"error": "no results returned"}`, ErrNoResults, false},
		"a database error":     {200, `{"error": "database connection error", "error_description": "try later"}`, ErrUnavailable, true},
		"an unknown error":     {200, `{"error": "unknown error"}`, ErrUnavailable, true},
		"unauthorized":         {200, `{"error": "unauthorized request"}`, ErrRefused, false},
		"an address":           {200, `{"error": "unauthorized request", "error_description": "IP address 203.0.113.7 is not registered"}`, ErrRefused, false},
		"true for an error":    {200, `{"error": true}`, ErrUnavailable, true},
		"a web page":           {200, `<!DOCTYPE html><html>Sign in</html>`, ErrNotAPI, true},
		"nothing at all":       {200, ``, ErrBadContent, true},
		"a cut list":           {200, `[{"appid": 1}, {"app`, ErrBadContent, true},
		"garbage in a list":    {200, `[{"appid": 1}, {"appid" 2}]`, ErrBadContent, true},
		"text after the list":  {200, `[{"appid": 1}] trailing`, ErrBadContent, true},
		"too many requests":    {429, `slow down`, ErrUnavailable, true},
		"a bad gateway":        {502, `<html>`, ErrUnavailable, true},
		"forbidden":            {403, `{"error": "unauthorized request"}`, ErrRefused, false},
		"not found":            {404, `not here`, ErrNotAPI, false},
		"gone, says EJM":       {404, `{"error": "no results returned"}`, ErrNoResults, false},
		"an invalid request":   {200, `{"error": "invalid request", "error_description": "no such path"}`, ErrInvalidRequest, false},
		"null":                 {200, `null`, ErrBadContent, true},
		"another API":          {200, `{"message": "hi"}`, ErrNotAPI, true},
		"false":                {200, `false`, ErrBadContent, true},
		"a bad request":        {400, `?`, ErrNotAPI, false},
		"deep nesting":         {200, strings.Repeat("[", 100_000), ErrBadContent, true},
		"an endless number":    {200, `[` + strings.Repeat("9", 17<<20), ErrTooLarge, false},
		"an error in the list": {200, `[{"error": "no results returned"}]`, ErrNoResults, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			}}))
			var last error
			for _, err := range c.Applications(t.Context()) {
				last = err
			}
			var e *Error
			if !errors.As(last, &e) || !errors.Is(last, test.want) || e.Temporary() != test.temporary {
				t.Fatalf("got %v (%T), want %v, temporary %v", last, last, test.want, test.temporary)
			}
			if strings.Contains(last.Error(), "s3cret") || strings.Contains(last.Error(), "token-") {
				t.Errorf("the error shows a secret: %v", last)
			}
			if name == "an address" && (e.Refused != RefusedAddress || e.Address != "203.0.113.7") {
				t.Errorf("refused %q, address %q", e.Refused, e.Address)
			}
		})
	}
}

func TestDocumentsInEveryEnvelope(t *testing.T) {
	file := func(id int, after bool) string {
		content := `"filecontent": "JVBERi0x\r\nLjcK"`
		meta := fmt.Sprintf(`"file_id": %d, "blobid": "77%d", "type_id": 10, "filename": "cv.pdf", "filesize": "9", "filetype": "application\/pdf", "sha1_hash": "ABC"`, id, id)
		if after {
			return `{` + content + `, ` + meta + `}`
		}
		return `{` + meta + `, ` + content + `}`
	}
	link := `{"file_id": 3, "path": "https:\/\/example.org\/talk", "type_id": 25, "filecontent": null}`
	for name, test := range map[string]struct {
		body string
		ids  []ID
	}{
		"the bare object":     {file(1, false), []ID{1}},
		"contents first":      {file(1, true), []ID{1}},
		"an array of one":     {`[` + file(1, false) + `]`, []ID{1}},
		"keyed by 0":          {`{"0": ` + file(1, false) + `}`, []ID{1}},
		"the older form":      {`{"file_id": 1, "files": [` + file(1, true) + `]}`, []ID{1}},
		"several, and a link": {`[` + file(1, true) + `,` + link + `,` + file(2, false) + `]`, []ID{1, 3, 2}},
		"several by number":   {`{"0": ` + file(1, true) + `, "1": ` + file(2, false) + `, "error": false}`, []ID{1, 2}},
		"none":                {`[]`, nil},
		"null":                {`null`, nil},
		"a byte order mark":   {"\xEF\xBB\xBF" + file(1, false), []ID{1}},
		"one within another":  {`{"file_id": 1, "filesize": 9, "filename": "cv.pdf", "sha1_hash": "abc", "blobid": 771, "filecontent": "JVBERi0xLjcK", "0": {"file_id": 6, "filecontent": "QUJD"}}`, []ID{1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/document/620310/files": text(test.body)}))
			var ids []ID
			for d, err := range c.Documents(t.Context(), 620310, KindFile) {
				if err != nil {
					t.Fatal(err)
				}
				data, err := io.ReadAll(d.Body)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, d.ID)
				if d.ID == 3 {
					if d.HasContent || d.Path != "https://example.org/talk" {
						t.Errorf("the link is %+v", d)
					}
					continue
				}
				if string(data) != "%PDF-1.7\n" || !d.HasContent || d.BlobID != 770+d.ID || d.SHA1 != "abc" || d.FileName != "cv.pdf" {
					t.Errorf("document %+v with %q", d, data)
				}
				var record map[string]any
				if err := json.Unmarshal(d.Raw, &record); err != nil || record["filecontent"] != nil {
					t.Errorf("raw record %s, %v", d.Raw, err)
				}
			}
			if fmt.Sprint(ids) != fmt.Sprint(test.ids) {
				t.Errorf("documents %v, want %v", ids, test.ids)
			}
		})
	}
}

func TestUnreadBodiesArePassedOver(t *testing.T) {
	body := `[{"letterid": 1, "filecontent": "` + strings.Repeat("QUJD", 50_000) + `", "blobid": 5}, {"letterid": 2, "filecontent": "QUJD"}]`
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/document/1/letters": text(body)}))
	var ids []ID
	for d, err := range c.Documents(t.Context(), 1, KindLetter) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, d.ID)
	}
	if len(ids) != 2 {
		t.Errorf("got %v", ids)
	}
}

func TestDamagedDocuments(t *testing.T) {
	for name, body := range map[string]string{
		"broken base64":     `{"file_id": 1, "filecontent": "!!!!"}`,
		"a cut body":        `{"file_id": 1, "filecontent": "QUJD`,
		"a cut record":      `{"file_id": 1, "filecontent": "QUJD", "blobid"`,
		"fewer bytes":       `{"file_id": 1, "filesize": 10, "filecontent": "QUJD"}`,
		"more bytes":        `{"file_id": 1, "filecontent": "QUJDQUJD", "filesize": 3}`,
		"garbage after":     `{"file_id": 1, "filecontent": "QUJD"} x`,
		"nested a thousand": strings.Repeat(`{"files":`, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/files/1": text(body)}))
			var last error
			for d, err := range c.Document(t.Context(), KindFile, 1) {
				if last = err; err == nil {
					_, last = io.Copy(io.Discard, d.Body)
				}
			}
			if !errors.Is(last, ErrBadContent) {
				t.Errorf("error %v; want ErrBadContent", last)
			}
		})
	}
}

func TestExpiredTokenIsRenewedOnce(t *testing.T) {
	var refused atomic.Int64
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-2" {
			refused.Add(1)
			io.WriteString(w, `{"error": "invalid request", "error_description": "Missing or expired token."}`)
			return
		}
		io.WriteString(w, `[]`)
	}
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": answer}))
	for _, err := range c.Applications(t.Context()) {
		t.Fatal(err)
	}
	if refused.Load() != 1 {
		t.Errorf("refused %d times", refused.Load())
	}
}

func TestTokenRequestFallsBackToBasic(t *testing.T) {
	token := func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if !ok || user != "key" || password != "s3cret" || r.FormValue("client_secret") != "" {
			io.WriteString(w, `{"error": "invalid_client", "error_description": "use Basic"}`)
			return
		}
		io.WriteString(w, `{"access_token": "abc", "expires_in": 3600, "token_type": "bearer"}`)
	}
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/token/": token, "/api/applications": text(`[]`)}))
	for _, err := range c.Applications(t.Context()) {
		t.Fatal(err)
	}
}

func TestRedirectToAnotherHostIsRefused(t *testing.T) {
	var leaked atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Store(true) }))
	defer other.Close()
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/api/applications", http.StatusFound)
	}}))
	for _, err := range c.Applications(t.Context()) {
		if !errors.Is(err, ErrNotAPI) {
			t.Errorf("error %v", err)
		}
	}
	if leaked.Load() {
		t.Error("the other host was asked")
	}
}

func TestAddressesThatAreNoAPI(t *testing.T) {
	for _, address := range []string{"", "econjobmarket.org", "http://backend.econjobmarket.org", "ftp://127.0.0.1", "https://user:pass@host"} {
		if _, err := New(Config{BaseURL: address, Token: "t"}); !errors.Is(err, ErrNotAPI) {
			t.Errorf("%q: error %v", address, err)
		}
	}
	if _, err := New(Config{BaseURL: "https://backend.econjobmarket.org"}); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("without credentials: %v", err)
	}
}

func TestStalledBodyEnds(t *testing.T) {
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `[{"appid": 1},`)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}}))
	c.config.StallTimeout = 50 * time.Millisecond
	var last error
	for _, err := range c.Applications(t.Context()) {
		last = err
	}
	var e *Error
	if !errors.As(last, &e) || !errors.Is(last, ErrUnreachable) || !e.Temporary() {
		t.Errorf("error %v", last)
	}
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{BaseURL: "https://backend.econjobmarket.org", Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		c.answered.Store(true)
		tries := 0
		fail := func(e *Error) func(context.Context) error {
			tries = 0
			return func(context.Context) error { tries++; return e }
		}
		began := time.Now()
		err = c.Retry(t.Context(), "letter 1", fail(&Error{Status: 503, Err: ErrUnavailable}))
		if tries != 5 || err.Error() != "letter 1: HTTP 503 after 5 tries" {
			t.Errorf("%d tries, error %v", tries, err)
		}
		if waited := time.Since(began); waited < 3*time.Second || waited > 20*time.Second {
			t.Errorf("waited %s", waited)
		}
		began = time.Now()
		_ = c.Retry(t.Context(), "x", fail(&Error{Status: 429, Err: ErrUnavailable, RetryAfter: time.Hour}))
		if waited := time.Since(began); waited != 4*time.Minute {
			t.Errorf("with Retry-After waited %s, want a minute each time", waited)
		}
		if _ = c.Retry(t.Context(), "x", fail(&Error{Err: ErrNoResults})); tries != 1 {
			t.Errorf("what cannot succeed was tried %d times", tries)
		}
		disk := errors.New("disk full")
		if err := c.Retry(t.Context(), "x", func(context.Context) error { return disk }); !errors.Is(err, disk) || err.Error() != disk.Error() {
			t.Errorf("an error of ours came back as %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Retry(ctx, "x", fail(&Error{Err: ErrUnavailable})); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func FuzzLists(f *testing.F) {
	f.Add(`[{"appid": 1}]`)
	f.Add(`{"0": {"appid": "2"}, "error": false}`)
	f.Add(`{"error": "no results returned"}`)
	f.Fuzz(func(t *testing.T, body string) {
		_ = eachRecord(newScanner(strings.NewReader(body)), "applications", func(raw []byte) error {
			var a Application
			if err := a.UnmarshalJSON(raw); err == nil && !json.Valid(a.Raw) {
				t.Fatalf("%q gives a raw record that is no JSON: %q", body, a.Raw)
			}
			return nil
		})
	})
}

func FuzzDocuments(f *testing.F) {
	f.Add(`{"file_id": 1, "filecontent": "QUJD", "files": [{"file_id": 2}]}`)
	f.Add(`{"0": {"letterid": 1, "filecontent": "QUJD"}}`)
	f.Fuzz(func(t *testing.T, body string) {
		s := newScanner(strings.NewReader(body))
		d := &documents{scan: s, kind: KindFile, content: &content{scan: s, limit: 1 << 16}}
		d.yield = func(doc *Document) bool {
			if _, err := io.Copy(io.Discard, doc.Body); err == nil && !json.Valid(doc.Raw) {
				t.Fatalf("%q gives a raw record that is no JSON: %q", body, doc.Raw)
			}
			return true
		}
		_ = d.read()
	})
}

func TestErrorsRepeatNoSecret(t *testing.T) {
	for name, body := range map[string]string{
		"in EJM's words":  `{"error": "invalid request token-1", "error_description": "token-1 of s3cret is no good"}`,
		"in a web page":   `<html>token-1 s3cret`,
		"in broken JSON":  `{token-1 s3cret`,
		"in a bad record": `[{"appid": token-1}]`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, status := range []int{200, 400, 503} {
				c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					io.WriteString(w, body)
				}}))
				var seen strings.Builder
				c.config.Observe = func(r Request) { seen.WriteString(r.String()) }
				for _, err := range c.Applications(t.Context()) {
					seen.WriteString(err.Error())
				}
				if strings.Contains(seen.String(), "token-1") || strings.Contains(seen.String(), "s3cret") || seen.String() == "" {
					t.Errorf("status %d: shown is %q", status, seen.String())
				}
			}
		})
	}
}
