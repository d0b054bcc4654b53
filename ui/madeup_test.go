package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// theSecret is what must never come back to a browser.
const theSecret = "s3cret-never-shown"

// madeUp is a season that exists in the test alone. A run in it goes on step by step, as the test says.
type madeUp struct {
	dir   string
	steps chan ledger.Entry // what the run at work says; closed at its end

	mu      sync.Mutex
	account string
	known   []Posting
	orders  []string // what was asked for
	opened  []string
	fails   error // of the next run
}

func newMadeUp(t *testing.T) *madeUp {
	m := &madeUp{dir: t.TempDir(), steps: make(chan ledger.Entry)}
	folder := filepath.Join(m.dir, "postings", "9012-assistant-professor")
	for name, text := range map[string]string{
		"index.html": "<!doctype html><title>The site</title>", "candidates/620310.html": "<p>Lee</p>", "assets/list.js": "1", "summary.xlsx": "PK",
		"packets/Lee Min-Jung 620310.pdf": "%PDF-1.7", "documents/Lee Min-Jung 620310/1 Page.html": "<script>alert(1)</script>",
		"documents/Lee Min-Jung 620310/2 Picture.svg": "<svg onload='alert(1)'/>", "index.htm": "<p>somebody's own", "../9012-assistant-professor.zip": "PK",
	} {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// act is a run that says what the test makes it say.
func (m *madeUp) act(order string) Action {
	return func(ctx context.Context, sink ledger.Sink) (Outcome, error) {
		m.note(order)
		for {
			select {
			case <-ctx.Done():
				return Outcome{}, context.Cause(ctx)
			case e, more := <-m.steps:
				if more {
					sink(e)
					continue
				}
				m.mu.Lock()
				defer m.mu.Unlock()
				m.steps = make(chan ledger.Entry)
				return Outcome{Said: "24 packets made.", Complete: true}, m.fails
			}
		}
	}
}

func (m *madeUp) note(order string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.orders = append(m.orders, order)
}

func (m *madeUp) asked() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.orders, "; ")
}

// finish lets the run at work end.
func (m *madeUp) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.steps)
}

func (m *madeUp) actions() Actions {
	return Actions{
		Season: func() (Season, error) { return Season{Dir: m.dir}, nil },
		Account: func() (Account, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return Account{What: m.account, From: "the system's keychain", API: "https://backend.econjobmarket.org"}, nil
		},
		Keep: func(_ context.Context, c Credentials) (string, error) {
			m.note("keep " + c.Key)
			if c.Secret != theSecret {
				return "", errors.New("EJM does not accept this client secret")
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.account = "a client key and secret"
			return "the system's keychain", nil
		},
		Forget:    func() error { m.note("forget"); return nil },
		Demo:      m.act("demo"),
		LeaveDemo: func() error { m.note("leave"); return nil },
		Postings: func() ([]Posting, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.known, nil
		},
		Editions: func() ([]Edition, error) {
			return []Edition{{Name: "committee", Title: "Committee", Usual: true}, {Name: "no-letters", Title: "Without letters"}}, nil
		},
		SetUsual: func(edition string) error { m.note("usual " + edition); return nil },
		Changes: func(ejm.ID) (Changes, error) {
			return Changes{Since: "2026-11-20 09:00 UTC", All: []dossier.Change{
				{AppID: 620310, Name: "Min-Jung Lee", Item: "Letter Prof. Kim", What: "arrived"},
				{AppID: 620311, Name: hostile, What: "new"},
			}}, nil
		},
		Exports: func(ejm.ID) ([]Export, error) {
			folder := filepath.Join(m.dir, "postings", "9012-assistant-professor")
			return []Export{{
				Edition: "committee", Title: "Committee", Folder: folder, Zip: folder + ".zip", Of: "2026-11-24 09:00 UTC",
				Applications: 24, Documents: 170, Stored: 160, Waiting: 9, Bytes: 12_000_000, Pages: 900,
				Packets:  []Packet{{Name: "Min-Jung Lee", Path: "packets/Lee Min-Jung 620310.pdf", Pages: 40}},
				Problems: []ExportProblem{{Whose: hostile + " (application 620311)", What: "Letter Prof. Ng", Reason: "HTTP 503 after 5 tries"}},
			}}, nil
		},
		Missing: func(ejm.ID) (Missing, error) {
			return Missing{
				Said: "9 letters to come", Soon: []string{"2026-12-01 Letter Prof. Kim expires on EJM"},
				Table: Table{Columns: []string{"Applicant", "Writer"}, Rows: [][]string{{hostile, "Prof. Ng"}}},
				Mails: []Mail{{To: "ng@example.edu", Name: "Prof. Ng", Subject: "Letter for " + hostile, Text: "Dear Prof. Ng,\n\nyour letter & others have not come.\n"}},
			}, nil
		},
		List: m.act("list"),
		Export: func(o ExportOrder) Action {
			return m.act(fmt.Sprintf("export %v %v %s %v", o.Postings, o.All, o.Edition, o.Offline))
		},
		Archives: func() ([]Archive, error) {
			return []Archive{{Name: "season.zip.age", Path: filepath.Join(m.dir, "archives", "season.zip.age"), Bytes: 9_000_000, Encrypted: true, History: []string{"2026-11-24 made: ok"}}}, nil
		},
		Archive: func(o ArchiveOrder) Action {
			return m.act(fmt.Sprintf("archive %v %v %q", o.Postings, o.All, o.Passphrase))
		},
		Verify: func(o VerifyOrder) Action { return m.act(fmt.Sprintf("verify %q %q", o.Archive, o.Passphrase)) },
		Status: func(context.Context) ([]Fact, error) {
			return []Fact{{Label: "Postings", Value: "2"}, {Label: "To dispose of", Value: "posting 8990, since 2026-10-01", Worry: true}}, nil
		},
		Doctor: func(context.Context) ([]Check, error) {
			return []Check{{Name: "Network", State: "ok", Found: "EJM answers"}, {Name: "Address", State: "failed", Found: "203.0.113.7 is not on the list", Todo: "add it on EJM's API set-up page"}}, nil
		},
		Open: func(path string) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.opened = append(m.opened, path)
			return nil
		},
	}
}

// hostile is what an applicant may be called.
const hostile = `<img src=x onerror="document.title='owned'">`

var twoPostings = []Posting{
	{ID: 9012, Title: "Assistant Professor of Economics", Deadline: "2026-11-30", Applications: 24, Letters: 61, Outstanding: 9, Fetched: "2026-11-24 09:00 UTC"},
	{ID: 9013, Title: "Lecturer " + hostile, Applications: 3, Retired: true},
}

// words are simple ones.
var words = Words{
	Stage: func(s ledger.Stage) string {
		return map[ledger.Stage]string{ledger.List: "Reading lists", ledger.Download: "Fetching documents", ledger.Pack: "Making packets"}[s]
	},
	Size:  func(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) },
	Error: func(err error) (string, string) { return err.Error(), "run it again later" },
	Text:  func(s string) string { return strings.ReplaceAll(s, "\x1b", "␛") },
}

// window is a server at work and the browser, or not, that was let in.
type window struct {
	t        *testing.T
	server   *Server
	entrance string
	base     string
	client   *http.Client
	stop     context.CancelFunc
	ended    chan error
}

// open serves a season until the test ends.
func open(t *testing.T, a Actions) *window {
	t.Helper()
	server, err := New(Options{Actions: a, Words: words, Now: time.Now, Tool: "ejmx test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &window{t: t, server: server, stop: stop, ended: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() { w.ended <- server.Serve(ctx, func(address string) { ready <- address }) }()
	w.entrance = <-ready
	w.base, _, _ = strings.Cut(w.entrance, "/enter")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	w.client = &http.Client{Jar: jar, Transport: transport}
	t.Cleanup(func() {
		if one := server.runs.atWork(); one != nil {
			one.stop(errStopped)
		}
		transport.CloseIdleConnections()
		stop()
		if err := <-w.ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

// settle waits until the run at work has ended.
func (w *window) settle() { <-w.server.runs.last().ended }
