//go:build unix

package torture_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// due has the first of two postings be long past, and the other never be due.
const due = `[retention.posting.9012]
keep = "1y"
closed = "2020-01-31"
`

// TestKilledPrune kills the disposal of one of two postings. The other must stay as it was.
func TestKilledPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 12, Postings: 2, DocumentBytes: 5000}, replay.Options{})
	w.must("export", "--all", "--quiet", "--text", "none")
	if err := os.WriteFile(filepath.Join(w.season, "ejmx.toml"), []byte(due), 0o600); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(t.TempDir(), "exported")
	copyTree(t, w.season, from)
	prune := []string{"prune", "--dispose", "--posting", "9012", "--yes", "--by", "Jane Doe"}
	moments := newMoments(6, w.must(prune...).Took)
	left := w.staying()
	if len(left) == 0 || len(left) == len(sums(t, from)) {
		t.Fatalf("%d files stay", len(left))
	}
	kills, want := 0, tried.Often(3, 200)
	for kills < want {
		w.again(from)
		for range 1 + moments.random.IntN(3) {
			if w.killAt(moments.next(), prune...) {
				kills++
			}
			w.recorded()
		}
		ended := w.run(prune...)
		if ended.Code != 0 && !strings.Contains(ended.Stderr, "9012") { // an earlier run may have done it all, but for saying so
			t.Errorf("exit %d\n%s", ended.Code, ended.Stderr)
		}
		same(t, "what stays", w.staying(), left)
		if certificates, err := filepath.Glob(filepath.Join(w.season, "archives", "*.pdf")); err != nil || len(certificates) == 0 {
			t.Errorf("there is no certificate: %v", err)
		}
		w.must("verify", w.season)
		w.tidy()
		if t.Failed() {
			t.Fatalf("after %d kills", kills)
		}
	}
	tried.Row(t, "Killed", "kill -9 during `prune --dispose`", "at random moments, up to three in a row, then once to the end", kills,
		"the mirror verifies whole after each; the next run ends with exactly the files of a disposal that nobody killed and a certificate, and leaves no temporary file")
}

// staying gives the files of the season that a disposal leaves, but for what tells of the disposal itself.
func (w *world) staying() map[string]string {
	all := w.visible("")
	for name := range all {
		if strings.HasPrefix(name, "archives/") || strings.HasPrefix(name, "mirror/log.jsonl") || strings.HasPrefix(name, "mirror/snapshots/") ||
			strings.HasPrefix(name, "mirror/disposed") || strings.HasPrefix(name, "mirror/derived/") {
			delete(all, name)
		}
	}
	return all
}
