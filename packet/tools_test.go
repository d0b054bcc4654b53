package packet_test

import (
	"os/exec"
	"testing"

	"github.com/ejmx/ejmx/internal/outside"
)

// check has qpdf judge a file.
func check(t testing.TB, path string) {
	t.Helper()
	if out, err := exec.Command(outside.Tool(t, "qpdf"), "--check", path).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
}
