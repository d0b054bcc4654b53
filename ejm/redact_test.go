package ejm

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestWithout(t *testing.T) {
	t.Parallel()
	const secret = "eyJhbGci.OiJSUzI1.NiIsInR5"
	for text, want := range map[string]string{
		"":                              "",
		"nothing of it":                 "nothing of it",
		"it is " + secret + ".":         "it is ….",
		secret + secret:                 "……",
		"cut at the end: eyJhbGci.OiJ…": "cut at the end: ……",
		"gone before: NiIsInR5":         "gone before: …",
		"too little to matter: eyJhbGc": "too little to matter: eyJhbGc",
		"Ängström " + secret + " ü":     "Ängström … ü",
	} {
		if got := without(text, secret); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := without("abc is short", "abc"); got != "… is short" {
		t.Errorf("a short secret: %q", got)
	}
}

// FuzzWithout: whatever a server says, no part of the secret that matters is left, and a text without any stays as it is.
func FuzzWithout(f *testing.F) {
	f.Add("it is eyJhbGci.OiJSUzI1", "eyJhbGci.OiJSUzI1.NiIsInR5")
	f.Add("aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaa")
	f.Add("\xff\xfeäääääääää", "äääääääää\xff")
	f.Add("ääää\xa4", "\xa4äää\xe2\x86\x92") // the mark begins with the byte that would go on with the secret
	f.Fuzz(func(t *testing.T, text, secret string) {
		if len(secret) < leastPart {
			return // it goes whole
		}
		got := without(text, secret)
		for shown := range strings.SplitSeq(got, "…") { // the marks are ours and show nothing
			for i := 0; i+leastPart <= len(secret); i++ {
				if strings.Contains(shown, secret[i:i+leastPart]) {
					t.Fatalf("%q became %q, which shows %q", text, got, secret[i:i+leastPart])
				}
			}
		}
	})
}

func TestRewordedErrorsKeepTheirKind(t *testing.T) {
	t.Parallel()
	c := &Client{config: Config{Key: "department", Secret: "open sesame please"}}
	for _, kind := range []error{ErrBadContent, ErrTooLarge, ErrNotAPI, ErrUnreachable} {
		err := c.redacted(&Error{Err: &rewordedError{"it said open sesame please", kind}}, "")
		if !errors.Is(err, kind) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%v: became %v", kind, err)
		}
	}
	err := c.redacted(errors.New(`malformed HTTP response "b3BlbiBzZXNhbWU= open+sesame+please"`), "b3BlbiBzZXNhbWU=")
	if !errors.Is(err, ErrUnreachable) || err.Error() != `cannot be reached: malformed HTTP response "… …"` {
		t.Errorf("a network error became %v", err)
	}
	plain := errors.New("connection refused")
	if got := c.redacted(plain, "b3BlbiBzZXNhbWU="); !errors.Is(got, plain) {
		t.Errorf("an error without a secret became %v", got)
	}
}

// TestTrailersShowNoSecret has the server end a document, in the midst of its contents, with a trailer that repeats the
// token; net/http's error quotes it.
func TestTrailersShowNoSecret(t *testing.T) {
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/files/1": func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		start := `{"file_id": 1, "filecontent": "QUJD`
		fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n%s\r\n\r\n",
			len(start), start, r.Header.Get("Authorization"))
	}}))
	var last error
	for document, err := range c.Document(t.Context(), KindFile, 1) {
		if last = err; err == nil {
			_, last = io.Copy(io.Discard, document.Body)
		}
	}
	if !errors.Is(last, ErrBadContent) || strings.Contains(last.Error(), "token-1") || !strings.Contains(last.Error(), "…") {
		t.Errorf("the error is %v", last)
	}
}
