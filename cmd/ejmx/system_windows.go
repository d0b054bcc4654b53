package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// terminalPath is the console of whoever started this.
const terminalPath = "CONOUT$"

// systemFaults are the reports of a disk that people should understand.
var systemFaults = map[syscall.Errno]systemFault{
	windows.ERROR_DISK_FULL:         {"the disk is full", freeSpaceHint},
	windows.ERROR_HANDLE_DISK_FULL:  {"the disk is full", freeSpaceHint},
	windows.ERROR_WRITE_PROTECT:     {"the disk cannot be written to", "name a folder on another disk with --season or --out"},
	windows.ERROR_SHARING_VIOLATION: {"another program has it open", "close it there and run the same command again: it goes on from here"},
	windows.ERROR_LOCK_VIOLATION:    {"another program has it open", "close it there and run the same command again: it goes on from here"},
	windows.ERROR_BAD_NETPATH:       {"the network drive cannot be found", "connect it again and run the same command: it goes on from here"},
	windows.ERROR_NETNAME_DELETED:   {"the network drive was disconnected", "connect it again and run the same command: it goes on from here"},
	windows.ERROR_DIRECTORY:         {"a part of this path is a file, not a folder", "name a folder with --season or --out"},
	windows.ERROR_NOT_READY:         {"the disk is not there", "put the disk in, or name another with --season or --out"},
}

// freeSpace is how many bytes this user may still write to the disk of a folder.
func freeSpace(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}

// showsColours has a console understand the codes for colours, which older ones only do when asked, and reports whether it does.
func showsColours(console *os.File) bool {
	var mode uint32
	handle := windows.Handle(console.Fd())
	if windows.GetConsoleMode(handle, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
