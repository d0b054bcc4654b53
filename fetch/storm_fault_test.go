package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// troubles are the faults that a network and a server in trouble have; harms are those of a server that means harm, and of
// one that refuses what it took a moment before.
var (
	troubles = []string{
		"latency:2s:/api", "slow:20kBps:/api", "stall:/api", "cut", "short", "reset", "429:3s", "429-date", "404:/api/document", "500", "502", "503", "504",
		"html", "database", "unknown", "expire-token:/api", "gone:x1", "sha1", "garbled", "fewer",
	}
	harms = []string{"endless:/api/document", "deep", "headers", "redirect:/api/files", "bomb:/api/letters", "403:/api/document", "unauthorized:/api/letters"}
)

// storm fetches a season while every answer may go wrong, run after run, until all is there.
type storm struct {
	t      *testing.T
	server *replay.Server
	copied *mirror.Mirror
	client *ejm.Client
	web    *http.Server
	lines  *http.Transport
	ended  chan error
}

func newStorm(t *testing.T, source *mirror.Mirror, faults string, seed uint64) *storm {
	t.Helper()
	parsed, err := replay.ParseFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	s := &storm{t: t, ended: make(chan error, 1)}
	if s.server, err = replay.New(source, replay.Options{Faults: parsed, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	if s.copied, err = mirror.Create(filepath.Join(t.TempDir(), "mirror")); err != nil {
		t.Fatal(err)
	}
	listener := newPipes()
	s.web = &http.Server{Handler: s.server}
	go func() { s.ended <- s.web.Serve(listener) }()
	s.lines = &http.Transport{DialContext: listener.dial, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true}
	s.client, err = ejm.New(ejm.Config{
		BaseURL: "http://127.0.0.1", Key: s.server.Credentials().Key, Secret: s.server.Credentials().Secret, Workers: 4,
		ListLimit: 4 << 20, DocumentLimit: 128 << 10, Transport: s.lines,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *storm) close() {
	s.client.Close()
	s.lines.CloseIdleConnections()
	err := errors.Join(s.web.Close(), s.server.Close(), s.copied.Close())
	if served := <-s.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		s.t.Error(err)
	}
}

// fetch is one run. The mirror must be whole after it, however it ended.
func (s *storm) fetch(n int) (complete bool, err error) {
	s.t.Helper()
	var book ledger.Book
	result, err := fetch.Run(s.t.Context(), s.client, s.copied, fetch.Selection{
		All: true, Workers: 4, Now: time.Date(2026, 11, 24, 9, n, 0, 0, time.UTC),
	}, book.Add)
	found, verifyErr := s.copied.Verify(s.t.Context(), ledger.Discard)
	if verifyErr != nil || len(found.Faults) > 0 {
		s.t.Fatalf("after run %d the mirror is not whole: %v, %v", n, found.Faults, verifyErr)
	}
	if err == nil {
		return result.Failed == 0 && book.Outcomes(ledger.Download, ledger.Withdrawn) == 0, nil
	}
	if e := (*ejm.Error)(nil); !errors.As(err, &e) {
		s.t.Fatalf("run %d ended with what is not the network's: %v", n, err)
	}
	return false, err
}

// TestStorm has everything go wrong at once that can, at 30 %.
func TestStorm(t *testing.T) {
	source, err := mirror.Create(filepath.Join(t.TempDir(), "source"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if err := season.Write(source, season.Options{Applications: 2, Postings: 1, DocumentBytes: 3000}); err != nil {
		t.Fatal(err)
	}
	runs, answers, struck := 0, 0, 0
	for seed := range uint64(tried.Often(1, 30)) {
		for _, kinds := range [][]string{troubles, append(slices.Clip(troubles), harms...)} {
			synctest.Test(t, func(t *testing.T) {
				s := newStorm(t, source, strings.Join(kinds, ":30%:x1,")+":30%:x1", seed)
				defer s.close()
				complete := false
				for n := 0; !complete; n++ {
					if complete, err = s.fetch(n); n > 200 {
						t.Fatalf("seed %d: still not complete: %v", seed, err)
					}
					runs++
					time.Sleep(time.Minute)
				}
				counts := s.server.Counts()
				answers += counts.All
				for _, n := range counts.Faults {
					struck += n
				}
				s.holdsAll(source)
			})
		}
	}
	tried.Row(t, "Network", fmt.Sprintf("%d kinds of faults and of harm at once, each at 30 %% and once for each path and document", len(troubles)+len(harms)),
		fmt.Sprintf("a season fetched again until it is complete, with many seeds: %d runs, %d answers", runs, answers), struck,
		"the mirror is whole after each run; in the end every document has the server's bytes")
}

// holdsAll checks that the copy has every document of the source, with the same bytes.
func (s *storm) holdsAll(source *mirror.Mirror) {
	s.t.Helper()
	latest, err := source.Latest()
	if err != nil {
		s.t.Fatal(err)
	}
	documents := 0
	for v, err := range mirror.Records[ejm.Application](latest, mirror.Applications) {
		if err != nil {
			s.t.Fatal(err)
		}
		for _, f := range v.Files {
			documents += s.holds(source, ejm.KindFile, f.BlobID)
		}
		for _, r := range v.Recommendations {
			documents += s.holds(source, ejm.KindLetter, r.BlobID)
		}
	}
	if documents == 0 {
		s.t.Error("there is nothing to hold")
	}
}

func (s *storm) holds(source *mirror.Mirror, kind ejm.Kind, blobid ejm.ID) int {
	s.t.Helper()
	if blobid == 0 {
		return 0
	}
	want, err := source.Document(kind, blobid)
	if err != nil {
		s.t.Fatal(err)
	}
	if got, err := s.copied.Document(kind, blobid); err != nil || got.SHA256 != want.SHA256 {
		s.t.Errorf("%s %s: %v, SHA-256 %s, want %s", kind, blobid, err, got.SHA256, want.SHA256)
	}
	return 1
}
