package exporter

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// cloneFile makes a new file that shares another's bytes (fclonefileat(2)), with the other's mode.
func cloneFile(root *os.Root, name string, from *os.File) error {
	dir, err := root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(unix.Fclonefileat(int(from.Fd()), int(dir.Fd()), path.Base(name), unix.CLONE_NOFOLLOW), dir.Close())
}
