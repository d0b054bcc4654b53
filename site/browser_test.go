package site

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/browser"
)

// siteBrowser is a real browser before a site.
type siteBrowser struct {
	*browser.Browser
	t   *testing.T
	dir string // the site's folder
}

// openBrowser writes the site of a posting into a folder and starts a browser.
func openBrowser(t *testing.T, p *dossier.Posting, o Options) *siteBrowser {
	t.Helper()
	b := &siteBrowser{Browser: browser.Open(t), t: t, dir: t.TempDir()}
	write(t, p, o).save(t, b.dir, p)
	return b
}

// address is a file of the site as a person opens it.
func (b *siteBrowser) address(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(b.dir, filepath.FromSlash(name)))}).String()
}

func (b *siteBrowser) visit(name string) {
	b.t.Helper()
	b.Visit(b.address(name))
}

const shownRows = `[...document.querySelectorAll("#candidates tbody tr")].filter((tr) => !tr.hidden)`

func (b *siteBrowser) shown() int {
	b.t.Helper()
	return browser.Ask[int](b.Browser, shownRows+".length")
}

// typeQuery types words into the search.
func (b *siteBrowser) typeQuery(words string) {
	b.t.Helper()
	quoted, _ := json.Marshal(words)
	browser.Ask[bool](b.Browser, fmt.Sprintf(`(() => { const q = document.getElementById("query"); q.value = %s; q.dispatchEvent(new Event("input")); return true; })()`, quoted))
	time.Sleep(50 * time.Millisecond)
}

func TestBrowserList(t *testing.T) {
	p := madeUp(50, "")
	b := openBrowser(t, p, Options{Text: textOf, Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	b.visit("index.html")
	if b.shown() != 50 {
		t.Fatalf("%d candidates are shown", b.shown())
	}
	b.typeQuery("garcia nunez")
	if got := browser.Ask[string](b.Browser, shownRows+`.map((tr) => tr.dataset.id).join()`); got != "620005" {
		t.Errorf("a search without accents finds %q", got)
	}
	b.typeQuery("zanzibar")
	if b.shown() != 0 {
		t.Error("the list finds words of documents without being asked to")
	}
	browser.Ask[bool](b.Browser, `(document.getElementById("deep").click(), true)`)
	b.Until(`document.querySelectorAll("#hits li").length === 1`)
	if got := browser.Ask[string](b.Browser, `document.querySelector("#hits li a").getAttribute("href")`); got != "packets/Lee%20Min-Jung%20620003.pdf#page=4" {
		t.Errorf("the hit leads to %q", got)
	}
	if got := browser.Ask[string](b.Browser, `document.querySelector("#hits li mark").textContent`); got != "Zanzibar" {
		t.Errorf("the hit marks %q", got)
	}
	browser.Ask[bool](b.Browser, `(document.querySelector("#controls button[type=reset]").click(), true)`)
	b.Until(shownRows + ".length === 50")
	b.checkFilters()
	b.checkSorting()
	b.checkKeys()
	b.Quiet()
}

func (b *siteBrowser) choose(label, value string) {
	b.t.Helper()
	browser.Ask[bool](b.Browser, fmt.Sprintf(`(() => {
		const select = [...document.querySelectorAll("label")].find((l) => l.textContent.trim().startsWith(%q)).querySelector("select");
		select.value = %q; select.dispatchEvent(new Event("change")); return select.value === %q; })()`, label, value, value))
}

func (b *siteBrowser) checkFilters() {
	b.t.Helper()
	for _, want := range []struct {
		label, value string
		shown        int
	}{
		{"Letters", "missing", 13},
		{"Primary field", "Econometrics", 12},
		{"Do you need a visa?", "Yes", 25},
		{"Which courses", "Macro", 34},
		{"Since 2026-11-20", "new", 1},
		{"Since 2026-11-20", "changed", 1},
	} {
		b.choose(want.label, want.value)
		if got := b.shown(); got != want.shown {
			b.t.Errorf("%s %s shows %d, want %d", want.label, want.value, got, want.shown)
		}
		b.choose(want.label, "")
	}
}

func (b *siteBrowser) checkSorting() {
	b.t.Helper()
	header := `[...document.querySelectorAll("thead button")].find((button) => button.textContent === "Packet")`
	pages := shownRows + `.map((tr) => Number(tr.cells[tr.cells.length - 1].dataset.v))`
	for _, want := range []struct{ sort, order string }{{"descending", "b - a"}, {"ascending", "a - b"}} {
		browser.Ask[bool](b.Browser, "("+header+".click(), true)")
		if !browser.Ask[bool](b.Browser, fmt.Sprintf("JSON.stringify(%s) === JSON.stringify(%s.sort((a, b) => %s))", pages, pages, want.order)) {
			b.t.Errorf("the list is not sorted by pages, %s", want.sort)
		}
		if got := browser.Ask[string](b.Browser, header+`.parentElement.getAttribute("aria-sort")`); got != want.sort {
			b.t.Errorf("the header says %q, want %q", got, want.sort)
		}
	}
}

func (b *siteBrowser) checkKeys() {
	b.t.Helper()
	b.Press("/")
	if got := browser.Ask[string](b.Browser, "document.activeElement.id"); got != "query" {
		b.t.Errorf("/ goes to %q", got)
	}
	browser.Ask[bool](b.Browser, "(document.activeElement.blur(), true)")
	b.Press("j", "j", "k", "j")
	second := browser.Ask[string](b.Browser, shownRows+`[1].querySelector("th a").href`)
	if got := browser.Ask[string](b.Browser, "document.activeElement.href"); got != second {
		b.t.Errorf("j and k go to %q, want %q", got, second)
	}
	b.Press("\r")
	b.Until(fmt.Sprintf("location.href === %q && document.readyState === 'complete'", second))
	place := browser.Ask[string](b.Browser, `document.getElementById("place").textContent`)
	if place != "2 of 50" {
		b.t.Errorf("the second of the list says %q", place)
	}
	b.Press("j")
	b.Until(`document.readyState === "complete" && document.getElementById("place").textContent === "3 of 50"`)
}

func TestBrowserCandidate(t *testing.T) {
	p := madeUp(12, "")
	b := openBrowser(t, p, Options{Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	b.visit("candidates/620003.html")
	if !browser.Ask[bool](b.Browser, `document.querySelector("iframe").getClientRects().length > 0`) {
		t.Error("the packet is not beside the page")
	}
	browser.Ask[bool](b.Browser, `(document.querySelector("a.inpacket").click(), true)`)
	if got := browser.Ask[string](b.Browser, `document.querySelector("iframe").src`); !strings.HasSuffix(got, "Lee%20Min-Jung%20620003.pdf#page=3&view=FitH&pagemode=none&navpanes=0") {
		t.Errorf("the packet beside shows %q", got)
	}
	b.Press("4")
	browser.Ask[bool](b.Browser, `(() => { const notes = document.getElementById("notes"); notes.value = "Ask her advisor"; notes.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`)
	b.visit("index.html")
	if got := browser.Ask[string](b.Browser, `document.querySelector("tr[data-id='620003'] td").textContent`); got != "★★★★" {
		t.Errorf("the list shows the stars %q", got)
	}
	if got := browser.Ask[string](b.Browser, "ejmxMarks.file()"); !strings.Contains(got, `"stars": 4`) || !strings.Contains(got, "Ask her advisor") {
		t.Errorf("the file of marks is %s", got)
	}
	saved := browser.Ask[string](b.Browser, "(localStorage.clear(), ejmxMarks.load(ejmxMarks.file()), ejmxMarks.get('620003').notes)")
	if saved != "Ask her advisor" {
		t.Errorf("loading the file gives %q", saved)
	}
	b.Size(390, 800)
	b.visit("candidates/620003.html")
	if browser.Ask[bool](b.Browser, `document.querySelector("iframe").getClientRects().length > 0`) || browser.Ask[int](b.Browser, "document.documentElement.scrollWidth") > 390 {
		t.Error("the page does not fit a phone")
	}
	b.Quiet()
}

// No page is wider than the screen, from a phone to a wall.
func TestBrowserWidths(t *testing.T) {
	b := openBrowser(t, madeUp(12, ""), Options{})
	for _, name := range []string{"index.html", "candidates/620003.html"} {
		for _, width := range []int64{320, 390, 680, 1000, 1280, 1920, 2560} {
			b.Size(width, 800)
			b.visit(name)
			if over := browser.Ask[int](b.Browser, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				t.Errorf("at a width of %d, %s is %d pixels wider than the screen", width, name, over)
			}
		}
	}
	b.Quiet()
}

// Nothing that applicants wrote runs or asks for anything, on any page.
func TestBrowserHostile(t *testing.T) {
	var requests []string
	var mu sync.Mutex
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, r.URL.Path)
	}))
	defer canary.Close()
	p := madeUp(7, canary.URL)
	b := openBrowser(t, p, Options{Text: textOf, Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	b.visit("index.html")
	browser.Ask[bool](b.Browser, `(document.getElementById("deep").click(), true)`)
	b.typeQuery("labour")
	b.Until(`document.querySelectorAll("#hits li").length > 0`)
	if title := browser.Ask[string](b.Browser, "document.title"); title != p.Title {
		t.Errorf("something ran: the title is %q", title)
	}
	for _, d := range p.Dossiers {
		b.visit(fmt.Sprintf("candidates/%s.html", d.AppID))
		if title := browser.Ask[string](b.Browser, "document.title"); !strings.HasSuffix(title, p.Title) {
			t.Errorf("something ran: the title is %q", title)
		}
		if n := browser.Ask[int](b.Browser, `document.querySelectorAll("img, main script, main style, main iframe, [href^='javascript']").length`); n != 0 {
			t.Errorf("application %s: %d elements that an applicant wrote", d.AppID, n)
		}
	}
	b.Quiet()
	// The policy stops what an editor of the pages might add one day.
	blocked := browser.Ask[bool](b.Browser, fmt.Sprintf(`new Promise((done) => { const image = new Image(); image.onload = () => done(false); image.onerror = () => done(true); image.src = %q; })`, canary.URL+"/added"))
	mu.Lock()
	defer mu.Unlock()
	if !blocked || len(requests) > 0 {
		t.Errorf("the canary saw %q", requests)
	}
}

// A list of 1,500 is ready and answers at once. How fast depends on the machine and what else it does, so the times are
// told, not judged; those of the processor alone hardly depend on that.
func TestBrowserLargeList(t *testing.T) {
	b := openBrowser(t, madeUp(1500, ""), Options{})
	b.countProcessorTime()
	opened := b.took("ready", func() { b.visit("index.html") })
	t.Logf("ready %.0f ms after it was asked for", browser.Ask[float64](b.Browser, `performance.getEntriesByType("navigation")[0].loadEventEnd`))
	if n := b.shown(); n != 1500 || opened == 0 {
		t.Fatalf("%d candidates are shown", n)
	}
	filter := func(words string) {
		browser.Ask[bool](b.Browser, fmt.Sprintf(`(document.getElementById("query").value = %q,
			document.querySelector("select[data-filter]").dispatchEvent(new Event("change")), document.body.offsetHeight > 0)`, words))
	}
	b.took("filtered to a few", func() { filter("econometrics anna") })
	if n := b.shown(); n == 0 || n > 100 {
		t.Errorf("%d candidates are shown", n)
	}
	b.took("all again", func() { filter("") })
	b.took("sorted", func() {
		browser.Ask[bool](b.Browser, `(document.querySelector("thead th:nth-child(2) button").click(), document.body.offsetHeight > 0)`)
	})
	if n := b.shown(); n != 1500 {
		t.Errorf("%d candidates are shown at the end", n)
	}
	b.Quiet()
}

// countProcessorTime makes the browser count the time that the page's thread was at work.
func (b *siteBrowser) countProcessorTime() {
	b.t.Helper()
	_, err := chromedp.Run(b.Context(), func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// took tells how much of that time something takes, in milliseconds.
func (b *siteBrowser) took(what string, do func()) float64 {
	b.t.Helper()
	before := b.processorTime()
	do()
	took := 1000 * (b.processorTime() - before)
	b.t.Logf("%s in %.0f ms of the processor", what, took)
	return took
}

func (b *siteBrowser) processorTime() float64 {
	b.t.Helper()
	metrics, err := chromedp.Run(b.Context(), func(ctx context.Context, target *chromedp.Target) (performance.GetMetricsResult, error) {
		return cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range metrics.Metrics {
		if m.Name == "TaskDuration" {
			return m.Value
		}
	}
	b.t.Fatal("the browser counts no time")
	return 0
}

// axe-core finds no fault for people who use other than eyes and mouse, in both themes.
func TestBrowserAccessible(t *testing.T) {
	p := madeUp(50, "")
	b := openBrowser(t, p, Options{Text: textOf, Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	for _, name := range []string{"index.html", "candidates/620003.html", "candidates/620000.html", "candidates/620005.html"} {
		b.visit(name)
		b.Accessible(name)
	}
}
