// Package browser lets tests look at pages as people do: with a real browser, without mouse or with a phone's width, in both
// themes, and with axe-core's eye for accessibility.
//
// The browser is chromium; where it is not installed the test is skipped, or fails where tools are required.
package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ejmx/ejmx/internal/outside"
)

// Browser is a browser with one page, and what the pages in it complained about.
type Browser struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// patience is how long a browser may take for everything a test asks of it.
const patience = 4 * time.Minute

// Open starts a browser that ends with the test.
func Open(t testing.TB) *Browser {
	t.Helper()
	program := outside.Tool(t, "chromium")
	b := &Browser{t: t}
	allocator, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(program), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1400, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-default-apps", true),
	)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, end := context.WithTimeout(ctx, patience)
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

// Context is the browser's, for what chromedp can do and this package does not.
func (b *Browser) Context() context.Context { return b.ctx }

func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Visit opens an address and waits until it is loaded.
func (b *Browser) Visit(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// Press presses keys one after the other, as chromedp writes them: "\t", "\r", "a".
func (b *Browser) Press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// Ask evaluates an expression in the page; a promise is awaited.
func Ask[T any](b *Browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Until waits for an expression to become true, also over a change of page.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	for range 1200 {
		value, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && value {
			return
		}
		if b.ctx.Err() != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
	b.t.Fatalf("never: %s\n%s", expression, text)
}

// Complaints gives what pages complained about since the last call: refused requests and script errors among it.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	complaints := b.complaints
	b.complaints = nil
	return complaints
}

// Quiet fails the test on anything that pages complained about.
func (b *Browser) Quiet() {
	b.t.Helper()
	if complaints := b.Complaints(); len(complaints) > 0 {
		b.t.Errorf("the browser complains:\n%s", strings.Join(complaints, "\n"))
	}
}

// Size makes the page so wide and high, in pixels.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// Theme lets the system ask for "light" or "dark".
func (b *Browser) Theme(name string) {
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

// Accessible fails the test where axe-core finds a fault in the page, in either theme.
func (b *Browser) Accessible(what string) {
	b.t.Helper()
	script, err := os.ReadFile(outside.Axe(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		b.Theme(theme)
		faults := Ask[string](b, string(script)+`;
			axe.run(document, {resultTypes: ["violations"], iframes: false}).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)]), null, 1))`)
		if faults != "[]" {
			b.t.Errorf("%s, %s: %s", what, theme, faults)
		}
	}
	b.Theme("light")
}

// Fits fails the test where the page is wider than the screen.
func (b *Browser) Fits(what string) {
	b.t.Helper()
	if over := Ask[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		b.t.Errorf("%s is %d pixels wider than the screen", what, over)
	}
}

// Shoot writes a picture of the whole page into the folder that EJMX_SCREENSHOTS names, for people to look at; without one
// it does nothing.
func (b *Browser) Shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("EJMX_SCREENSHOTS")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.png", name)), data, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
