//go:build !linux && !darwin

package exporter

import (
	"errors"
	"os"
)

// cloneFile is not to be had here.
func cloneFile(*os.Root, string, *os.File) error { return errors.ErrUnsupported }
