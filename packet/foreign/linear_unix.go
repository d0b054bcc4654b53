//go:build unix

package foreign

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve sets addresses aside, in bytes, behind which there is no memory yet (mmap(2)).
func reserve(size uint64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
}

// commit has memory come to reserved addresses as it is used.
func commit(space []byte) error {
	if len(space) == 0 {
		return nil
	}
	return unix.Mprotect(space, unix.PROT_READ|unix.PROT_WRITE)
}

// renew gives back the memory behind addresses that were committed and has other, zeroed memory come to them.
func renew(space []byte) error {
	if len(space) == 0 {
		return nil
	}
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(space)), uintptr(len(space)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_FIXED)
	return err
}

// release gives addresses and memory back.
func release(space []byte) { _ = unix.Munmap(space) } // what is not mapped need not be given back
