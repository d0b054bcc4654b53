package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// terminal is a pseudo-terminal (pts(4)) with a program on it.
type terminal struct {
	t       *testing.T
	master  *os.File
	program *exec.Cmd

	mu    sync.Mutex
	shown bytes.Buffer
}

// openTerminal starts ejmx with a terminal of its own.
func openTerminal(t *testing.T, env []string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	x := &terminal{t: t, master: master, program: exec.CommandContext(ctx, self, args...)}
	x.program.Args[0] = "ejmx"
	x.program.Env = env
	x.program.Stdin, x.program.Stdout, x.program.Stderr = slave, slave, slave
	x.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.program.Start(); err != nil {
		t.Fatal(err)
	}
	go x.read()
	return x
}

// read takes what the program shows, until the terminal is gone.
func (x *terminal) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := x.master.Read(buffer)
		x.mu.Lock()
		x.shown.Write(buffer[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.shown.String()
}

// await waits until the program shows a text.
func (x *terminal) await(text string) {
	x.t.Helper()
	for range 3000 {
		if strings.Contains(x.text(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.t.Fatalf("it never shows %q:\n%s", text, x.text())
}

// awaitEcho waits until the terminal shows, or does not show, what is typed.
func (x *terminal) awaitEcho(want bool) {
	x.t.Helper()
	for range 3000 {
		state, err := unix.IoctlGetTermios(int(x.master.Fd()), unix.TCGETS)
		if err != nil {
			x.t.Fatal(err)
		}
		if state.Lflag&unix.ECHO != 0 == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	x.t.Fatalf("the terminal shows what is typed: %v, for ever", !want)
}

func (x *terminal) types(text string) {
	x.t.Helper()
	if _, err := x.master.WriteString(text); err != nil {
		x.t.Fatal(err)
	}
}

// exit waits for the program's end and gives its exit code.
func (x *terminal) exit() int {
	_ = x.program.Wait() // the exit code tells
	return x.program.ProcessState.ExitCode()
}

func TestTypingASecret(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 1, Postings: 1, DocumentBytes: 1_000}, replay.Options{})
	home := t.TempDir()
	env := []string{
		"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + systemEnv().cache, "EJMX_API=" + s.url, "EJMX_SEASON=" + home + "/season",
	}
	key, secret := s.server.Credentials().Key, s.server.Credentials().Secret

	x := openTerminal(t, env, "setup")
	x.await("Client key")
	x.types(key + "\n")
	x.await("Client secret")
	x.awaitEcho(false)
	x.types("\x03") // Ctrl-C
	if code := x.exit(); code != exitInterrupted {
		t.Errorf("interrupted: exit %d\n%s", code, x.text())
	}
	x.awaitEcho(true)
	if _, err := os.Stat(home + "/season"); err == nil {
		t.Error("an interrupted setup has made the season's folder")
	}

	x = openTerminal(t, env, "setup")
	x.await("Client key")
	x.types(key + "\n")
	x.await("Client secret")
	x.awaitEcho(false)
	x.types(secret + "\n")
	x.await("EJM lets ejmx in")
	if code := x.exit(); code != exitDone {
		t.Errorf("exit %d\n%s", code, x.text())
	}
	x.awaitEcho(true)
	if !strings.Contains(x.text(), key) || strings.Contains(x.text(), secret) {
		t.Errorf("the terminal showed the secret, or not the key:\n%s", x.text())
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + systemEnv().cache, "TERM=xterm"}
	for name, test := range map[string]struct {
		more     string
		coloured bool
	}{
		"usually": {"A=b", true}, "NO_COLOR": {"NO_COLOR=1", false}, "a dumb terminal": {"TERM=dumb", false},
	} {
		x := openTerminal(t, append(env, test.more), "doctor", "--offline")
		x.await("Nothing is wrong.")
		if code := x.exit(); code != exitDone || strings.Contains(x.text(), "\x1b[32mok") != test.coloured || !strings.Contains(x.text(), "ok ") {
			t.Errorf("%s: exit %d\n%q", name, code, x.text())
		}
	}
}
