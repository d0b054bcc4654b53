package fetch_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// world is a made-up season, a server of it, and an empty mirror to fetch it into.
type world struct {
	t        *testing.T
	source   *mirror.Mirror
	server   *replay.Server
	client   *ejm.Client
	copied   *mirror.Mirror
	book     ledger.Book
	requests atomic.Int64
	days     int // gone by
}

func newWorld(t *testing.T, made season.Options, options replay.Options) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	if w.source, err = mirror.Create(filepath.Join(t.TempDir(), "source")); err != nil {
		t.Fatal(err)
	}
	if err := season.Write(w.source, made); err != nil {
		t.Fatal(err)
	}
	if options.Snapshot == "" {
		all, err := w.source.Snapshots()
		if err != nil {
			t.Fatal(err)
		}
		options.Snapshot = all[0].ID
	}
	if w.server, err = replay.New(w.source, options); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(w.server)
	w.client, err = ejm.New(ejm.Config{
		BaseURL: web.URL, Key: w.server.Credentials().Key, Secret: w.server.Credentials().Secret,
		Observe: func(ejm.Request) { w.requests.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.copied, err = mirror.Create(filepath.Join(t.TempDir(), "copied")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.client.Close()
		web.Close()
		if err := errors.Join(w.server.Close(), w.source.Close(), w.copied.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) fetch(what fetch.Selection) (*fetch.Result, error) {
	w.t.Helper()
	w.requests.Store(0)
	w.book = ledger.Book{}
	what.Workers, what.Now = 8, time.Date(2026, 11, 24+w.days, 9, 0, 0, 0, time.UTC)
	return fetch.Run(w.t.Context(), w.client, w.copied, what, w.book.Add)
}

// complete makes sure that every document the server lists is in the copy, with the same bytes.
func (w *world) complete() {
	w.t.Helper()
	served, err := w.source.Snapshot(w.server.Snapshot())
	if err != nil {
		w.t.Fatal(err)
	}
	documents := 0
	compare := func(kind ejm.Kind, blobid ejm.ID) {
		if blobid == 0 {
			return
		}
		documents++
		want, err := w.source.Document(kind, blobid)
		if err != nil {
			w.t.Fatal(err)
		}
		if got, err := w.copied.Document(kind, blobid); err != nil || got.SHA256 != want.SHA256 {
			w.t.Errorf("%s %s: %v, SHA-256 %s, want %s", kind, blobid, err, got.SHA256, want.SHA256)
		}
	}
	for a, err := range mirror.Records[ejm.Application](served, mirror.Applications) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, f := range a.Files {
			compare(ejm.KindFile, f.BlobID)
		}
		for _, r := range a.Recommendations {
			compare(ejm.KindLetter, r.BlobID)
		}
	}
	if documents == 0 {
		w.t.Error("the server lists no documents")
	}
	for _, stage := range []ledger.Stage{ledger.List, ledger.Download} {
		if c := w.book.Count(stage); c.Remaining != 0 || c.Planned == 0 {
			w.t.Errorf("%s: planned %d, not settled %d", stage, c.Planned, c.Remaining)
		}
	}
}

// TestEveryQuirk fetches a season in each form that EJM has been seen to send, and in all at once.
func TestEveryQuirk(t *testing.T) {
	for _, name := range append(replay.QuirkNames(), "plain", "all") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quirks, err := replay.ParseQuirks(name)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, season.Options{Applications: 5, Postings: 2, DocumentBytes: 3_000}, replay.Options{Quirks: quirks})
			result, err := w.fetch(fetch.Selection{All: true})
			if err != nil || result.Failed != 0 || !result.New {
				t.Fatalf("%+v, %v", result, err)
			}
			w.complete()
		})
	}
}

func TestFewestRequests(t *testing.T) {
	t.Parallel()
	const applications = 30
	w := newWorld(t, season.Options{Applications: applications, Postings: 1, DocumentBytes: 2_000}, replay.Options{})
	if _, err := w.fetch(fetch.Selection{All: true}); err != nil {
		t.Fatal(err)
	}
	if n := w.requests.Load(); n > 2*applications+10 {
		t.Errorf("the first run made %d requests for %d applications", n, applications)
	}
	result, err := w.fetch(fetch.Selection{All: true})
	if err != nil || result.New || result.Documents != 0 {
		t.Errorf("with nothing new: %+v, %v", result, err)
	}
	if n := w.requests.Load(); n > 10 {
		t.Errorf("with nothing new the second run made %d requests", n)
	}
	if n := w.book.Outcomes(ledger.Download, ledger.Kept); n == 0 || n != w.book.Count(ledger.Download).Planned {
		t.Errorf("%d documents were kept of %d", n, w.book.Count(ledger.Download).Planned)
	}
}

// TestOneAtATime has a single request under way: the list of applications must not wait for those that wait for it, even when
// it has to be asked for twice.
func TestOneAtATime(t *testing.T) {
	for _, fault := range []string{"", "500:x1:/api/applications", "short:x1:/api/applications"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			faults, err := replay.ParseFaults(fault)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, season.Options{Applications: 3, Postings: 1, DocumentBytes: 2_000}, replay.Options{Faults: faults})
			result, err := fetch.Run(t.Context(), w.client, w.copied, fetch.Selection{All: true, Workers: 1, Now: time.Now()}, w.book.Add)
			if err != nil || result.Failed != 0 || result.FailedLists != 0 {
				t.Fatalf("%+v, %v", result, err)
			}
			w.complete()
		})
	}
}

// TestOnePosting fetches one posting of two: the other's documents are not asked for, and come when they are.
func TestOnePosting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 8, Postings: 2, DocumentBytes: 2_000}, replay.Options{})
	first, err := w.fetch(fetch.Selection{Postings: []ejm.ID{9012}})
	if err != nil {
		t.Fatal(err)
	}
	if s := first.Snapshot.Postings; !s[9012].Held || s[9013].Held || s[9013].Applications == 0 {
		t.Errorf("after one posting the snapshot says %+v", s)
	}
	second, err := w.fetch(fetch.Selection{Postings: []ejm.ID{9013}})
	if err != nil {
		t.Fatal(err)
	}
	if s := second.Snapshot.Postings; !s[9012].Held || !s[9013].Held {
		t.Errorf("after both the snapshot says %+v", s)
	}
	w.complete()
	var unknown *fetch.UnknownPostingError
	if _, err := w.fetch(fetch.Selection{Postings: []ejm.ID{1}}); !errors.As(err, &unknown) || !strings.Contains(unknown.Hint(), "9013") {
		t.Errorf("an unknown posting: %v", err)
	}
}

// TestHistory lets days go by and looks at what the register remembers.
func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 10, Postings: 1, Days: 3, DocumentBytes: 2_000}, replay.Options{})
	for {
		if _, err := w.fetch(fetch.Selection{All: true}); err != nil {
			t.Fatal(err)
		}
		w.complete()
		w.days++
		if more, err := w.server.Advance(); err != nil || !more {
			break
		}
	}
	latest, err := w.copied.Latest()
	if err != nil {
		t.Fatal(err)
	}
	past, current := 0, map[mirror.Slot]int{}
	for v, err := range mirror.Records[mirror.Version](latest, mirror.Documents) {
		if err != nil {
			t.Fatal(err)
		}
		if v.Current() {
			current[v.Slot()]++
		} else {
			past++
			if v.Until <= v.Since || !w.copied.Has(v.Kind, v.BlobID) {
				t.Errorf("a past version %+v", v)
			}
		}
	}
	if past == 0 {
		t.Error("nothing was replaced or withdrawn in three days")
	}
	for slot, n := range current {
		if n != 1 {
			t.Errorf("%+v has %d current versions", slot, n)
		}
	}
}

func TestInterruptedRunLeavesNoSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 6, Postings: 1, DocumentBytes: 2_000}, replay.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var stored atomic.Int64
	_, err := fetch.Run(ctx, w.client, w.copied, fetch.Selection{All: true, Workers: 2, Now: time.Now()}, func(e ledger.Entry) {
		if e.Stage == ledger.Download && e.Outcome == ledger.Done && stored.Add(1) == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if latest, err := w.copied.Latest(); err != nil || latest != nil {
		t.Errorf("there is a snapshot: %v, %v", latest, err)
	}
	result, err := w.fetch(fetch.Selection{All: true})
	if err != nil {
		t.Fatal(err)
	}
	w.complete()
	if kept := w.book.Outcomes(ledger.Download, ledger.Kept); kept < 5 || kept+result.Documents != w.book.Count(ledger.Download).Planned {
		t.Errorf("of %d documents %d were there and %d fetched", w.book.Count(ledger.Download).Planned, kept, result.Documents)
	}
}
