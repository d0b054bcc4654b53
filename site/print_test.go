package site

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/ejmx/ejmx/internal/outside"
)

// Printed, and without script, the list shows everyone and links every packet.
func TestPrintedWithoutScript(t *testing.T) {
	pdftotext, qpdf := outside.Tool(t, "pdftotext"), outside.Tool(t, "qpdf")
	p := madeUp(120, "")
	b := openBrowser(t, p, Options{})
	printed := filepath.Join(t.TempDir(), "printed.pdf")
	b.withoutScript()
	b.visit("index.html")
	if err := os.WriteFile(printed, b.print(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), pdftotext, "-raw", printed, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(strings.Fields(string(text)), " ")
	for _, d := range p.Dossiers[len(unusualNames("")):] {
		if !strings.Contains(shown, d.Name.Listed()) {
			t.Errorf("%s is not on paper", d.Name.Listed())
		}
	}
	for _, control := range []string{"only my stars", "My marks", "Keys:"} {
		if strings.Contains(shown, control) {
			t.Errorf("the paper shows %q, which works with script alone", control)
		}
	}
	plain, err := exec.CommandContext(t.Context(), qpdf, "--qdf", "--object-streams=disable", printed, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range p.Dossiers {
		if d.Packet.Path != "" && !strings.Contains(string(plain), "%20"+d.AppID.String()+".pdf") {
			t.Errorf("the packet of application %s is not linked", d.AppID)
		}
	}
}

// withoutScript lets pages run no script.
func (b *siteBrowser) withoutScript() {
	b.t.Helper()
	_, err := chromedp.Run(b.Context(), func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return cdp.Empty{}, err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// print gives the page as a PDF, as a person prints it.
func (b *siteBrowser) print() []byte {
	b.t.Helper()
	data, err := chromedp.Run(b.Context(), func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, target, page.PrintToPDF, page.PrintToPDFParams{})
		return r.Data, err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}
