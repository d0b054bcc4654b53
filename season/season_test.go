package season

import (
	"testing"
	"time"

	"github.com/ejmx/ejmx/mirror"
)

// written writes a season into a folder of the test's own.
func written(t testing.TB, options Options) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	start := time.Now()
	if err := Write(m, options); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d applications in %v", options.Applications, time.Since(start))
	return m
}

func TestDefault(t *testing.T) { written(t, Options{}) }
func TestBig(t *testing.T)     { written(t, Options{Applications: 1500, DocumentBytes: 10000}) }
