package exporter

import (
	"errors"

	"golang.org/x/sys/windows"
)

// heldOpen reports whether a file could not be replaced because another program has it open.
func heldOpen(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}
