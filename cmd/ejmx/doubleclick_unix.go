//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"runtime"
)

// startedByDoubleClick reports whether the Finder started the program.
func startedByDoubleClick() bool { return runtime.GOOS == "darwin" && filepath.IsAbs(os.Args[0]) }
