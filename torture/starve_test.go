//go:build unix

package torture_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
	"github.com/ejmx/ejmx/torture"
)

// starved runs a command that lacks something. It must say so in one line that names the place, with one of some words in it,
// and exit with 1; or do all it should.
func (w *world) starved(c torture.Command, words ...string) (enough bool) {
	w.t.Helper()
	ended := w.try(c)
	if ended.Code == 0 {
		return true
	}
	w.saidOnce(ended)
	for _, word := range words {
		if strings.Contains(ended.Stderr, word) {
			return false
		}
	}
	w.t.Errorf("ejmx %s says none of %q:\n%s", strings.Join(c.Args, " "), words, ended.Stderr)
	return false
}

// saidOnce checks that a run that did not end well said so in one line, which names the place, and what to do in another.
func (w *world) saidOnce(ended torture.Ended) {
	w.t.Helper()
	if ended.Code == 0 {
		return // what failed was not needed: a clone where a copy does, the tidying of what the next run tidies
	}
	if ended.Code != 1 {
		w.t.Errorf("exit %d\n%s", ended.Code, ended.Stderr)
	}
	var lines []string // with --quiet there is a heading before them, for whoever gets it as mail
	for line := range strings.Lines(ended.Stderr) {
		if strings.HasPrefix(line, "ejmx: ") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "ejmx: error: ") || !strings.Contains(lines[0], w.season) {
		w.t.Errorf("it does not say where: %q", ended.Stderr)
	}
	if len(lines) > 2 || len(lines) == 2 && !strings.HasPrefix(lines[1], "ejmx: hint: ") {
		w.t.Errorf("it says more than what happened and what to do: %q", lines)
	}
}

// onSmallDisk gives the program a home on a disk of so many bytes; more changes its size.
func (w *world) onSmallDisk(bytes int) (more func(bytes int)) {
	w.t.Helper()
	dir := w.t.TempDir()
	mount := func(option ...string) error {
		return exec.Command("mount", append(option, "-t", "tmpfs", "ejmx-torture", dir)...).Run()
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 || mount("-o", "size="+strconv.Itoa(bytes)) != nil {
		outside.Absent(w.t, "this user may not mount a small disk")
	}
	w.t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			w.t.Errorf("%v: %s", err, out)
		}
	})
	w.move(dir)
	return func(bytes int) {
		if err := mount("-o", "remount,size="+strconv.Itoa(bytes)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestDiskFull gives a season a disk of 2 MB and more only when it complains.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 12, Postings: 1, DocumentBytes: 50_000}, replay.Options{})
	const step = 1 << 20
	size := 2 * step
	more := w.onSmallDisk(size)
	full := 0
	for _, command := range [][]string{{"fetch", "--all"}, {"export", "--all", "--offline", "--quiet", "--text", "none"}, {"archive", "--all"}} {
		for !w.starved(w.command(command...), "the disk is full", "more room is needed") {
			full++
			w.recorded()
			size += step
			more(size)
			if size > 200*step || t.Failed() {
				t.Fatalf("%s: not done with %d MB", command[0], size/step)
			}
		}
	}
	w.complete()
	w.tidy()
	w.must("verify", w.season)
	tried.Row(t, "Starved", "a disk that is full", "a tmpfs of 2 MB that grows by 1 MB whenever `fetch`, `export` or `archive` complains", full,
		"exit 1 and one line that names the place and what to do; the mirror is whole; with more room it goes on; all verifies at the end")
}

// used is how many bytes the files below a folder take, and what a file system needs to hold them.
func used(t *testing.T, dir string) int {
	t.Helper()
	sum := 0
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += (int(info.Size()) + 4095) &^ 4095
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestTooLittleRoom has less room on the disk than documents will take: that is said before anything is written in vain.
func TestTooLittleRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, season.Options{Applications: 40, Postings: 1, DocumentBytes: 300_000}, replay.Options{})
	more := w.onSmallDisk(8 << 20)
	commands := [][]string{{"fetch", "--posting", "9012"}, {"export", "--all", "--offline"}, {"archive", "--all"}}
	for _, args := range commands {
		if w.starved(w.command(args...), "more room is needed: at least ", "the disk is full") {
			t.Errorf("%s: it is content with less than it takes", args[0])
		}
		more(400 << 20)
		w.must(args...)
		more(used(t, w.home) + 1<<20) // no room for what comes next
	}
	tried.Row(t, "Starved", "a disk with less room than documents take", "`fetch --posting` of over 50 MB onto 8 MB, `export` and `archive` of as much onto what is left", len(commands),
		"it says how much is needed and how much is free, exit 1; with more room it goes on")
}

// TestFileSizeLimit lets files be no larger than so many bytes, more each time.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	refused := 0
	step := int64(tried.Often(8192, 512))
	for _, args := range [][]string{{"fetch", "--all"}, {"export", "--all", "--offline", "--quiet", "--text", "none"}, {"archive", "--all"}} {
		for limit := int64(512); ; limit += step {
			c := w.command(args...)
			c.Limits.FileSize = limit
			if w.starved(c, "larger than the system allows") {
				break
			}
			w.recorded()
			if refused++; t.Failed() || limit > 64<<20 {
				t.Fatalf("%s with files of at most %d bytes", args[0], limit)
			}
			step += step / 4
		}
	}
	w.complete()
	w.tidy()
	w.must("verify", w.season)
	tried.Row(t, "Starved", "files may not grow beyond a limit", "RLIMIT_FSIZE, larger each time, for `fetch`, `export` and `archive`", refused,
		"exit 1 and one line; the mirror is whole; without the limit it goes on; all verifies at the end")
}

// TestFewOpenFiles lets the program open so many files at once, more each time.
func TestFewOpenFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	refused := 0
	for _, args := range [][]string{{"fetch", "--all"}, {"export", "--all", "--offline", "--quiet", "--text", "none"}, {"archive", "--all"}} {
		for files := 10; ; files++ {
			c := w.command(args...)
			c.Limits.OpenFiles = files
			ended := w.try(c)
			if ended.Code == 0 {
				break
			}
			// Without a socket EJM cannot be reached, and that is as true.
			if ended.Code != 1 && ended.Code != 5 || !strings.Contains(ended.Stderr, "too many") {
				t.Errorf("%s with %d open files: exit %d\n%s", args[0], files, ended.Code, ended.Stderr)
			}
			w.recorded()
			if refused++; t.Failed() || files > 200 {
				t.FailNow()
			}
		}
	}
	w.complete()
	w.tidy()
	w.must("verify", w.season)
	tried.Row(t, "Starved", "no more files may be opened (EMFILE)", "RLIMIT_NOFILE from 10 up, for `fetch`, `export` and `archive`", refused,
		"exit 1 (or 5 where it was a socket) and a line that says so; the mirror is whole; with more it goes on")
}

// nobody is a user without rights.
const nobody = 65534

// TestReadOnlyFolder has a user run the program on folders that are not theirs to write to.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		outside.Absent(t, "the tests do not run as root, so they cannot become somebody else")
	}
	w := newWorld(t, tiny, replay.Options{})
	w.must("export", "--all", "--quiet", "--text", "none")
	for dir := w.home; dir != filepath.Dir(os.TempDir()) && dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode()&0o005 != 0o005 {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(dir, info.Mode()) })
		}
	}
	if out, err := exec.Command("chmod", "-R", "a+rX,a-w", w.season).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := w.files()
	tries := 0
	for _, args := range [][]string{{"fetch", "--all"}, {"export", "--all", "--offline"}, {"archive", "--all"}} {
		c := w.command(args...)
		c.User = nobody
		if tries++; w.starved(c, "may not read or write") {
			t.Errorf("%s wrote to a folder that is not its user's", args[0])
		}
	}
	same(t, "the season", w.files(), before)
	tried.Row(t, "Starved", "a folder that may not be written to", "`fetch`, `export` and `archive` by a user without rights", tries,
		"exit 1 and one line that names the folder; nothing is changed")
}

// TestFolderVanishes takes the season's folder away while documents are being fetched into it.
func TestFolderVanishes(t *testing.T) {
	t.Parallel()
	tries := tried.Often(3, 20)
	for after := range tries {
		w := newWorld(t, tiny, replay.Options{})
		requests := 0
		w.before = func(path string) {
			if strings.HasPrefix(path, "/api/document/") {
				if requests++; requests == 1+after%4 {
					if err := os.Rename(w.season, w.season+" (moved)"); err != nil {
						t.Error(err)
					}
				}
			}
		}
		w.starved(w.command("fetch", "--all"), "no such file or folder")
		w.before = nil
		w.must("fetch", "--all")
		w.complete()
	}
	tried.Row(t, "Starved", "the season's folder vanishes during a fetch", "it is moved away while documents arrive", tries,
		"exit 1 and one line, or done where the open folder was moved; the next run begins a whole mirror")
}
