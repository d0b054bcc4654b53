//go:build !linux

package packet

import "os/exec"

// runApart runs a command: of the means that Linux has to keep it from the network, this system has none for everybody.
func runApart(command func() *exec.Cmd) error { return command().Run() }
