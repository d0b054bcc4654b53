//go:build !amd64 || purego

package ejm

// kernels are none: pieces are stripped in Go.
func kernels() []kernel { return nil }
