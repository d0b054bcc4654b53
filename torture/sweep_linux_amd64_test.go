package torture_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/torture"
)

// trace runs the program with something happening at a call that changes a file of the season.
func (w *world) trace(at int, then torture.Misfortune, args ...string) (torture.Ended, []torture.Call) {
	w.t.Helper()
	under, err := filepath.EvalSymlinks(w.home)
	if err != nil {
		w.t.Fatal(err)
	}
	trace := torture.Trace{Command: w.command(args...), Under: filepath.Join(under, "season"), At: at, Then: then}
	ended, calls, err := trace.Run(program)
	if err != nil {
		w.t.Fatal(err)
	}
	return ended, calls
}

// sweep tries something at every call that a command makes, or at every so manyth of them. begin makes the season as it is
// before each, end checks what is left of it, and that the command then does all it should.
func (w *world) sweep(every int, then torture.Misfortune, begin func(), end func(torture.Ended), args ...string) (tries int) {
	w.t.Helper()
	begin()
	ended, calls := w.trace(0, torture.Misfortune{}, args...)
	if ended.Code != 0 || len(calls) == 0 {
		w.t.Fatalf("nothing happens, and it exits with %d after %d calls\n%s", ended.Code, len(calls), ended.Stderr)
	}
	for at := 1; at <= len(calls); at += every {
		begin()
		ended, made := w.trace(at, then, args...)
		if len(made) < at {
			continue // workers share the work otherwise each time
		}
		tries++
		end(ended)
		if w.t.Failed() {
			w.t.Fatalf("at call %d, %s of %s: exit %d\n%s", at, made[at-1].Name, made[at-1].Path, ended.Code, ended.Stderr)
		}
	}
	return tries
}

// TestKilledAtEachCallOfFetch kills a fetch before each single call that would change a file.
func TestKilledAtEachCallOfFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	fetch := []string{"fetch", "--all"}
	tries := w.sweep(tried.Often(29, 1), torture.Misfortune{Kill: true}, func() { w.move(t.TempDir()); w.forget() }, func(torture.Ended) {
		held := w.recorded()
		w.forget()
		w.must(fetch...)
		w.notAskedAgain(held)
		w.complete()
		w.tidy()
	}, fetch...)
	tried.Row(t, "Killed", "kill -9 before each single write, sync, rename, … of `fetch`", "traced system calls, one after the other", tries,
		"as above, at each of them")
}

// TestKilledAtEachCallOfExport does the same with an export.
func TestKilledAtEachCallOfExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	from := w.fetched()
	export := []string{"export", "--all", "--offline", "--quiet", "--text", "none"}
	w.must(export...)
	whole := w.visible("postings")
	tries := w.sweep(tried.Often(83, 1), torture.Misfortune{Kill: true}, func() { w.again(from) }, func(torture.Ended) {
		w.recorded()
		for name, sum := range w.visible("postings") {
			if whole[name] != sum {
				t.Errorf("%s is there, and not whole", name)
			}
		}
		w.must(export...)
		same(t, "the export", w.visible("postings"), whole)
		w.tidy()
	}, export...)
	tried.Row(t, "Killed", "kill -9 before each single write, sync, rename, … of `export`", "traced system calls, one after the other", tries,
		"as above, at each of them")
}

// failures are what a disk says that has no room or is broken.
var failures = map[string]torture.Misfortune{
	"EIO once":         {Errno: syscall.EIO},
	"ENOSPC from then": {Errno: syscall.ENOSPC, Forever: true},
	"EDQUOT from then": {Errno: syscall.EDQUOT, Forever: true},
	"EROFS from then":  {Errno: syscall.EROFS, Forever: true},
}

// TestEachCallOfFetchFails fails each single call of a fetch that would change a file.
func TestEachCallOfFetchFails(t *testing.T) {
	t.Parallel()
	fetch := []string{"fetch", "--all"}
	tries := 0
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tiny, replay.Options{})
			tries += w.sweep(tried.Often(101, 1), failure, func() { w.move(t.TempDir()) }, func(ended torture.Ended) {
				w.saidOnce(ended)
				held := w.recorded()
				w.forget()
				w.must(fetch...)
				w.notAskedAgain(held)
				w.complete()
				w.tidy()
			}, fetch...)
		})
	}
	tried.Row(t, "Starved", "the disk fails or is full at each single write, sync, rename, … of `fetch`", "EIO once; ENOSPC, EDQUOT, EROFS from then on", tries,
		"exit 1 and one clear line; what is in the mirror is whole; afterwards it goes on, and asks for no document again that was recorded")
}

// TestEachCallOfExportFails does the same with an export.
func TestEachCallOfExportFails(t *testing.T) {
	t.Parallel()
	export := []string{"export", "--all", "--offline", "--quiet", "--text", "none"}
	tries := 0
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tiny, replay.Options{})
			from := w.fetched()
			w.must(export...)
			whole := w.visible("postings")
			tries += w.sweep(tried.Often(211, 1), failure, func() { w.again(from) }, func(ended torture.Ended) {
				w.saidOnce(ended)
				for name, sum := range w.visible("postings") {
					if whole[name] != sum {
						t.Errorf("%s is there, and not whole", name)
					}
				}
				w.must(export...)
				same(t, "the export", w.visible("postings"), whole)
				w.tidy()
			}, export...)
		})
	}
	tried.Row(t, "Starved", "the disk fails or is full at each single write, sync, rename, … of `export`", "EIO once; ENOSPC, EDQUOT, EROFS from then on", tries,
		"exit 1 and one clear line; each visible file is whole; afterwards it ends with the same bytes as ever")
}

// TestPlacedOnceOnDisk follows every write, sync and rename of a fetch and of an archive: nothing gets the name by which it is
// found before its bytes were flushed to the disk, so that a power cut is no worse than a kill.
func TestPlacedOnceOnDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	placed := 0
	for _, args := range [][]string{{"fetch", "--all"}, {"archive", "--all"}} {
		ended, calls := w.trace(0, torture.Misfortune{}, args...)
		if ended.Code != 0 {
			t.Fatalf("%s: exit %d\n%s", args[0], ended.Code, ended.Stderr)
		}
		unflushed := map[string]bool{}
		for _, call := range calls {
			switch call.Name {
			case "write", "pwrite", "copy_file_range", "ftruncate", "ioctl(FICLONE)":
				unflushed[call.Path] = true
			case "fsync", "fdatasync":
				delete(unflushed, call.Path)
			case "renameat", "renameat2", "linkat":
				placed++
				for name := range unflushed {
					if name == call.Path || strings.HasPrefix(name, call.Path+"/") {
						t.Errorf("%s: %s was put in its place before %s was on disk", args[0], call.Path, name)
					}
				}
			}
		}
	}
	tried.Row(t, "Killed", "a power cut, which loses what was not flushed to the disk", "every write, sync and rename of `fetch` and `archive` traced: names given", placed,
		"nothing gets the name by which it is found before its bytes are on disk")
}
