package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// additions are what the parts of a workbook get while excelize writes them into its zip, by part. excelize keeps a
// structure for each cell, and looks through all links of a sheet to add one; the rows and links of long sheets go past it,
// which takes a fourth of the time and of the memory.
type additions map[string][]addition

// addition goes into a part before the first place where the words named stand, an end tag.
type addition struct {
	before string
	write  func(*bufio.Writer)
}

// add notes an addition. Those of one part come in the order in which their places do.
func (a additions) add(part, before string, write func(*bufio.Writer)) {
	a[part] = append(a[part], addition{before, write})
}

// completingZip is the zip that excelize writes its parts into.
type completingZip struct {
	*zip.Writer
	additions additions // that are still to come
}

// newCompletingZip compresses with the quicker of two libraries for the same format. One compressor, which has a megabyte of
// tables, does for all parts: each ends before the next begins.
func newCompletingZip(w io.Writer, a additions) *completingZip {
	z := zip.NewWriter(w)
	var deflate *flate.Writer
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		if deflate != nil {
			deflate.Reset(out)
			return deflate, nil
		}
		var err error
		deflate, err = flate.NewWriter(out, flate.DefaultCompression)
		return deflate, err
	})
	return &completingZip{z, a}
}

// Create begins a part.
func (z *completingZip) Create(name string) (io.Writer, error) {
	w, err := z.Writer.Create(name)
	list, some := z.additions[name]
	if err != nil || !some {
		return w, err
	}
	delete(z.additions, name)
	return &completedPart{w, list}, nil
}

// Close ends the zip. A part that never came would have taken its rows with it.
func (z *completingZip) Close() error {
	err := z.Writer.Close()
	for name := range z.additions {
		err = errors.Join(err, fmt.Errorf("part %s of the workbook is missing", name))
	}
	return err
}

// completedPart is one part with what it gets.
type completedPart struct {
	out       io.Writer
	additions []addition
}

// Write takes a part, which excelize hands over whole.
func (p *completedPart) Write(part []byte) (int, error) {
	out := bufio.NewWriterSize(p.out, 64<<10)
	rest := part
	for _, a := range p.additions {
		at := bytes.Index(rest, []byte(a.before))
		if at < 0 {
			return 0, fmt.Errorf("a part of the workbook has no %s", a.before)
		}
		_, _ = out.Write(rest[:at]) // the buffer keeps the error for its end
		a.write(out)
		rest = rest[at:]
	}
	_, _ = out.Write(rest)
	return len(part), out.Flush()
}
