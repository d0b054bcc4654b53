package foreign

import (
	"bytes"
	"errors"
	"io"
)

// headSize is how much of a file is looked at to see what it is. Programs that read PDF allow for a kilobyte of junk before
// its header.
const headSize = 4096

// Head reads as much of a file as [Ways] looks at.
func Head(r io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// Ways gives the ways of showing a document that begins so, best first. Where there are none the reason says what it is.
func Ways(head []byte) ([]Way, Reason) {
	switch {
	case len(head) == 0:
		return nil, Empty
	case bytes.Contains(head, []byte("%PDF-")):
		return []Way{AsIs, Rewrite, Flatten, Reimport, Rebuild, Draw}, Damaged
	}
	return nil, NotPossible
}
