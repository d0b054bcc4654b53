package main

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
)

// byteSize is a number of bytes as people write it: 500MB, 2 GB, 1.5GiB. 0 stands for the usual.
type byteSize int64

// UnmarshalText reads a size.
func (b *byteSize) UnmarshalText(text []byte) error {
	bytes, err := humanize.ParseBytes(string(text))
	if err != nil || bytes == 0 || bytes > math.MaxInt64/128 { // room for what is reckoned with it
		return fmt.Errorf("%q is no size: write 500MB, or 2GB", text)
	}
	*b = byteSize(bytes)
	return nil
}

// MarshalText writes a size; the usual one is "".
func (b byteSize) MarshalText() ([]byte, error) {
	if b == 0 {
		return nil, nil
	}
	return []byte(size(int64(b))), nil
}
