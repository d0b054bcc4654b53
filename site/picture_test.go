//go:build pictures

package site

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Pictures of the site for the README: EJMX_SCREENSHOTS names their folder, EJMX_DEMO that of a
// posting's export (make screenshots).
func TestPictures(t *testing.T) {
	dir, demo := os.Getenv("EJMX_SCREENSHOTS"), os.Getenv("EJMX_DEMO")
	pages, err := filepath.Glob(filepath.Join(demo, "candidates", "*.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("%s holds no site (%v)", demo, err)
	}
	b := openBrowser(t, madeUp(1, ""), Options{})
	b.dir = demo
	b.Size(1280, 800)
	for _, want := range []struct{ picture, theme, page string }{
		{"site-list", "light", "index.html"},
		{"site-list-dark", "dark", "index.html"},
		{"site-candidate", "light", "candidates/" + filepath.Base(pages[0])},
	} {
		b.Theme(want.theme)
		b.visit(want.page)
		if want.page != "index.html" {
			time.Sleep(8 * time.Second) // the browser's PDF viewer tells nobody when it has drawn
		}
		data, err := chromedp.Run(b.Context(), chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, want.picture+".png"), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
