//go:build !windows

package main

import (
	"os"
	"runtime"
	"syscall"
)

// mostMemory is the most memory a program itself ever had, in MB, its code included.
func mostMemory(ended *os.ProcessState) float64 {
	usage, ok := ended.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / (1 << 20) // bytes
	}
	return float64(usage.Maxrss) / (1 << 10) // kB
}
