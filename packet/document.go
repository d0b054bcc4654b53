package packet

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/dossier"
)

// document is one document's bytes. Any part of it can be read, for much of a PDF goes into the packet as it is.
type document struct {
	io.ReaderAt
	io.Closer
	size int64
	path string // of its file; "" where the operating system knows of none
}

func openDocument(files fs.FS, d *dossier.Document) (*document, error) {
	f, err := files.Open(d.Content)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // what failed is told
		return nil, err
	}
	made := &document{size: info.Size(), Closer: f}
	switch f := f.(type) {
	case *os.File:
		made.ReaderAt, made.path = f, absolute(f.Name())
	case io.ReaderAt:
		made.ReaderAt = f
	default:
		data, err := io.ReadAll(f)
		if err != nil {
			_ = f.Close() // what failed is told
			return nil, err
		}
		made.ReaderAt, made.size = bytes.NewReader(data), int64(len(data))
	}
	return made, nil
}

// absolute gives a path that leads to the same file from everywhere, "" if there is none.
func absolute(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	return path
}

// documentOf is a document that is at hand.
func documentOf(data []byte) *document {
	return &document{ReaderAt: bytes.NewReader(data), size: int64(len(data)), Closer: io.NopCloser(nil)}
}

// whole reads the document from its beginning to its end.
func (d *document) whole() *io.SectionReader { return io.NewSectionReader(d, 0, d.size) }

// part gives some of the document, as a worker has said where that lies.
func (d *document) part(at, size int64) (*io.SectionReader, error) {
	if at < 0 || size < 0 || at > d.size-size {
		return nil, fmt.Errorf("packet: a stream of %d bytes at %d of a document of %d", size, at, d.size)
	}
	return io.NewSectionReader(d, at, size), nil
}
