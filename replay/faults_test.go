package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

func faults(t testing.TB, text string) replay.Faults {
	t.Helper()
	f, err := replay.ParseFaults(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tried is what came of a request.
type tried struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// mostRead is where a client stops to read, whatever more may come.
const mostRead = 4 << 20

// try asks for a path, following no redirect, and gives up after a while.
func (p *played) try(t testing.TB, path string, patience time.Duration) tried {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return tried{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostRead))
	return tried{response.StatusCode, response.Header, body, err}
}

func TestEachFaultDoesWhatItSays(t *testing.T) {
	const path = "/api/applicants"
	for fault, check := range map[string]func(tried) bool{
		"reset":      func(r tried) bool { return errors.Is(r.err, syscall.ECONNRESET) || errors.Is(r.err, io.EOF) },
		"cut":        func(r tried) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) && len(r.body) > 100 },
		"short":      func(r tried) bool { return r.err == nil && !json.Valid(r.body) && len(r.body) > 100 },
		"stall":      func(r tried) bool { return errors.Is(r.err, context.DeadlineExceeded) && len(r.body) > 100 },
		"stall:50ms": func(r tried) bool { return r.err == nil && json.Valid(r.body) },
		"slow:10Bps": func(r tried) bool { return errors.Is(r.err, context.DeadlineExceeded) && len(r.body) < 40 },
		"latency:1h": func(r tried) bool { return errors.Is(r.err, context.DeadlineExceeded) && r.body == nil },
		"429:3s":     func(r tried) bool { return r.status == 429 && r.header.Get("Retry-After") == "3" },
		"429":        func(r tried) bool { return r.status == 429 && r.header.Get("Retry-After") == "1" },
		"429-date": func(r tried) bool {
			_, err := http.ParseTime(r.header.Get("Retry-After"))
			return r.status == 429 && err == nil
		},
		"403":  func(r tried) bool { return r.status == 403 },
		"404":  func(r tried) bool { return r.status == 404 },
		"500":  func(r tried) bool { return r.status == 500 },
		"502":  func(r tried) bool { return r.status == 502 },
		"503":  func(r tried) bool { return r.status == 503 },
		"504":  func(r tried) bool { return r.status == 504 },
		"html": func(r tried) bool { return r.status == 200 && bytes.HasPrefix(r.body, []byte("<!DOCTYPE html>")) },
		"redirect": func(r tried) bool {
			return r.status == 302 && strings.HasPrefix(r.header.Get("Location"), "http://elsewhere.invalid/")
		},
		"database": func(r tried) bool {
			return r.status == 200 && bytes.Contains(r.body, []byte(`"database connection error"`))
		},
		"unknown":      func(r tried) bool { return r.status == 200 && bytes.Contains(r.body, []byte(`"unknown error"`)) },
		"unauthorized": func(r tried) bool { return r.status == 200 && bytes.Contains(r.body, []byte(`"unauthorized request"`)) },
		"expire-token": func(r tried) bool { return bytes.Contains(r.body, []byte("Missing or expired token.")) },
		"endless":      func(r tried) bool { return r.err == nil && len(r.body) == mostRead },
		"deep":         func(r tried) bool { return r.err == nil && len(r.body) == 1e6 && r.body[999999] == '[' },
		"headers":      func(r tried) bool { return r.err != nil },
		"bomb":         func(r tried) bool { return bytes.HasPrefix(r.body, []byte(`["aaaa`)) && len(r.body) == mostRead },
	} {
		t.Run(strings.ReplaceAll(fault, ":", " "), func(t *testing.T) {
			t.Parallel()
			p := play(t, replay.Options{Faults: faults(t, fault)})
			patience := 30 * time.Second
			if hangs := []string{"stall", "slow:10Bps", "latency:1h"}; slices.Contains(hangs, fault) {
				patience = time.Second
			}
			if got := p.try(t, path, patience); !check(got) {
				t.Errorf("status %d, error %v, %d bytes %.80q", got.status, got.err, len(got.body), got.body)
			}
			kind, _, _ := strings.Cut(fault, ":")
			if kind != "latency" && p.struck(kind) == 0 {
				t.Errorf("the log knows nothing of it: %v", p.Counts())
			}
		})
	}
}

// struck is how often the log has a fault. A request that is broken off is over a moment after the client sees it.
func (p *played) struck(fault string) int {
	for range 100 {
		if n := p.Counts().Faults[fault]; n > 0 {
			return n
		}
		time.Sleep(10 * time.Millisecond)
	}
	return 0
}

func TestFaultsOfOneDocument(t *testing.T) {
	p := play(t, replay.Options{})
	file := p.records(t, mirror.Files)[1]
	number, other := id(t, file, "file_id"), id(t, p.records(t, mirror.Files)[0], "file_id")
	application := p.records(t, mirror.Applications)[0]
	bundle := "/api/document/" + id(t, application, "appid") + "/files"
	whole := p.stored(t, ejm.KindFile, id(t, file, "blobid"))
	for fault, check := range map[string]func(tried) bool{
		"sha1":    func(r tried) bool { return bytes.Contains(r.body, []byte("0badc0de")) },
		"garbled": func(r tried) bool { return bytes.Contains(r.body, []byte("!")) && json.Valid(r.body) },
		"fewer":   func(r tried) bool { return json.Valid(r.body) && len(r.body) < len(whole)*4/3 },
		"gone":    func(r tried) bool { return errorOf(t, r.body) == "no results returned" },
		"stall":   func(r tried) bool { return errors.Is(r.err, context.DeadlineExceeded) },
		"cut":     func(r tried) bool { return errors.Is(r.err, io.ErrUnexpectedEOF) },
	} {
		p := play(t, replay.Options{Faults: faults(t, fault+":file/"+number)})
		if got := p.try(t, "/api/files/"+number, 300*time.Millisecond); !check(got) {
			t.Errorf("%s: status %d, error %v, %.80q", fault, got.status, got.err, got.body)
		}
		if got := p.try(t, "/api/files/"+other, time.Second); got.err != nil || len(content(t, decoded(t, got.body).(map[string]any))) == 0 {
			t.Errorf("%s befell another document: %v", fault, got.err)
		}
		got := p.try(t, bundle, 300*time.Millisecond)
		if fault == "gone" {
			if got.err != nil || bytes.Contains(got.body, []byte(`"file_id":`+number+`,`)) {
				t.Errorf("gone, and yet among all: %v", got.err)
			}
		} else if fault != "fewer" && !check(got) {
			t.Errorf("%s among all: error %v", fault, got.err)
		}
	}
}

func TestRatesAreTheSameEachTimeAndAboutRight(t *testing.T) {
	outcomes := func(seed uint64) string {
		p := play(t, replay.Options{Faults: faults(t, "503:30%:/api/conferences"), Seed: seed})
		var b strings.Builder
		for range 200 {
			status, _ := p.get(t, "/api/conferences")
			b.WriteString(strconv.Itoa(status / 500))
		}
		return b.String()
	}
	first := outcomes(1)
	if again := outcomes(1); again != first {
		t.Error("the same seed gave other faults")
	}
	if outcomes(2) == first {
		t.Error("another seed gave the same faults")
	}
	if n := strings.Count(first, "1"); n < 40 || n > 80 {
		t.Errorf("%d of 200 failed, want about 60", n)
	}
}

func TestFaultsStrikeAtMostSoOften(t *testing.T) {
	p := play(t, replay.Options{Faults: faults(t, "503:x2")})
	for _, path := range []string{"/api/conferences", "/api/applicants/"} {
		var got []int
		for range 4 {
			status, _ := p.get(t, path)
			got = append(got, status)
		}
		if fmt.Sprint(got) != "[503 503 200 200]" {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestSlowAnswersTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := replay.New(shared, replay.Options{Faults: faults(t, "slow:1Bps")})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		began := time.Now()
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/data/zz_public/json/Ads", nil))
		if took, want := time.Since(began), time.Duration(recorder.Body.Len())*time.Second; took != want {
			t.Errorf("%d bytes took %v", recorder.Body.Len(), took)
		}
	})
}

func TestTimeGoesOn(t *testing.T) {
	p := play(t, replay.Options{})
	first := p.Snapshot()
	_, before := p.get(t, "/api/applications")
	if on, err := p.Advance(); !on || err != nil || p.Snapshot() <= first {
		t.Fatalf("%v %v: still at %s", on, err, p.Snapshot())
	}
	if _, after := p.get(t, "/api/applications"); bytes.Equal(before, after) {
		t.Error("a day later nothing has changed")
	}
	if on, err := p.Advance(); !on || err != nil {
		t.Fatal(on, err)
	}
	if on, err := p.Advance(); on || err != nil {
		t.Errorf("went on after the last day: %v %v", on, err)
	}
}

func TestTimeGoesOnWithRequests(t *testing.T) {
	p := play(t, replay.Options{Advance: 3})
	first := p.Snapshot()
	for n := range 3 {
		if p.Snapshot() != first {
			t.Fatalf("went on after %d requests", n)
		}
		p.get(t, "/api/conferences")
	}
	if p.Snapshot() == first {
		t.Error("did not go on after 3 requests")
	}
}

func TestWithdrawnDocumentsAreGone(t *testing.T) {
	p := play(t, replay.Options{})
	was := map[string]bool{}
	p.eachDocument(t, func(kind ejm.Kind, id, _ string) { was["/api/"+string(kind)+"s/"+id] = true })
	if _, err := p.Advance(); err != nil {
		t.Fatal(err)
	}
	p.eachDocument(t, func(kind ejm.Kind, id, _ string) { delete(was, "/api/"+string(kind)+"s/"+id) })
	if len(was) == 0 {
		t.Fatal("nothing was withdrawn")
	}
	for path := range was {
		if _, body := p.get(t, path); errorOf(t, body) != "no results returned" {
			t.Errorf("%s is still served", path)
		}
	}
}
