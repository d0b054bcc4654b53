//go:build unix

package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminalPath is the terminal of whoever started this.
const terminalPath = "/dev/tty"

// systemFaults are the reports of a disk that people should understand.
var systemFaults = map[syscall.Errno]systemFault{
	syscall.ENOSPC:  {"the disk is full", freeSpaceHint},
	syscall.EDQUOT:  {"your share of the disk is used up", freeSpaceHint},
	syscall.EROFS:   {"the disk cannot be written to", "name a folder on another disk with --season or --out"},
	syscall.EIO:     {"the disk reports a fault", "check the disk, and that a network drive is still connected"},
	syscall.ESTALE:  {"the network drive was disconnected", "connect it again and run the same command: it goes on from here"},
	syscall.ENOTDIR: {"a part of this path is a file, not a folder", "name a folder with --season or --out"},
	syscall.EISDIR:  {"this is a folder, not a file", ""},
	syscall.ELOOP:   {"its links lead in a circle", ""},
	syscall.EFBIG:   {"it is larger than the system allows a file to be here", "raise the limit (ulimit -f), or name a folder on a disk that takes large files with --season or --out"},
	syscall.ENFILE:  {"too many files are open on this computer", "end some programs and run it again: it goes on from here"},
	syscall.EMFILE:  {"too many files are open", "give --workers a smaller number"},
}

// freeSpace is how many bytes this user may still write to the disk of a folder.
func freeSpace(dir string) (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return 0, err
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // their types differ from system to system
}

// showsColours reports whether a terminal understands the codes for colours.
func showsColours(*os.File) bool { return true }
