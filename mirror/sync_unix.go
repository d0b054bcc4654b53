//go:build !windows

package mirror

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes the names in an open folder durable. File systems that cannot do that say so with EINVAL or ENOTSUP
// (some network shares); they have no stronger promise to give.
func syncFolder(dir *os.File) error {
	err := dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// alive reports whether a process of this host runs.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, syscall.EPERM)
}
