//go:build unix

package torture_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// moments gives moments of a run to kill it at: random ones, but the same each time.
type moments struct {
	random *rand.Rand
	length time.Duration // of a run that nobody kills
}

func newMoments(seed uint64, length time.Duration) moments {
	return moments{rand.New(rand.NewPCG(seed, 9)), length}
}

func (m moments) next() time.Duration { return time.Duration(m.random.Float64() * float64(m.length)) }

// killAt starts the program and kills it with all it started after a while. It reports whether the program was still
// running then.
func (w *world) killAt(moment time.Duration, args ...string) bool {
	w.t.Helper()
	run, err := program.Start(w.command(args...))
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(moment)
	if err := run.Kill(); err != nil {
		w.t.Fatal(err)
	}
	ended, err := run.Wait()
	if err != nil {
		w.t.Fatal(err)
	}
	allDone := args[0] == "prune" && strings.Contains(ended.Stderr, "holds nothing of a posting") // by the run before
	if ended.Code > 0 && !allDone {
		w.t.Fatalf("ejmx %s: exit %d before it was killed\n%s", strings.Join(args, " "), ended.Code, ended.Stderr)
	}
	return ended.Code < 0
}

// TestKilledFetch kills a fetch again and again on its way to a complete mirror.
func TestKilledFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, replay.Options{})
	moments := newMoments(1, w.must("fetch", "--all").Took)
	kills, want := 0, tried.Often(4, 200)
	for kills < want {
		w.move(t.TempDir())
		held := map[blob]bool{}
		for range 1 + moments.random.IntN(3) {
			w.forget()
			if w.killAt(moments.next(), "fetch", "--all") {
				kills++
			}
			w.notAskedAgain(held)
			held = w.recorded()
		}
		w.forget()
		w.must("fetch", "--all")
		w.notAskedAgain(held)
		w.complete()
		w.tidy()
		if t.Failed() {
			t.Fatalf("after %d kills", kills)
		}
	}
	tried.Row(t, "Killed", "kill -9 during `fetch`", "at random moments, up to three in a row, then once to the end", kills,
		"the mirror verifies whole after each; the next run ends complete, asks for no document again that was recorded, leaves no temporary file")
}

// notAskedAgain checks that nothing was asked for that had been recorded before.
func (w *world) notAskedAgain(recorded map[blob]bool) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for b := range recorded {
		if w.asked[b] > 0 {
			w.t.Errorf("%s %s had been recorded and was downloaded again", b.kind, b.id)
		}
	}
}

// fetched is a season that has been fetched and not exported, to begin from again and again.
func (w *world) fetched() (dir string) {
	w.t.Helper()
	w.must("fetch", "--all")
	dir = filepath.Join(w.t.TempDir(), "fetched")
	copyTree(w.t, w.season, dir)
	return dir
}

// again empties the program's home and puts a copy of a season there.
func (w *world) again(from string) {
	w.t.Helper()
	if err := os.RemoveAll(w.home); err != nil {
		w.t.Fatal(err)
	}
	w.move(w.home)
	copyTree(w.t, from, w.season)
}

// TestKilledExport kills an export from a whole mirror. What is visible of it must at each moment be, file by file, what an
// export that nobody killed makes.
func TestKilledExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, replay.Options{})
	from := w.fetched()
	export := []string{"export", "--all", "--offline", "--quiet"}
	moments := newMoments(2, w.must(export...).Took)
	whole := w.visible("postings")
	kills, want := 0, tried.Often(3, 200)
	for kills < want {
		w.again(from)
		for range 1 + moments.random.IntN(3) {
			if w.killAt(moments.next(), export...) {
				kills++
			}
			w.recorded()
			for name, sum := range w.visible("postings") {
				if whole[name] != sum {
					t.Errorf("%s is there, and not whole", name)
				}
			}
		}
		w.must(export...)
		same(t, "the export", w.visible("postings"), whole)
		w.tidy()
		if t.Failed() {
			t.Fatalf("after %d kills", kills)
		}
	}
	tried.Row(t, "Killed", "kill -9 during `export`", "at random moments, with its worker processes, up to three in a row, then once to the end", kills,
		"each visible file is whole at each moment; the next run ends with the same bytes as one that nobody killed, and leaves no temporary file")
}

// TestKilledUpdate kills an export that brings an older one up to date. Each file must be as it was or as it is to be, and
// none may be missing. The day after, none may be taken for one that a person changed.
func TestKilledUpdate(t *testing.T) {
	t.Parallel()
	made := small
	made.Days = 2
	w := newWorld(t, made, replay.Options{})
	export := []string{"export", "--all", "--quiet", "--text", "none"}
	offline := append(export, "--offline")
	w.must(export...)
	w.nextDay()
	from := w.fetched()
	old := w.visible("postings")
	moments := newMoments(3, w.must(offline...).Took)
	updated := w.visible("postings")
	kills, want := 0, tried.Often(3, 200)
	for kills < want {
		next := worldOf(t, w.source, replay.Options{})
		next.move(w.home)
		next.nextDay()
		next.again(from)
		if next.killAt(moments.next(), offline...) {
			kills++
		}
		next.eitherOr(old, updated)
		next.nextDay()
		next.must(export...)
		next.tidy()
		for name := range next.visible("postings") {
			if strings.Contains(name, "(kept ") {
				t.Errorf("%s: nobody changed that file", name)
			}
		}
		if t.Failed() {
			t.Fatalf("after %d kills", kills)
		}
	}
	tried.Row(t, "Killed", "kill -9 while `export` brings an older export up to date", "at random moments; documents change on EJM before and after", kills,
		"each file is as it was or as it is to be, none is missing, none is later taken for one that somebody changed")
}

// eitherOr checks that each visible file of the exports is as it was or as it is to be, and that none is missing.
func (w *world) eitherOr(old, updated map[string]string) {
	w.t.Helper()
	now := w.visible("postings")
	for name, sum := range now {
		if sum != old[name] && sum != updated[name] {
			w.t.Errorf("%s is neither as it was nor as it is to be", name)
		}
	}
	for name := range old {
		if now[name] == "" && updated[name] != "" {
			w.t.Errorf("%s is missing", name)
		}
	}
}

func (w *world) nextDay() {
	w.t.Helper()
	if _, err := w.server.Advance(); err != nil {
		w.t.Fatal(err)
	}
}

// TestKilledArchive kills the making of an archive.
func TestKilledArchive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, replay.Options{})
	w.must("export", "--all", "--quiet", "--text", "none", "--no-zip")
	from := filepath.Join(t.TempDir(), "exported")
	copyTree(t, w.season, from)
	moments := newMoments(4, w.must("archive", "--all").Took)
	whole := zips(w.visible("archives"))
	kills, want := 0, tried.Often(4, 200)
	for kills < want {
		w.again(from)
		for range 1 + moments.random.IntN(3) {
			if w.killAt(moments.next(), "archive", "--all") {
				kills++
			}
			for name, sum := range zips(w.visible("archives")) {
				if whole[name] != sum {
					t.Errorf("%s is there, and not whole", name)
				}
			}
			w.must("verify", w.season)
		}
		w.must("archive", "--all")
		same(t, "the archives", zips(w.visible("archives")), whole)
		for name := range whole {
			w.must("verify", filepath.Join(w.season, "archives", name))
		}
		w.must("register")
		w.tidy()
		if t.Failed() {
			t.Fatalf("after %d kills", kills)
		}
	}
	tried.Row(t, "Killed", "kill -9 during `archive`", "at random moments, up to three in a row, then once to the end", kills,
		"no archive is visible that is not whole; the register's chain holds; the next run gives the same bytes, and leaves no temporary file")
}

func zips(files map[string]string) map[string]string {
	some := map[string]string{}
	for name, sum := range files {
		if strings.HasSuffix(name, ".zip") {
			some[name] = sum
		}
	}
	return some
}
