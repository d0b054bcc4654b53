package ui

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/ledger"
)

// letIn opens a window and its pages.
func letIn(t *testing.T, m *madeUp) *window {
	t.Helper()
	m.account, m.known = "a client key and secret", twoPostings
	w := open(t, m.actions())
	w.get(w.entrance)
	return w
}

// A run outlives the page that started it, shows how far it is to whoever comes back, and lets no other start beside it.
func TestRunOutlivesItsPage(t *testing.T) {
	m := newMadeUp(t)
	w := letIn(t, m)
	w.post("/postings/9012/export", url.Values{"edition": {"committee"}})
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "file 1", Outcome: ledger.Planned}
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "letter 2", Outcome: ledger.Planned}
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "file 1", Outcome: ledger.Done, Bytes: 2_000_000}
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "letter 2", Whose: hostile, Outcome: ledger.Failed, Err: errors.New("HTTP 503 after 5 tries")}
	for range 2 { // once the second is taken, the first was told
		m.steps <- ledger.Entry{Stage: ledger.Pack, Item: "packet 1", Outcome: ledger.Planned}
	}
	has := func(page string, a answer, wanted ...string) {
		t.Helper()
		for _, text := range wanted {
			if !strings.Contains(a.body, text) {
				t.Errorf("%s does not say %q:\n%s", page, text, a.body)
			}
		}
	}
	has("the posting", w.get("/postings/9012"), "Export of Assistant Professor", "2 of 2 · 2.0 MB", "Making packets", "HTTP 503 after 5 tries", "Stop</button>")
	has("another page", w.get("/status"), "Export of Assistant Professor", "Making packets. 1 problem so far. 0 of 1.", "/postings/9012#run")
	if a := w.post("/archive", url.Values{"what": {"all"}}); a.status != http.StatusConflict || !strings.Contains(a.body, "Another run is at work") {
		t.Errorf("a second run: %d", a.status)
	}
	if a := w.post("/quit", nil); !strings.Contains(a.body, "Stop it and quit") {
		t.Errorf("quitting does not ask:\n%s", a.body)
	}
	m.finish()
	w.settle()
	has("the posting at the end", w.get("/postings/9012"), "done, with problems", "24 packets made.", "HTTP 503 after 5 tries")
	has("another page at the end", w.get("/status"), "Done, with 1 problem.")
	if a := w.post("/seen", nil); strings.Contains(a.body, "24 packets made.") {
		t.Error("what was seen is still shown")
	}
	if want := "export [9012] false committee false"; m.asked() != want {
		t.Errorf("it was asked for %q, want %q", m.asked(), want)
	}
}

func TestRunIsStopped(t *testing.T) {
	m := newMadeUp(t)
	w := letIn(t, m)
	w.post("/export", url.Values{"source": {"mirror"}})
	m.steps <- ledger.Entry{Stage: ledger.Pack, Item: "packet 1", Outcome: ledger.Planned}
	a := w.post("/stop", nil)
	if !strings.Contains(a.body, "Nothing is lost: start it again and it goes on from here.") {
		t.Errorf("stopped:\n%s", a.body)
	}
	if want := "export [] true  true"; m.asked() != want {
		t.Errorf("it was asked for %q, want %q", m.asked(), want)
	}
}

func TestRunThatEndsEarlySaysWhy(t *testing.T) {
	m := newMadeUp(t)
	m.fails = errors.New("the disk is full")
	w := letIn(t, m)
	w.post("/list", nil)
	m.finish()
	w.settle()
	a := w.get("/")
	for _, text := range []string{"ended early", "the disk is full.", "run it again later"} {
		if !strings.Contains(a.body, text) {
			t.Errorf("the page does not say %q:\n%s", text, a.body)
		}
	}
}

// A page that follows a run is told the pieces that change, once each, and the end.
func TestEvents(t *testing.T) {
	m := newMadeUp(t)
	w := letIn(t, m)
	if a := w.get("/events"); a.status != http.StatusNoContent {
		t.Fatalf("without a run: %d", a.status)
	}
	w.post("/list", nil)
	m.steps <- ledger.Entry{Stage: ledger.List, Item: "applications", Outcome: ledger.Planned}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := w.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the events are %q", got)
	}
	lines := bufio.NewScanner(response.Body)
	until := func(wanted string) (seen []string) {
		t.Helper()
		for lines.Scan() {
			seen = append(seen, lines.Text())
			if strings.Contains(lines.Text(), wanted) {
				return seen
			}
		}
		t.Fatalf("the events end before %q: %q", wanted, seen)
		return nil
	}
	until("event: run-stages")
	until("0 of 1")
	m.steps <- ledger.Entry{Stage: ledger.List, Item: "applications", Whose: hostile, Outcome: ledger.Failed, Err: errors.New("HTTP 503")}
	for _, line := range until("event: run-problems") {
		if strings.Contains(line, "<img") {
			t.Errorf("an applicant's words are sent as they are: %s", line)
		}
	}
	m.finish()
	until("event: ended")
	if seen := until("data: /"); len(seen) != 1 {
		t.Errorf("the end comes with %q", seen)
	}
}

// The server ends by a person's word or the caller's; with a run at work it waits for that.
func TestEnds(t *testing.T) {
	t.Run("by quitting", func(t *testing.T) {
		w := letIn(t, newMadeUp(t))
		if a := w.post("/quit", nil); !strings.Contains(a.body, "ejmx has ended") {
			t.Errorf("quitting says:\n%s", a.body)
		}
		w.ended <- <-w.ended // and the clean-up finds it again
	})
	t.Run("by quitting a run", func(t *testing.T) {
		w := letIn(t, newMadeUp(t))
		w.post("/list", nil)
		w.post("/quit", url.Values{"stop": {"yes"}})
		w.ended <- <-w.ended
		if w.server.runs.atWork() != nil {
			t.Error("the run outlives the server")
		}
	})
	t.Run("by the caller, after a run", func(t *testing.T) {
		m := newMadeUp(t)
		w := letIn(t, m)
		waits := make(chan string, 1)
		w.server.options.Waiting = func(title string) { waits <- title }
		w.post("/list", nil)
		w.stop()
		if title := <-waits; title != "Asking EJM for your postings" {
			t.Errorf("it waits for %q", title)
		}
		m.finish()
		w.ended <- <-w.ended
		if one := w.server.runs.last(); one.err != nil || one.outcome.Said == "" {
			t.Errorf("the run did not end by itself: %v", one.err)
		}
	})
}

// How long the rest takes is told when it can be told.
func TestTimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := runs{now: time.Now}
		steps := make(chan ledger.Entry)
		err := r.start(context.Background(), "", "/", func(_ context.Context, sink ledger.Sink) (Outcome, error) {
			for e := range steps {
				sink(e)
			}
			return Outcome{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		items := strings.Fields("a b c d e f g h i j")
		for _, item := range items {
			steps <- ledger.Entry{Stage: ledger.Download, Item: item, Outcome: ledger.Planned}
		}
		told := func() string {
			synctest.Wait()
			return r.last().view(words, time.Now()).Stages[0].Left
		}
		steps <- ledger.Entry{Stage: ledger.Download, Item: "a", Outcome: ledger.Kept}
		if got := told(); got != "" {
			t.Errorf("at once: %q", got)
		}
		for _, item := range items[1:4] {
			time.Sleep(time.Minute)
			steps <- ledger.Entry{Stage: ledger.Download, Item: item, Outcome: ledger.Done}
		}
		if got := told(); got != "about 6 minutes left" {
			t.Errorf("after 3 of 9 in 3 minutes, what was there already not counted: %q", got)
		}
		close(steps)
		synctest.Wait()
		if got := r.last().view(words, time.Now()).Elapsed; got != "3 minutes" {
			t.Errorf("it took %q", got)
		}
	})
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 second", 40 * time.Second: "40 seconds", 100 * time.Second: "2 minutes", time.Hour: "60 minutes",
		2 * time.Hour: "2 hours", 80*time.Minute + time.Hour: "2 hours 20 minutes",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
