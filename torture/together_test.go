//go:build unix

package torture_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/torture"
)

// hold makes the server wait at a request for a document, as long as it is told to. reached is closed when one is made.
func (w *world) hold() (reached <-chan struct{}, release func()) {
	there, gate := make(chan struct{}), make(chan struct{})
	var once, freed sync.Once
	w.before = func(path string) {
		if strings.HasPrefix(path, "/api/document/") || strings.HasPrefix(path, "/api/files/") {
			once.Do(func() { close(there) })
			<-gate
		}
	}
	release = func() { freed.Do(func() { close(gate) }) }
	w.t.Cleanup(release)
	return there, release
}

func (w *world) start(args ...string) *torture.Process {
	w.t.Helper()
	run, err := program.Start(w.command(args...))
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func (w *world) end(run *torture.Process) torture.Ended {
	w.t.Helper()
	ended, err := run.Wait()
	if err != nil {
		w.t.Fatal(err)
	}
	return ended
}

// TestTwoRunsOnOneSeason runs every command that writes to a season while a fetch is at work on it.
func TestTwoRunsOnOneSeason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	w.must("export", "--all", "--quiet", "--text", "none")
	w.must("archive", "--all")
	archives, err := filepath.Glob(filepath.Join(w.season, "archives", "*.zip"))
	if err != nil || len(archives) != 1 {
		t.Fatal(archives, err)
	}
	if err := os.RemoveAll(filepath.Join(w.season, "mirror", "file")); err != nil { // so that there is something to fetch
		t.Fatal(err)
	}
	reached, release := w.hold()
	first := w.start("fetch", "--all")
	<-reached
	commands := [][]string{
		{"fetch", "--all"},
		{"export", "--all"},
		{"export", "--all", "--offline"},
		{"packets", "--all"},
		{"archive", "--all"},
		{"restore", archives[0]},
	}
	for _, args := range commands {
		ended := w.run(args...)
		if ended.Code != 1 || !strings.Contains(ended.Stderr, "another run of ejmx is at work on this season: process ") {
			t.Errorf("ejmx %s: exit %d\n%s", strings.Join(args, " "), ended.Code, ended.Stderr)
		}
	}
	release()
	if ended := w.end(first); ended.Code != 0 {
		t.Errorf("the first run: exit %d\n%s", ended.Code, ended.Stderr)
	}
	w.complete()
	w.tidy()
	tried.Row(t, "Together", "two runs on one season", "`fetch`, `export`, `packets`, `archive` and `restore` while a fetch is at work", len(commands),
		"the second exits 1 and says which process holds the season; the first ends complete")
}

// TestTwoSeasonsIntoOneFolder has two seasons export the same posting into one folder at the same time.
func TestTwoSeasonsIntoOneFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, replay.Options{})
	from := w.fetched()
	tries := tried.Often(2, 30)
	for range tries {
		w.again(from)
		other := w.season + "-2"
		copyTree(t, from, other)
		out := filepath.Join(w.home, "out")
		export := []string{"export", "--all", "--offline", "--quiet", "--text", "none", "--out", out}
		runs := []*torture.Process{w.start(export...), w.start(append(export, "--season", other)...)}
		for _, run := range runs {
			if ended := w.end(run); ended.Code != 0 && ended.Code != 1 || strings.Contains(ended.Stderr, "panic") {
				t.Errorf("exit %d\n%s", ended.Code, ended.Stderr)
			}
		}
		w.must(export...)
		w.must("verify", onlyFolder(t, out))
	}
	tried.Row(t, "Together", "two seasons export one posting into one folder", "at the same time, with --out", tries,
		"each ends well or says in a line what was taken from it; afterwards a run makes the folder whole, and it verifies")
}

// onlyFolder is the one folder in a folder.
func onlyFolder(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, entry := range entries {
		if entry.IsDir() {
			if found != "" {
				t.Fatalf("several folders in %s", dir)
			}
			found = filepath.Join(dir, entry.Name())
		}
	}
	return found
}

// TestLocks has locks of all sorts lie in a season.
func TestLocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	w.must("fetch", "--all")
	lock := filepath.Join(w.season, "mirror", "lock")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	dead := w.start("version")
	w.end(dead)
	for name, test := range map[string]struct {
		text   string
		refuse bool
	}{
		"of a dead process":       {lockOf(host, dead.PID()), false},
		"of a living process":     {lockOf(host, os.Getpid()), true},
		"of another computer":     {lockOf("another-computer", 1), true},
		"that is empty":           {"", true},
		"that is no JSON":         {"?", true},
		"of a cut write":          {lockOf(host, 1)[:10], true},
		"with a negative process": {lockOf(host, -1), false},
	} {
		if err := os.WriteFile(lock, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		ended := w.run("fetch", "--all")
		if refused := ended.Code == 1 && strings.Contains(ended.Stderr, "delete "+lock); refused != test.refuse || !refused && ended.Code != 0 {
			t.Errorf("a lock %s: exit %d\n%s", name, ended.Code, ended.Stderr)
		}
		if err := os.RemoveAll(lock); err != nil {
			t.Fatal(err)
		}
	}
	tried.Row(t, "Together", "a lock is left", "of a dead process, a living one, another computer, empty, cut, no JSON, with a process that cannot be", 7,
		"that of a process of this computer that is dead or cannot be is taken over; any other is respected, and the line says which file to delete")
}

func lockOf(host string, pid int) string {
	return `{"host":"` + host + `","pid":` + itoa(pid) + `,"since":"2026-11-24T09:00:00Z"}`
}

// interruptAfter starts a command, sends signals one after the other once documents are being fetched, and gives how it
// ended, and how long after the first signal.
func (w *world) interruptAfter(reached <-chan struct{}, args []string, signals ...syscall.Signal) (torture.Ended, time.Duration) {
	w.t.Helper()
	run := w.start(args...)
	<-reached
	began := time.Now()
	for i, signal := range signals {
		if i > 0 {
			time.Sleep(20 * time.Millisecond)
		}
		if err := run.Signal(signal); err != nil {
			w.t.Fatal(err)
		}
	}
	ended := w.end(run)
	return ended, time.Since(began)
}

// TestInterrupts sends a fetch the signals of Ctrl-C and of a shutdown.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	longest := time.Duration(0)
	tries := 0
	for name, signals := range map[string][]syscall.Signal{
		"Ctrl-C": {syscall.SIGINT}, "SIGTERM": {syscall.SIGTERM}, "Ctrl-C twice": {syscall.SIGINT, syscall.SIGINT},
		"SIGTERM after Ctrl-C": {syscall.SIGINT, syscall.SIGTERM},
	} {
		for range tried.Often(1, 25) {
			w := newWorld(t, tiny, replay.Options{})
			reached, release := w.hold()
			ended, took := w.interruptAfter(reached, []string{"fetch", "--all"}, signals...)
			release()
			tries++
			longest = max(longest, took)
			if ended.Code != 130 {
				t.Errorf("%s: exit %d\n%s", name, ended.Code, ended.Stderr)
			}
			if len(signals) == 1 && !strings.Contains(ended.Stderr, "run the same command again and it goes on from here") {
				t.Errorf("%s: it does not say how to go on:\n%s", name, ended.Stderr)
			}
			w.before = nil
			held := w.recorded()
			w.forget()
			w.must("fetch", "--all")
			w.notAskedAgain(held)
			w.complete()
			w.tidy()
		}
	}
	if tried.Fully() && longest > 2*time.Second {
		t.Errorf("it took %s to stop", longest)
	}
	tried.Row(t, "Interrupted", "Ctrl-C and SIGTERM during `fetch`, once and twice", "while documents arrive; the second signal 20 ms after the first", tries,
		fmt.Sprintf("exit 130 after at most %s, with a line that says how to go on; the next run goes on and ends complete", longest.Round(10*time.Millisecond)))
}

// TestInterruptedExport sends an export signals at random moments.
func TestInterruptedExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, replay.Options{})
	from := w.fetched()
	export := []string{"export", "--all", "--offline", "--quiet"}
	moments := newMoments(5, w.must(export...).Took)
	whole := w.visible("postings")
	tries, longest := 0, time.Duration(0)
	for range tried.Often(2, 100) {
		w.again(from)
		run := w.start(export...)
		time.Sleep(moments.next())
		began := time.Now()
		if err := run.Signal(syscall.SIGINT); err != nil {
			continue // it was done already
		}
		ended := w.end(run)
		longest = max(longest, time.Since(began))
		if ended.Code != 130 && ended.Code != 0 && ended.Code != -1 { // -1: before it could ask to be told
			t.Errorf("exit %d\n%s", ended.Code, ended.Stderr)
		}
		if run.Alive() {
			t.Error("it left processes behind")
		}
		tries++
		for name, sum := range w.visible("postings") {
			if whole[name] != sum {
				t.Errorf("%s is there, and not whole", name)
			}
		}
		if ended.Code == 130 {
			w.tidy()
		}
		w.must(export...)
		same(t, "the export", w.visible("postings"), whole)
	}
	if tried.Fully() && longest > 2*time.Second {
		t.Errorf("it took %s to stop", longest)
	}
	tried.Row(t, "Interrupted", "Ctrl-C during `export`", "at random moments, to it and its workers as a terminal does", tries,
		fmt.Sprintf("exit 130 after at most %s, no temporary file, no worker left; each visible file is whole; the next run ends with the same bytes as ever",
			longest.Round(10*time.Millisecond)))
}
