package ui

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/browser"
	"github.com/ejmx/ejmx/ledger"
)

// look opens a window in a real browser.
func look(t *testing.T, m *madeUp) (*window, *browser.Browser) {
	t.Helper()
	w := open(t, m.actions())
	b := browser.Open(t)
	b.Visit(w.entrance)
	b.Until("location.href === '" + w.base + "/'")
	return w, b
}

// A run is followed as it goes on, without asking again; who leaves and comes back sees it; the end is shown by itself, and
// nothing that an applicant is called runs.
func TestBrowserFollowsARun(t *testing.T) {
	m := newMadeUp(t)
	m.account, m.known = "a client key and secret", twoPostings
	w, b := look(t, m)
	b.Visit(w.base + "/postings/9012")
	browser.Ask[bool](b, `(document.querySelector("form[action$='/export'] button").click(), true)`)
	b.Until(`document.querySelector("#run-stages")?.innerText.includes("Starting")`)
	browser.Ask[bool](b, `(window.here = "still the same page", true)`)
	for _, item := range []string{"a", "b", "c", "d"} {
		m.steps <- ledger.Entry{Stage: ledger.Download, Item: item, Outcome: ledger.Planned}
	}
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "a", Outcome: ledger.Done, Bytes: 5_000_000}
	b.Until(`document.querySelector("#run-stages").innerText.includes("1 of 4 · 5.0 MB")`)
	m.steps <- ledger.Entry{Stage: ledger.Download, Item: "b", Whose: hostile, Outcome: ledger.Failed, Err: errors.New("HTTP 503 after 5 tries")}
	b.Until(`document.querySelector("#run-problems").innerText.includes("HTTP 503 after 5 tries")`)
	b.Until(`document.querySelector("#run-said").innerText.includes("1 problem so far")`)
	if browser.Ask[string](b, "window.here") == "" || browser.Ask[int](b, "document.querySelector('progress').value") != 2 {
		t.Error("the page was asked for again, or its bar stands still")
	}
	b.Shoot("run-light")
	b.Accessible("a run at work")
	b.Visit(w.base + "/status")
	m.steps <- ledger.Entry{Stage: ledger.Pack, Item: "p", Outcome: ledger.Planned}
	b.Until(`document.querySelector("#run-strip").innerText.includes("Making packets")`)
	b.Shoot("strip")
	b.Accessible("a page beside a run")
	b.Visit("about:blank")
	m.steps <- ledger.Entry{Stage: ledger.Pack, Item: "p", Outcome: ledger.Done}
	b.Visit(w.base + "/postings/9012")
	b.Until(`document.querySelector("#run-stages").innerText.includes("2 of 4")`)
	m.finish()
	b.Until(`document.querySelector("#run")?.innerText.includes("24 packets made.")`)
	b.Until(`document.activeElement.id === "run"`) // the reading begins there
	b.Shoot("run-ended")
	b.Accessible("a run that ended")
	if title := browser.Ask[string](b, "document.title"); strings.Contains(title, "owned") {
		t.Error("an applicant's name ran")
	}
	b.Quiet()
}

// The one-time address works from a link on another site too, such as a terminal within a browser.
func TestBrowserEntersByALink(t *testing.T) {
	m := newMadeUp(t)
	w := open(t, m.actions())
	elsewhere := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(out, `<link rel="icon" href="data:,"><a href="%s">ejmx</a>`, w.entrance)
	}))
	defer elsewhere.Close()
	b := browser.Open(t)
	b.Visit(strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)) // another site to the browser
	browser.Ask[bool](b, `(document.querySelector("a").click(), true)`)
	b.Until(`document.title.startsWith("Welcome")`)
	b.Quiet()
}

// Every page is sound for people who use other than eyes and mouse, fits a phone, and runs nothing that people wrote.
func TestBrowserPages(t *testing.T) {
	m := newMadeUp(t)
	w, b := look(t, m)
	visit := func(name, path string) {
		t.Helper()
		b.Visit(w.base + path)
		for _, theme := range []string{"light", "dark"} {
			b.Theme(theme)
			b.Size(1280, 800)
			b.Fits(name)
			b.Shoot(name + "-" + theme)
		}
		b.Accessible(name)
		b.Size(390, 800)
		b.Fits(name + " on a phone")
		b.Shoot(name + "-phone")
		b.Size(1280, 800)
		if n := browser.Ask[int](b, "document.querySelectorAll('img, main script, main iframe').length"); n != 0 {
			t.Errorf("%s has %d elements that somebody wrote", name, n)
		}
	}
	visit("welcome", "/")
	m.account, m.known = "a client key and secret", twoPostings
	for name, path := range map[string]string{
		"postings": "/", "posting": "/postings/9012", "unfetched": "/postings/9013", "missing": "/postings/9012/missing", "archive": "/archive",
		"status": "/status?check=all", "settings": "/settings", "quit": "/quit", "nowhere": "/nowhere",
	} {
		visit(name, path)
	}
	for _, complaint := range b.Complaints() {
		if !strings.Contains(complaint, "404") { // of the page that is nowhere
			t.Errorf("the browser complains: %s", complaint)
		}
	}
}

// What an export holds opens in its own program where there is a desktop, and within the browser from an origin that has no
// power over the window.
func TestBrowserOpensResults(t *testing.T) {
	m := newMadeUp(t)
	m.account, m.known = "a client key and secret", twoPostings
	w, b := look(t, m)
	b.Visit(w.base + "/postings/9012")
	browser.Ask[bool](b, `(document.querySelector("button[value=site]").click(), true)`)
	b.Until(`document.querySelector(".notice.good")?.innerText.startsWith("Opened ")`)
	if !slices.ContainsFunc(m.opened, func(p string) bool { return strings.HasSuffix(p, "index.html") }) {
		t.Errorf("opened is %q", m.opened)
	}
	site := browser.Ask[string](b, `[...document.querySelectorAll("a")].find((a) => a.textContent === "look at the site").href`)
	packet := browser.Ask[string](b, `document.querySelector(".packets a").href`)
	b.Quiet()
	b.Visit(packet)
	b.Visit(site)
	if title := browser.Ask[string](b, "document.title"); title != "The site" {
		t.Errorf("the site is %q", title)
	}
	address, err := url.Parse(site)
	if err != nil || "http://"+address.Host == w.base {
		t.Fatalf("the site is at %s, the window at %s", site, w.base)
	}
	// The worst that a page there can do: ask the window's pages for something, with the cookie that a browser sends along.
	attack := `fetch(` + "`" + w.base + `/list` + "`" + `, {method: "POST", mode: "no-cors", credentials: "include"}).then(() => "sent", () => "refused")`
	b.Visit("http://" + address.Host + "/nothing") // without the site's policy, which stops it already
	if got := browser.Ask[string](b, attack); got != "sent" && got != "refused" {
		t.Errorf("the attack: %s", got)
	}
	if m.asked() != "" {
		t.Errorf("a page of the files' origin started %s", m.asked())
	}
	read := `fetch(` + "`" + w.base + `/settings` + "`" + `, {credentials: "include"}).then((r) => r.text(), () => "refused")`
	if got := browser.Ask[string](b, read); got != "refused" {
		t.Errorf("a page of the files' origin reads %s", got)
	}
}
