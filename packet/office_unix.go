//go:build unix

package packet

import (
	"os/exec"
	"syscall"
)

// asGroup makes a command and all that it starts end together when its context does.
func asGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
