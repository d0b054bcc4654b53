//go:build unix

package foreign

import "golang.org/x/sys/unix"

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

// release gives addresses and memory back.
func release(space []byte) { _ = unix.Munmap(space) } // what is not mapped need not be given back
