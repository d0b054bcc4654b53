//go:build !purego

package ejm

import (
	"sync"

	"golang.org/x/sys/cpu"
)

// kernels are the routines for lanes that this processor has, the quickest first. The first of them is what servers and some
// workstations have, at a quarter of the second's time; the second is any computer's since about 2013.
func kernels() []kernel {
	var all []kernel
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI2 && cpu.X86.HasPOPCNT {
		all = append(all, stripAVX512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT {
		order := closing()
		all = append(all, func(stage, text *byte, lanes int) (used, staged int) {
			return stripAVX2(stage, text, lanes, order)
		})
	}
	return all
}

// closing says for each set of eight characters that go, a bit for each, where those that stay come from.
var closing = sync.OnceValue(func() *[256][8]byte {
	var order [256][8]byte
	for gone := range order {
		n := 0
		for from := range 8 {
			if gone>>from&1 == 0 {
				order[gone][n] = byte(from)
				n++
			}
		}
	}
	return &order
})

// stripAVX512 compresses a lane with one instruction (VPCOMPRESSB, Intel SDM volume 2C).
//
//go:noescape
func stripAVX512(stage, text *byte, lanes int) (used, staged int)

// stripAVX2 compresses eight characters at a time with a shuffle out of a table.
//
//go:noescape
func stripAVX2(stage, text *byte, lanes int, order *[256][8]byte) (used, staged int)
