// Package archive keeps what a season leaves behind: complete, provable by anyone, and disposed of on time.
//
// [Write] puts an [fs.FS] into a BagIt 1.0 bag (RFC 8493) in a zip, [Encrypt] seals it for age's recipients, [Verify] reads
// every byte of an archive, ours or a stranger's, and names all that is wrong, and [Restore] unpacks what is proven. The
// register ([Append], [ReadRegister]) chains what was done; [Rule] says when it is time to dispose, [Certificate] that it was
// done. [WriteZip] alone makes the zip of an export folder.
//
// The package knows no mirror, no posting's contents and no clock. The archive's format stays readable: see docs/archive.md.
package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/flate"
)

// Entry is a file to go into a zip.
type Entry struct {
	Name  string // with slashes, from the zip's top
	Size  int64  // bytes
	CRC32 uint32 // IEEE, of the bytes
	Open  func() (io.ReadCloser, error)

	// Last, unless nil, stands for Open: a file with the same bytes in a zip that WriteZip made. What is compressed there is
	// taken over as it is, once it has proven to be what was written.
	Last *zip.File
}

func (e Entry) open() (io.ReadCloser, error) {
	if e.Last != nil {
		return e.Last.Open()
	}
	return e.Open()
}

// takesOver reports whether the entry's compressed bytes are to be had from the last zip.
func (e Entry) takesOver() bool { return e.Last != nil && isText(e.Name) }

// shrinks are the extensions of files worth compressing; for a PDF deflate gains a few per cent at many times the cost.
var shrinks = map[string]bool{
	".json": true, ".jsonl": true, ".html": true, ".css": true, ".js": true, ".txt": true, ".csv": true, ".toml": true, ".svg": true, ".md": true,
}

func isText(name string) bool { return shrinks[strings.ToLower(path.Ext(name))] }

// LeastSize is the least that an archive of a payload takes, in bytes: what is not worth compressing is in it as it is.
func LeastSize(payload fs.FS) (sum int64, err error) {
	err = fs.WalkDir(payload, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isText(name) {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}

// WriteZip writes the entries as a zip, in the order of their names. The same entries give the same bytes: every file
// carries the time modified, UTC. Sizes and checksums stand in each file's own header and no data descriptors are
// used, which every unpacker understands, also beyond 4 GB (APPNOTE 4.3.9, 4.5.3). Memory does not grow with a file's
// size. An entry whose bytes are not those it claims to have is an error.
func WriteZip(ctx context.Context, w io.Writer, entries []Entry, modified time.Time) error {
	return writeZip(ctx, w, entries, modified, func(Entry) {})
}

// writeZip is WriteZip that tells of each entry as it is written.
func writeZip(ctx context.Context, w io.Writer, entries []Entry, modified time.Time, wrote func(Entry)) error {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for r := range makeReady(sorted, modified) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.write(out); err != nil {
			return fmt.Errorf("zip %s: %w", r.Name, err)
		}
		wrote(r.Entry)
	}
	return out.Close()
}

// newHeader is the header of an entry that is stored as it is.
func newHeader(e Entry, modified time.Time) *zip.FileHeader {
	header := &zip.FileHeader{
		Name: e.Name, Method: zip.Store, CRC32: e.CRC32,
		CompressedSize64: uint64(e.Size), UncompressedSize64: uint64(e.Size),
	}
	header.SetMode(0o600)
	setTime(header, modified)
	return header
}

// writeLarge writes an entry whose bytes need not all be in memory at once.
func writeLarge(out *zip.Writer, header *zip.FileHeader, e Entry) (err error) {
	if e.takesOver() {
		packed, err := takeOver(header, e.Last)
		if err != nil {
			return err
		}
		return copyRaw(out, header, packed)
	}
	file, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	body := &checkedReader{r: file, want: e}
	if !isText(e.Name) {
		return copyRaw(out, header, body)
	}
	if err := shrinkFor(header, io.Discard, body); err != nil {
		return err
	}
	return again(out, header, e)
}

// shrinkFor deflates a text and tells its header so. The SHA-256 of the compressed bytes stands in it (see [proofField]).
func shrinkFor(header *zip.FileHeader, w io.Writer, text io.Reader) error {
	sum, count := sha256.New(), &countingWriter{w: io.Discard}
	if err := shrink(io.MultiWriter(sum, count, w), text); err != nil {
		return err
	}
	header.Method = zip.Deflate
	header.CompressedSize64 = uint64(count.n)
	header.Extra = append(header.Extra, proofField(sum.Sum(nil))...)
	return nil
}

// again compresses an entry a second time, which gives the same bytes.
func again(out *zip.Writer, header *zip.FileHeader, e Entry) (err error) {
	file, err := e.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	entry, err := out.CreateRaw(header)
	if err != nil {
		return err
	}
	return shrink(entry, &checkedReader{r: file, want: e})
}

func shrink(w io.Writer, r io.Reader) error {
	deflate := shrinkers.Get().(*flate.Writer)
	defer shrinkers.Put(deflate)
	deflate.Reset(w)
	if _, err := io.Copy(deflate, r); err != nil {
		return err
	}
	return deflate.Close()
}

// shrinkers are compressors to be used again: each has a megabyte of tables.
var shrinkers = sync.Pool{New: func() any {
	deflate, err := flate.NewWriter(nil, 6)
	if err != nil {
		panic(err) // it knows that level
	}
	return deflate
}}

// proofField is an extra field (APPNOTE 4.5.1, with an identifier of our own) that holds the SHA-256 of a file's compressed
// bytes. A file's checksums are those of its contents, and many compressed bytes have the same contents: without it, a bit
// could change and nobody notice. Other programs pass the field over.
func proofField(sum []byte) []byte {
	field := binary.LittleEndian.AppendUint16(nil, proofID)
	field = binary.LittleEndian.AppendUint16(field, uint16(len(sum)))
	return append(field, sum...)
}

const proofID = 0x4a45 // "EJ"

// proven is the SHA-256 in the field that proofField made, nil where there is none.
func proven(extra []byte) []byte {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			return nil
		}
		if id == proofID && size == sha256.Size {
			return extra[:size]
		}
		extra = extra[size:]
	}
	return nil
}

// takeOver gives the compressed bytes of a text as another zip has them, and tells its header so. Its reader fails at the end
// of bytes that are not those that were written there.
func takeOver(header *zip.FileHeader, last *zip.File) (io.Reader, error) {
	want := proven(last.Extra)
	if want == nil || last.Method != zip.Deflate || last.CRC32 != header.CRC32 || last.UncompressedSize64 != header.UncompressedSize64 {
		return nil, errNotOurs
	}
	raw, err := last.OpenRaw()
	if err != nil {
		return nil, err
	}
	header.Method, header.CompressedSize64 = zip.Deflate, last.CompressedSize64
	header.Extra = append(header.Extra, proofField(want)...)
	return &provenReader{r: raw, sum: sha256.New(), want: want}, nil
}

var errNotOurs = errors.New("the zip that it was to be taken from is not as it was written")

// provenReader passes bytes on and fails at their end when their SHA-256 is another.
type provenReader struct {
	r    io.Reader
	sum  hash.Hash
	want []byte
}

func (p *provenReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.sum.Write(b[:n])
	if err == io.EOF && !bytes.Equal(p.sum.Sum(nil), p.want) {
		return n, errNotOurs
	}
	return n, err
}

func copyRaw(out *zip.Writer, header *zip.FileHeader, r io.Reader) error {
	entry, err := out.CreateRaw(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, r)
	return err
}

// setTime sets the old MS-DOS time and the extended timestamp field, as zip.Writer.CreateHeader does and CreateRaw does
// not (APPNOTE 4.4.6; extra field 0x5455).
func setTime(header *zip.FileHeader, modified time.Time) {
	t := modified.UTC()
	header.Modified = t
	//nolint:staticcheck // CreateRaw writes these two as they stand
	header.ModifiedDate = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9)
	//nolint:staticcheck // as above
	header.ModifiedTime = uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
	seconds := uint32(t.Unix())
	header.Extra = []byte{0x55, 0x54, 5, 0, 1, byte(seconds), byte(seconds >> 8), byte(seconds >> 16), byte(seconds >> 24)}
	header.Flags |= 0x800 // the name is UTF-8
}

// checkedReader passes bytes on and fails when they are more than the entry says, or at the end are not the same.
type checkedReader struct {
	r    io.Reader
	want Entry
	sum  uint32
	size int64
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	c.size += int64(n)
	if c.size > c.want.Size || err == io.EOF && (c.size != c.want.Size || c.sum != c.want.CRC32) {
		return n, errors.New("the file changed while it was being read")
	}
	return n, err
}
