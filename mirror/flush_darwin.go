package mirror

import (
	"errors"
	"os"
	"syscall"
)

// On macOS fsync(2) hands a file to the drive, which may keep it in its own memory; F_FULLFSYNC, which [os.File.Sync] asks
// for, has the drive empty all of that, and takes much longer. So files are handed over singly and the drive drained once.

func flushFile(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var syncErr error
	err = raw.Control(func(fd uintptr) { syncErr = syscall.Fsync(int(fd)) })
	return errors.Join(err, syncErr)
}

func flushFolder(dir *os.File) error { return flushFile(dir) }

// drain has the drive on which a folder lies write down what was flushed to it.
func drain(dir *os.File) error { return syncFolder(dir) }
