package site

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
)

// browser is a real browser, with what pages complain about.
type browser struct {
	t   *testing.T
	ctx context.Context
	dir string // the site's folder

	mu         sync.Mutex
	complaints []string
}

// open writes the site of a posting into a folder and starts a browser.
func openBrowser(t *testing.T, p *dossier.Posting, o Options) *browser {
	t.Helper()
	program := outside.Tool(t, "chromium")
	b := &browser{t: t, dir: t.TempDir()}
	write(t, p, o).save(t, b.dir, p)
	allocator, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1400, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-default-apps", true),
	)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, end := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(end)
	b.ctx = ctx
	b.do(chromedp.Navigate("about:blank"))
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.complaints = append(b.complaints, message.String())
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// address is a file of the site as a person opens it.
func (b *browser) address(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(b.dir, filepath.FromSlash(name)))}).String()
}

func (b *browser) visit(name string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.address(name)))
}

// ask evaluates an expression in the page.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to become true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for range 200 {
		if ask[bool](b, expression) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.t.Fatalf("never: %s", expression)
}

// quiet fails the test on anything that pages complained about, refused requests and script errors among them.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the browser complains:\n%s", strings.Join(b.complaints, "\n"))
	}
}

const shownRows = `[...document.querySelectorAll("#candidates tbody tr")].filter((tr) => !tr.hidden)`

func (b *browser) shown() int { b.t.Helper(); return ask[int](b, shownRows+".length") }

// typeQuery types words into the search.
func (b *browser) typeQuery(words string) {
	b.t.Helper()
	quoted, _ := json.Marshal(words)
	ask[bool](b, fmt.Sprintf(`(() => { const q = document.getElementById("query"); q.value = %s; q.dispatchEvent(new Event("input")); return true; })()`, quoted))
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
	if got := ask[string](b, shownRows+`.map((tr) => tr.dataset.id).join()`); got != "620005" {
		t.Errorf("a search without accents finds %q", got)
	}
	b.typeQuery("zanzibar")
	if b.shown() != 0 {
		t.Error("the list finds words of documents without being asked to")
	}
	ask[bool](b, `(document.getElementById("deep").click(), true)`)
	b.until(`document.querySelectorAll("#hits li").length === 1`)
	if got := ask[string](b, `document.querySelector("#hits li a").getAttribute("href")`); got != "packets/Lee%20Min-Jung%20620003.pdf#page=4" {
		t.Errorf("the hit leads to %q", got)
	}
	if got := ask[string](b, `document.querySelector("#hits li mark").textContent`); got != "Zanzibar" {
		t.Errorf("the hit marks %q", got)
	}
	ask[bool](b, `(document.querySelector("#controls button[type=reset]").click(), true)`)
	b.until(shownRows + ".length === 50")
	b.checkFilters()
	b.checkSorting()
	b.checkKeys()
	b.quiet()
}

func (b *browser) choose(label, value string) {
	b.t.Helper()
	ask[bool](b, fmt.Sprintf(`(() => {
		const select = [...document.querySelectorAll("label")].find((l) => l.textContent.trim().startsWith(%q)).querySelector("select");
		select.value = %q; select.dispatchEvent(new Event("change")); return select.value === %q; })()`, label, value, value))
}

func (b *browser) checkFilters() {
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

func (b *browser) checkSorting() {
	b.t.Helper()
	header := `[...document.querySelectorAll("thead button")].find((button) => button.textContent === "Packet")`
	pages := shownRows + `.map((tr) => Number(tr.cells[tr.cells.length - 1].dataset.v))`
	for _, want := range []struct{ sort, order string }{{"descending", "b - a"}, {"ascending", "a - b"}} {
		ask[bool](b, "("+header+".click(), true)")
		if !ask[bool](b, fmt.Sprintf("JSON.stringify(%s) === JSON.stringify(%s.sort((a, b) => %s))", pages, pages, want.order)) {
			b.t.Errorf("the list is not sorted by pages, %s", want.sort)
		}
		if got := ask[string](b, header+`.parentElement.getAttribute("aria-sort")`); got != want.sort {
			b.t.Errorf("the header says %q, want %q", got, want.sort)
		}
	}
}

func (b *browser) checkKeys() {
	b.t.Helper()
	b.do(chromedp.KeyEvent("/"))
	if got := ask[string](b, "document.activeElement.id"); got != "query" {
		b.t.Errorf("/ goes to %q", got)
	}
	ask[bool](b, "(document.activeElement.blur(), true)")
	b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"), chromedp.KeyEvent("j"))
	second := ask[string](b, shownRows+`[1].querySelector("th a").href`)
	if got := ask[string](b, "document.activeElement.href"); got != second {
		b.t.Errorf("j and k go to %q, want %q", got, second)
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until(fmt.Sprintf("location.href === %q && document.readyState === 'complete'", second))
	place := ask[string](b, `document.getElementById("place").textContent`)
	if place != "2 of 50" {
		b.t.Errorf("the second of the list says %q", place)
	}
	b.do(chromedp.KeyEvent("j"))
	b.until(`document.readyState === "complete" && document.getElementById("place").textContent === "3 of 50"`)
}

func TestBrowserCandidate(t *testing.T) {
	p := madeUp(12, "")
	b := openBrowser(t, p, Options{Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	b.visit("candidates/620003.html")
	if !ask[bool](b, `document.querySelector("iframe").getClientRects().length > 0`) {
		t.Error("the packet is not beside the page")
	}
	ask[bool](b, `(document.querySelector("a.inpacket").click(), true)`)
	if got := ask[string](b, `document.querySelector("iframe").src`); !strings.HasSuffix(got, "Lee%20Min-Jung%20620003.pdf#page=3&view=FitH&pagemode=none&navpanes=0") {
		t.Errorf("the packet beside shows %q", got)
	}
	b.do(chromedp.KeyEvent("4"))
	ask[bool](b, `(() => { const notes = document.getElementById("notes"); notes.value = "Ask her advisor"; notes.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`)
	b.visit("index.html")
	if got := ask[string](b, `document.querySelector("tr[data-id='620003'] td").textContent`); got != "★★★★" {
		t.Errorf("the list shows the stars %q", got)
	}
	if got := ask[string](b, "ejmxMarks.file()"); !strings.Contains(got, `"stars": 4`) || !strings.Contains(got, "Ask her advisor") {
		t.Errorf("the file of marks is %s", got)
	}
	saved := ask[string](b, "(localStorage.clear(), ejmxMarks.load(ejmxMarks.file()), ejmxMarks.get('620003').notes)")
	if saved != "Ask her advisor" {
		t.Errorf("loading the file gives %q", saved)
	}
	b.do(chromedp.EmulateViewport(390, 800))
	b.visit("candidates/620003.html")
	if ask[bool](b, `document.querySelector("iframe").getClientRects().length > 0`) || ask[int](b, "document.documentElement.scrollWidth") > 390 {
		t.Error("the page does not fit a phone")
	}
	b.quiet()
}

// No page is wider than the screen, from a phone to a wall.
func TestBrowserWidths(t *testing.T) {
	b := openBrowser(t, madeUp(12, ""), Options{})
	for _, name := range []string{"index.html", "candidates/620003.html"} {
		for _, width := range []int64{320, 390, 680, 1000, 1280, 1920, 2560} {
			b.do(chromedp.EmulateViewport(width, 800))
			b.visit(name)
			if over := ask[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				t.Errorf("at a width of %d, %s is %d pixels wider than the screen", width, name, over)
			}
		}
	}
	b.quiet()
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
	ask[bool](b, `(document.getElementById("deep").click(), true)`)
	b.typeQuery("labour")
	b.until(`document.querySelectorAll("#hits li").length > 0`)
	if title := ask[string](b, "document.title"); title != p.Title {
		t.Errorf("something ran: the title is %q", title)
	}
	for _, d := range p.Dossiers {
		b.visit(fmt.Sprintf("candidates/%s.html", d.AppID))
		if title := ask[string](b, "document.title"); !strings.HasSuffix(title, p.Title) {
			t.Errorf("something ran: the title is %q", title)
		}
		if n := ask[int](b, `document.querySelectorAll("img, main script, main style, main iframe, [href^='javascript']").length`); n != 0 {
			t.Errorf("application %s: %d elements that an applicant wrote", d.AppID, n)
		}
	}
	b.quiet()
	// The policy stops what an editor of the pages might add one day.
	blocked := ask[bool](b, fmt.Sprintf(`new Promise((done) => { const image = new Image(); image.onload = () => done(false); image.onerror = () => done(true); image.src = %q; })`, canary.URL+"/added"))
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
	t.Logf("ready %.0f ms after it was asked for", ask[float64](b, `performance.getEntriesByType("navigation")[0].loadEventEnd`))
	if n := b.shown(); n != 1500 || opened == 0 {
		t.Fatalf("%d candidates are shown", n)
	}
	filter := func(words string) {
		ask[bool](b, fmt.Sprintf(`(document.getElementById("query").value = %q,
			document.querySelector("select[data-filter]").dispatchEvent(new Event("change")), document.body.offsetHeight > 0)`, words))
	}
	b.took("filtered to a few", func() { filter("econometrics anna") })
	if n := b.shown(); n == 0 || n > 100 {
		t.Errorf("%d candidates are shown", n)
	}
	b.took("all again", func() { filter("") })
	b.took("sorted", func() {
		ask[bool](b, `(document.querySelector("thead th:nth-child(2) button").click(), document.body.offsetHeight > 0)`)
	})
	if n := b.shown(); n != 1500 {
		t.Errorf("%d candidates are shown at the end", n)
	}
	b.quiet()
}

// countProcessorTime makes the browser count the time that the page's thread was at work.
func (b *browser) countProcessorTime() {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, performance.Enable, performance.EnableParams{TimeDomain: "threadTicks"})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// took tells how much of that time something takes, in milliseconds.
func (b *browser) took(what string, do func()) float64 {
	b.t.Helper()
	before := b.processorTime()
	do()
	took := 1000 * (b.processorTime() - before)
	b.t.Logf("%s in %.0f ms of the processor", what, took)
	return took
}

func (b *browser) processorTime() float64 {
	b.t.Helper()
	metrics, err := chromedp.Run(b.ctx, func(ctx context.Context, target *chromedp.Target) (performance.GetMetricsResult, error) {
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
	script, err := os.ReadFile(outside.Axe(t))
	if err != nil {
		t.Fatal(err)
	}
	p := madeUp(50, "")
	b := openBrowser(t, p, Options{Text: textOf, Changes: madeUpChanges(p), Since: "20261120T090000Z"})
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		for _, name := range []string{"index.html", "candidates/620003.html", "candidates/620000.html", "candidates/620005.html"} {
			b.visit(name)
			faults := ask[string](b, string(script)+`;
				axe.run(document, {resultTypes: ["violations"], iframes: false}).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)]), null, 1))`)
			if faults != "[]" {
				t.Errorf("%s, %s: %s", name, theme, faults)
			}
		}
	}
}

func (b *browser) theme(name string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return chromedp.Void{}, err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
