package packet

import (
	"os/exec"
	"strconv"
)

// asGroup makes a command and all that it starts end together when its context does.
func asGroup(c *exec.Cmd) {
	c.Cancel = func() error {
		return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(c.Process.Pid)).Run()
	}
}
