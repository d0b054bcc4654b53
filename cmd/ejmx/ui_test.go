package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/browser"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// opened is ejmx ui at work, until the test ends.
type opened struct {
	entrance string
	base     string
	shown    chan string // what was opened in a program of the desktop
	quit     chan int    // the exit code
}

// window opens the window as a user does.
func (u *user) window(args ...string) *opened {
	u.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, printed := io.Pipe()
	w := &opened{shown: make(chan string, 10), quit: make(chan int, 1)}
	e := &env{
		args: append([]string{"ui", "--json"}, args...), getenv: func(name string) string { return u.env[name] },
		home: u.home, cwd: u.home, cache: u.cache, now: time.Now, stdin: strings.NewReader(""), stdout: printed, stderr: &u.stderr,
		config: filepath.Join(u.home, "config"), keychain: u.keychain(),
		show: func(target string) error { w.shown <- target; return nil },
	}
	go func() { w.quit <- run(ctx, e) }()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		u.t.Fatal(err)
	}
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		u.t.Fatalf("%s: %v", line, err)
	}
	w.entrance = ready.URL
	w.base, _, _ = strings.Cut(ready.URL, "/enter")
	u.t.Cleanup(func() {
		stop()
		if code := <-w.quit; code != exitDone {
			u.t.Errorf("ejmx ui ends with %d: %s", code, u.stderr.String())
		}
	})
	return w
}

// typist goes through pages with the keyboard alone.
type typist struct{ *browser.Browser }

// onto presses Tab until the focus is on the control with this name, as its reader hears it.
func (k typist) onto(t *testing.T, name string) {
	t.Helper()
	k.Until(`document.readyState === "complete"`)
	for range 80 {
		k.Press("\t")
		if strings.HasPrefix(browser.Ask[string](k.Browser, focused), name) {
			return
		}
	}
	t.Fatalf("Tab never comes to %q\n%s", name, browser.Ask[string](k.Browser, "document.body.innerText"))
}

const focused = `(() => { const at = document.activeElement; return (at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || "").trim(); })()`

// A person who never saw ejmx sets it up, mistypes, sees what is wrong, exports, leaves, comes back, and opens the results,
// with the keyboard alone.
func TestWindowFromFirstStartToResults(t *testing.T) {
	s := serve(t, season.Options{Applications: 9, Postings: 2}, replay.Options{})
	b := browser.Open(t)
	u := newUser(t)
	u.env["EJMX_API"] = s.url
	u.env["EJMX_SEASON"] = filepath.Join(u.home, "season")
	w := u.window()
	if first := <-w.shown; first != w.entrance {
		t.Errorf("the browser is opened at %s, not %s", first, w.entrance)
	}
	k := typist{b}
	k.Visit(w.entrance)
	k.Until(`document.title.startsWith("Welcome")`)
	k.onto(t, "Client key")
	k.Press(strings.Split(s.server.Credentials().Key, "")...)
	k.onto(t, "Client secret")
	k.Press(strings.Split("mistyped", "")...)
	k.Press("\r")
	k.Until(`document.querySelector(".notice.bad")?.innerText.includes("does not accept this client")`)
	k.Shoot("first-wrong")
	k.onto(t, "Client secret")
	k.Press(strings.Split(s.server.Credentials().Secret, "")...)
	k.Press("\r")
	k.Until(`document.querySelectorAll("#postings tbody tr").length === 2`)
	k.Shoot("first-postings")
	k.Visit(w.base + "/settings")
	k.Until(`document.body.innerText.includes("a client key and secret, kept in the system's keychain.")`)
	k.Visit(w.base + "/")
	title := browser.Ask[string](k.Browser, `document.querySelector("#postings tbody a").textContent`)
	k.onto(t, title)
	k.Press("\r")
	k.Until(`document.querySelector("h2#export")`)
	k.onto(t, "For whom")
	k.onto(t, "Export")
	k.Press("\r")
	k.Until(`document.querySelector("#run-stages progress")`)
	k.Visit("about:blank") // leaving stops nothing
	k.Visit(w.base + "/")
	k.onto(t, title)
	k.Press("\r")
	k.Until(`document.querySelector("#run")?.innerText.includes("packets made")`)
	k.Shoot("first-results")
	k.Accessible("results")
	k.onto(t, "Open the site")
	k.Press("\r")
	if site := <-w.shown; filepath.Base(site) != "index.html" || !strings.HasPrefix(site, filepath.Join(u.home, "season", "postings")) {
		t.Errorf("the site is opened at %s", site)
	}
	for _, complaint := range b.Complaints() {
		if !strings.Contains(complaint, "422") { // the answer to what was mistyped
			t.Errorf("the browser complains: %s", complaint)
		}
	}
	checkServedSite(t, b)
	for _, part := range []string{"postings", "mirror"} {
		if _, err := os.Stat(filepath.Join(u.home, "season", part)); err != nil {
			t.Error(err)
		}
	}
	if secret := s.server.Credentials().Secret; !slices.ContainsFunc(slices.Collect(maps.Values(u.keys)), func(kept string) bool { return strings.Contains(kept, secret) }) {
		t.Error("the keychain holds no secret")
	}
}

// checkServedSite looks at the exported site and a packet from the address that the window gives them.
func checkServedSite(t *testing.T, b *browser.Browser) {
	t.Helper()
	b.Until(`[...document.querySelectorAll("a")].some((a) => a.textContent === "look at the site")`)
	site := browser.Ask[string](b, `[...document.querySelectorAll("a")].find((a) => a.textContent === "look at the site").href`)
	b.Visit(site)
	b.Until(`document.documentElement.dataset.ready === "true"`)
	b.Visit(browser.Ask[string](b, `document.querySelector("#candidates tbody a").href`))
	if !browser.Ask[bool](b, `document.querySelector("iframe").getClientRects().length > 0`) {
		t.Error("no packet is shown beside the candidate")
	}
	time.Sleep(time.Second) // the PDF viewer draws in its own time
	b.Shoot("served-candidate")
	status := browser.Ask[int](b, `fetch(document.querySelector("iframe").src).then((r) => r.status, () => 0)`)
	if status != 0 { // the site's own policy lets it ask for nothing
		t.Errorf("the site's pages may ask for things: %d", status)
	}
	for _, complaint := range b.Complaints() {
		if !strings.Contains(complaint, "connect") && !strings.Contains(complaint, "favicon") && !strings.Contains(complaint, "404") {
			t.Errorf("the browser complains: %s", complaint)
		}
	}
}

// A newcomer without an account makes the demo, looks around in it, and leaves it.
func TestWindowDemo(t *testing.T) {
	b := browser.Open(t)
	u := newUser(t)
	u.env["EJMX_SEASON"] = filepath.Join(u.home, "season")
	w := u.window("--no-browser")
	b.Visit(w.entrance)
	click(b, "Make the demo")
	b.Until(`document.querySelector("#run-stages")`)
	b.Shoot("demo-at-work")
	b.Until(`document.querySelectorAll("#postings tbody tr").length === 2`)
	b.Shoot("demo")
	b.Accessible("the demo")
	browser.Ask[bool](b, `(document.querySelector("#postings tbody a").click(), true)`)
	b.Until(`document.querySelector(".results")`)
	b.Shoot("demo-posting")
	click(b, "Export")
	b.Until(`document.querySelector("#run")?.innerText.includes("0 packets made")`)
	click(b, "Status")
	b.Until(`document.querySelector(".facts-list")?.innerText.includes("Posting 9012")`)
	click(b, "Check now")
	b.Until(`document.querySelector(".checks")?.textContent.includes("keychain")`)
	b.Shoot("demo-status")
	b.Accessible("the status")
	b.Visit(w.base + "/postings/9012/missing")
	b.Until(`document.querySelector("main").innerText.includes("to come.") || document.querySelector("main").innerText.includes("every letter is there.")`)
	b.Shoot("demo-missing")
	b.Accessible("what is missing")
	click(b, "Settings")
	b.Until(`document.querySelector("select#edition")`)
	browser.Ask[bool](b, `(document.querySelector("select#edition").value = "no-letters", true)`)
	click(b, "Keep")
	b.Until(`document.querySelector("select#edition").value === "no-letters" && document.querySelector(".notice.good")`)
	click(b, "Archive")
	b.Until(`document.querySelector("#make")`)
	browser.Ask[bool](b, `(document.getElementById("lock").click(), document.getElementById("passphrase").value = "open sesame", document.getElementById("again").value = "open sesame", true)`)
	click(b, "Make the archive")
	b.Until(`document.querySelector(".archived") && document.querySelector("#run")?.innerText.includes("done")`)
	b.Shoot("demo-archive")
	browser.Ask[bool](b, `(document.querySelector(".archived input[name=passphrase]").value = "open sesame", true)`)
	click(b, "Verify")
	b.Until(`document.querySelector("#run")?.innerText.includes("The archive is whole")`)
	click(b, "Verify the season")
	b.Until(`document.querySelector("#run")?.innerText.includes("The season is whole")`)
	b.Accessible("the archives")
	click(b, "Leave the demo")
	b.Until(`document.title.startsWith("Welcome")`)
	b.Quiet()
	if _, err := os.Stat(filepath.Join(u.home, "season")); err == nil {
		t.Error("the demo left something in the user's own season")
	}
}

// click clicks a button or link by its words.
func click(b *browser.Browser, words string) {
	find := fmt.Sprintf(`[...document.querySelectorAll("button, a")].find((e) => e.textContent.trim() === %q && !e.disabled)`, words)
	b.Until(find)
	browser.Ask[bool](b, "("+find+".click(), true)")
}

// What goes wrong in a run is shown, and whose it is.
func TestWindowShowsProblems(t *testing.T) {
	faults, err := replay.ParseFaults("sha1:30%")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, season.Options{Applications: 6, Postings: 1}, replay.Options{Faults: faults, Seed: 3})
	b := browser.Open(t)
	u := newUser(t)
	u.signIn(s)
	w := u.window("--no-browser")
	b.Visit(w.entrance)
	b.Until(`document.title.startsWith("Postings")`)
	click(b, "Ask EJM for news")
	b.Until(`document.querySelectorAll("#postings tbody tr").length === 1`)
	click(b, "Export all postings")
	b.Until(`document.querySelector("#run")?.innerText.includes("problem")`)
	b.Until(`document.querySelector("#run")?.innerText.includes("packets made")`)
	b.Shoot("problems")
}

// A key that is right from an address that EJM does not know is told apart from a wrong key.
func TestWindowTellsRefusalsApart(t *testing.T) {
	elsewhere, err := networkOf("203.0.113.0/24")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, season.Options{Applications: 1, Postings: 1}, replay.Options{Allow: []netip.Prefix{elsewhere}})
	b := browser.Open(t)
	u := newUser(t)
	u.env["EJMX_API"] = s.url
	w := u.window("--no-browser", "--season", filepath.Join(u.home, "season"))
	b.Visit(w.entrance)
	b.Until(`document.querySelector("#key")`)
	browser.Ask[bool](b, fmt.Sprintf(`(document.querySelector("#key").value = %q, document.querySelector("#secret").value = %q, true)`,
		s.server.Credentials().Key, s.server.Credentials().Secret))
	click(b, "Try and keep")
	refused := `document.querySelector(".notice.bad")?.innerText.includes("does not accept requests from this computer's address 127.0.0.1")`
	b.Until(refused)
	b.Shoot("address-refused")
	browser.Ask[bool](b, `(document.querySelector(".notice.bad").remove(), true)`)
	click(b, "Try the same again")
	b.Until(refused)
	if len(u.keys) > 0 {
		t.Error("what EJM refuses is kept")
	}
}

// The page says no more to a stranger on this computer than how to get in.
func TestWindowIsClosedToStrangers(t *testing.T) {
	u := newUser(t)
	w := u.window("--no-browser")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusForbidden || strings.Contains(string(body), u.home) {
		t.Errorf("a stranger is told %d %s", response.StatusCode, body)
	}
}

func TestMeant(t *testing.T) {
	for _, want := range []struct {
		args     []string
		isDouble bool
		meant    string
	}{{nil, true, "ui"}, {nil, false, ""}, {[]string{"export", "--all"}, true, "export --all"}, {[]string{"version"}, false, "version"}} {
		if got := strings.Join(meant(want.args, want.isDouble), " "); got != want.meant {
			t.Errorf("%q, by a double click %v, means %q", want.args, want.isDouble, got)
		}
	}
}
