package exporter

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// cloneFile makes a new file that shares another's bytes (ioctl FICLONE). With an error the new file may be there, empty.
func cloneFile(root *os.Root, name string, from *os.File) error {
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	return errors.Join(unix.IoctlFileClone(int(to.Fd()), int(from.Fd())), to.Close())
}
