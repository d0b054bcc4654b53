package season

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/mirror"
)

// Other people's programs open each kind of document, and find in it what should be there.
func TestDocumentsCanBeReadByOthers(t *testing.T) {
	pdfinfo, pdftotext, qpdf := outside.Tool(t, "pdfinfo"), outside.Tool(t, "pdftotext"), outside.Tool(t, "qpdf")
	m := theDemo(t)
	unreadable, longest := 0, 0
	for _, f := range recordsOf(t, snapshots(t, m)[0], mirror.Files)[:34] {
		if f["filetype"] != typePDF || f["type_id"] == 10.0 {
			continue
		}
		name := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(name, bytesOf(t, m, ejm.KindFile, ejm.ID(f["blobid"].(float64))), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := exec.CommandContext(t.Context(), pdfinfo, name).Output()
		if err != nil {
			unreadable++
			continue
		}
		pages := pagesIn(string(info))
		longest = max(longest, pages)
		if pages < 30 {
			continue
		}
		if out, err := exec.CommandContext(t.Context(), qpdf, "--check", name).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
		text, err := exec.CommandContext(t.Context(), pdftotext, name, "-").Output()
		if err != nil || f["type_id"] == 20.0 && !strings.Contains(string(text), "Abstract") || f["type_id"] == 20.0 && !strings.Contains(string(text), "Figure 2") {
			t.Errorf("pdftotext: %v, %d bytes", err, len(text))
		}
	}
	if unreadable != 1 {
		t.Errorf("%d files cannot be opened, want one", unreadable)
	}
	if longest < 30 || longest > 40 {
		t.Errorf("the longest paper has %d pages", longest)
	}
}

func pagesIn(info string) int {
	for line := range strings.Lines(info) {
		if text, ok := strings.CutPrefix(line, "Pages:"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(text))
			return n
		}
	}
	return 0
}
