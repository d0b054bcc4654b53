package foreign

import (
	"unsafe"

	system "golang.org/x/sys/windows" // the package has windows of its own
)

// reserve sets addresses aside, in bytes, behind which there is no memory yet (VirtualAlloc).
func reserve(size uint64) ([]byte, error) {
	address, err := system.VirtualAlloc(0, uintptr(size), system.MEM_RESERVE, system.PAGE_NOACCESS)
	if err != nil {
		return nil, err
	}
	start := *(**byte)(unsafe.Pointer(&address)) // which is not in Go's heap, so that it may have been a number
	return unsafe.Slice(start, size), nil
}

// commit has memory come to reserved addresses as it is used.
func commit(space []byte) error {
	if len(space) == 0 {
		return nil
	}
	_, err := system.VirtualAlloc(addressOf(space), uintptr(len(space)), system.MEM_COMMIT, system.PAGE_READWRITE)
	return err
}

// renew gives back the memory behind addresses that were committed and has other, zeroed memory come to them.
func renew(space []byte) error {
	if len(space) == 0 {
		return nil
	}
	if err := system.VirtualFree(addressOf(space), uintptr(len(space)), system.MEM_DECOMMIT); err != nil {
		return err
	}
	return commit(space)
}

// release gives addresses and memory back.
func release(space []byte) {
	if len(space) > 0 {
		_ = system.VirtualFree(addressOf(space), 0, system.MEM_RELEASE) // they are not used again
	}
}

func addressOf(space []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(space))) }
