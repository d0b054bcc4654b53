//go:build linux

package torture_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// TestSecretsStayWithTheProcess looks at everything that another user of the computer could: the processes that a run
// starts, what is in their arguments and environments, and who may read the files.
func TestSecretsStayWithTheProcess(t *testing.T) {
	t.Parallel()
	secret := "open-sesame-please-and-quietly"
	w := newWorld(t, small, replay.Options{Credentials: replay.Credentials{Key: "department", Secret: secret}})
	run := w.start("export", "--all", "--verbose")
	processes := 0
	seen := map[int]bool{}
	done := make(chan struct{})
	ended := ""
	go func() {
		defer close(done)
		e, err := run.Wait()
		ended = e.Stdout + e.Stderr
		if err != nil || e.Code != 0 {
			t.Errorf("exit %d, %v\n%s", e.Code, err, e.Stderr)
		}
	}()
	for looking := true; looking; {
		select {
		case <-done:
			looking = false
		case <-time.After(5 * time.Millisecond):
		}
		for _, pid := range descendants(run.PID()) {
			arguments := read(pid, "cmdline")
			environment := ""
			if arguments != read(run.PID(), "cmdline") { // else it is the run itself, or its double that has yet to become another program
				environment = read(pid, "environ")
			}
			if strings.Contains(arguments+environment, secret) || strings.Contains(environment, "EJMX_CLIENT") {
				t.Errorf("process %d was told the secret: %q", pid, arguments)
			}
			if !seen[pid] && pid != run.PID() && arguments != "" {
				seen[pid] = true
				processes++
			}
		}
	}
	if processes == 0 {
		t.Error("no other process was looked at")
	}
	if strings.Contains(ended, secret) {
		t.Errorf("the secret was printed:\n%s", ended)
	}
	files := 0
	err := filepath.WalkDir(w.home, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files++
		if info.Mode().Perm()&0o077 != 0 && strings.HasPrefix(name, w.season) {
			t.Errorf("%s: others may use it: %s", name, info.Mode())
		}
		if !entry.IsDir() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds the secret", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tried.Row(t, "Attacks: secrets", "the secret in the process list, a child's environment, a file, the output; files that others may read",
		fmt.Sprintf("an export with --verbose, its processes watched through /proc, all %d files read", files), processes,
		"no process but its own has it; no file and no line either; nothing is wider than 0700 and 0600")
}

// descendants gives a process and all that it started.
func descendants(pid int) []int {
	all := []int{pid}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // of a process that is gone: none
	for _, task := range tasks {
		data, _ := os.ReadFile(task)
		for child := range strings.FieldsSeq(string(data)) {
			var id int
			if _, err := fmt.Sscan(child, &id); err == nil {
				all = append(all, descendants(id)...)
			}
		}
	}
	return all
}

func read(pid int, what string) string {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, what)) // of a process that is gone: nothing
	return string(data)
}
