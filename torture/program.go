//go:build unix

package torture

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Program is the program as it is shipped.
type Program struct{ Path string }

// Build builds the program into a folder. overlay, if not "", names a file that puts other sources in the place of some
// (go build -overlay): a build that is broken on purpose, to see whether that is found.
func Build(dir, overlay string) (*Program, error) {
	p := &Program{Path: filepath.Join(dir, "ejmx")}
	args := []string{"build", "-trimpath", "-o", p.Path}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	c := exec.Command("go", append(args, "github.com/ejmx/ejmx/cmd/ejmx")...)
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return p, nil
}

// Process is a started program, with everything that it starts in a process group of its own.
type Process struct {
	command        *exec.Cmd
	stdout, stderr bytes.Buffer
	began          time.Time
}

// Start starts the program.
func (p *Program) Start(c Command) (*Process, error) {
	run := &Process{command: p.command(c)}
	run.command.Stdout, run.command.Stderr = &run.stdout, &run.stderr
	run.command.WaitDelay = 5 * time.Second // a worker may hold the pipes for a moment longer
	run.began = time.Now()
	return run, run.command.Start()
}

func (p *Program) command(c Command) *exec.Cmd {
	path, args := p.Path, c.Args
	if c.Limits != (Limits{}) {
		path, args = "/bin/sh", append([]string{"-c", c.Limits.shell() + `exec "$0" "$@"`, p.Path}, c.Args...)
	}
	command := exec.Command(path, args...)
	command.Env, command.Dir = c.Env, c.Dir
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.User != 0 {
		id := uint32(c.User) //nolint:gosec // a test's own constant
		command.SysProcAttr.Credential = &syscall.Credential{Uid: id, Gid: id}
	}
	return command
}

// shell sets the limits as POSIX's sh does, in which a file's size is counted in blocks of 512 bytes.
func (l Limits) shell() string {
	text := ""
	if l.OpenFiles > 0 {
		text += "ulimit -n " + strconv.Itoa(l.OpenFiles) + " && "
	}
	if l.FileSize > 0 {
		text += "ulimit -f " + strconv.FormatInt(l.FileSize/512, 10) + " && "
	}
	return text
}

// Run starts the program and waits for its end.
func (p *Program) Run(c Command) (Ended, error) {
	run, err := p.Start(c)
	if err != nil {
		return Ended{}, err
	}
	return run.Wait()
}

// PID is the process's id, which is its group's too.
func (p *Process) PID() int { return p.command.Process.Pid }

// Kill ends the process and all it started at once, as a power cut does: nothing of them runs another instruction. A
// process that has ended already is no error.
func (p *Process) Kill() error {
	if err := syscall.Kill(-p.PID(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// Signal sends a signal to the process and all it started, as a terminal does.
func (p *Process) Signal(signal syscall.Signal) error { return syscall.Kill(-p.PID(), signal) }

// Wait waits for the process's end. Its error is for a process that could not be waited for.
func (p *Process) Wait() (Ended, error) {
	err := p.command.Wait()
	ended := Ended{
		Code: p.command.ProcessState.ExitCode(), Stdout: p.stdout.String(), Stderr: p.stderr.String(), Took: time.Since(p.began),
	}
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
	}
	return ended, err
}

// Alive reports whether any process of the group is left.
func (p *Process) Alive() bool {
	return syscall.Kill(-p.PID(), 0) == nil
}

// Environment is one that has nothing of the caller's but where programs are: home, temporary folder and cache lie in dir.
func Environment(dir string, more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + filepath.Join(dir, "tmp"), "LANG=C.UTF-8",
	}, more...)
}
