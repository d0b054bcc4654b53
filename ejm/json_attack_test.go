//go:build !race

// The race detector has nothing to see here, one goroutine at work, and makes minutes of it.

package ejm

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
)

// repeating is an answer that begins, goes on with the same so many times, and ends.
type repeating struct {
	begin, piece, end string
	times             int // of piece; negative is without end
}

func (p repeating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const atOnce = 4096
	_, err := io.WriteString(w, p.begin)
	pieces := strings.Repeat(p.piece, atOnce)
	for n := 0; err == nil && (p.times < 0 || n < p.times) && r.Context().Err() == nil; n += atOnce {
		_, err = io.WriteString(w, pieces)
	}
	_, _ = io.WriteString(w, p.end)
}

// TestHostileJSON has a server answer with JSON that is meant to take all memory or never to end.
func TestHostileJSON(t *testing.T) {
	answers := map[string]repeating{
		"a number of 10 GB":              {`[{"appid": 1`, "9", `}]`, 10 << 30},
		"a text of 10 GB":                {`[{"fname": "`, "a", `"}]`, 10 << 30},
		"a key of 10 GB":                 {`[{"`, "a", `": 1}]`, 10 << 30},
		"escapes without end":            {`[{"fname": "`, `\u0041`, ``, -1},
		"white space without end":        {`[`, " ", ``, -1},
		"arrays in arrays":               {``, "[", ``, 100 << 20},
		"objects in objects":             {``, `{"a":`, ``, 100 << 20},
		"an array without end":           {`[`, `{"appid":0},`, ``, -1},
		"nulls without end":              {`[`, `null,`, ``, -1},
		"keys without end":               {`[{`, `"a":1,`, ``, -1},
		"the same key without end":       {`[{`, `"files":[],`, ``, -1},
		"documents without end":          {`{"files":[`, `{"file_id":1},`, ``, -1},
		"contents without end":           {`{"file_id":1,"filecontent":"`, `QUFB`, ``, -1},
		"contents that are no base64":    {`{"file_id":1,"filecontent":"`, `@@@@`, ``, -1},
		"padding without end":            {`{"file_id":1,"filecontent":"QQ`, `=`, ``, -1},
		"line breaks without end":        {`{"file_id":1,"filecontent":"`, `\r\n`, ``, -1},
		"an error's words without end":   {`{"error":"unknown error","error_description":"`, `a`, ``, -1},
		"byte-order marks without end":   {``, "\xEF\xBB\xBF", ``, -1},
		"surrogates that have no other":  {`[{"appid":1,"fname":"`, `\ud800`, `"}]`, 1 << 20},
		"bytes that are no UTF-8":        {`[{"appid":1,"fname":"`, "\xff\xfe", `"}]`, 1 << 20},
		"an exponent that has no number": {`[{"appid":1e`, "9", `}]`, 1 << 20},
	}
	var before, after runtime.MemStats
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			server := serverOf(t, map[string]http.HandlerFunc{"/api/": answer.ServeHTTP})
			c, err := New(Config{BaseURL: server.URL, Key: "key", Secret: "s3cret", ListLimit: int64(tried.Often(8, 64)) << 20, DocumentLimit: 128 << 10})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			runtime.GC()
			runtime.ReadMemStats(&before)
			for _, err = range c.Applications(t.Context()) {
				if err != nil {
					break
				}
			}
			checkRefused(t, "the list", err, answer.times < 0)
			for doc, documentsErr := range c.Documents(t.Context(), 1, KindFile) {
				if err = documentsErr; err != nil {
					break
				}
				if _, err = io.Copy(io.Discard, doc.Body); err != nil {
					break
				}
			}
			checkRefused(t, "the documents", err, answer.times < 0)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
				t.Errorf("it keeps %d MB", grown>>20)
			}
		})
	}
	tried.Row(t, "Attacks: answers", "JSON that never ends, nests, repeats keys, has numbers, texts and keys of 10 GB, base64 that is none",
		"a server that sends each as a list and as an application's documents", 2*len(answers), "refused within the limits; memory does not grow")
}

func checkRefused(t *testing.T, what string, err error, must bool) {
	t.Helper()
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Errorf("%s: not an error of the client: %v", what, err)
	}
	if err == nil && must {
		t.Errorf("%s came to an end that it does not have", what)
	}
}
