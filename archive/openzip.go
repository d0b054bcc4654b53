package archive

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/ejmx/ejmx/ledger"
)

// maxRatio is how much smaller than its contents a zip may be once they are large; records shrink 20-fold at most.
const maxRatio = 200

// verifyZip checks a zip and the bag in it, and gives the bag's files for unpacking.
func verifyZip(ctx context.Context, r io.ReaderAt, size int64, opts Options, sink ledger.Sink) (*Report, map[string]source, error) {
	report, files := &Report{}, map[string]source{}
	z, err := zip.NewReader(r, size)
	if err != nil {
		report.fault(Malformed, "", "not a zip, or cut: "+err.Error())
		return report, nil, nil //nolint:nilerr // what is wrong with the archive is in the report
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	if !checkLimits(report, z, size, opts.Limits.orDefaults()) {
		return report, nil, nil
	}
	entries := slices.SortedFunc(slices.Values(z.File), func(a, b *zip.File) int { return cmp.Compare(offset(a), offset(b)) })
	if at, follows := checkLayout(report, r, entries); follows {
		checkEnd(report, r, at, size, z.Comment)
	}
	report.Base = commonBase(entries)
	order := collect(report, entries, files)
	if err := checkBag(ctx, report, files, order, opts.Also, sink); err != nil {
		return nil, nil, err
	}
	if report.Own() {
		checkOwnBytes(report, z, r, size)
	}
	return report, files, nil
}

func checkLimits(report *Report, z *zip.Reader, size int64, limits Limits) bool {
	if len(z.File) > limits.Files {
		report.fault(Unsafe, "", fmt.Sprintf("it has %d files, more than %d", len(z.File), limits.Files))
		return false
	}
	var total uint64
	for _, f := range z.File {
		total += min(f.UncompressedSize64, uint64(limits.Bytes)+1) // no sum of lies overflows
	}
	if total > 1<<30 && total/maxRatio > uint64(size) || total > uint64(limits.Bytes) {
		report.fault(Unsafe, "", "it unpacks to far more than an archive holds")
		return false
	}
	return true
}

// offset is where a file's bytes begin, or -1.
func offset(f *zip.File) int64 {
	at, err := f.DataOffset()
	if err != nil {
		return -1
	}
	return at
}

// checkLayout walks through the zip as it lies: each file's own header must say what the directory says, and follow the
// bytes of the file before. So no two files overlap, and nothing hides between them. at is where the last one's bytes end;
// follows is false where the walk ended before.
func checkLayout(report *Report, r io.ReaderAt, entries []*zip.File) (at int64, follows bool) {
	for _, f := range entries {
		var h [30]byte // APPNOTE 4.3.7
		if _, err := r.ReadAt(h[:], at); err != nil || string(h[:4]) != "PK\x03\x04" {
			report.fault(Malformed, f.Name, "it overlaps another file, or something hides before it")
			return at, false
		}
		name := make([]byte, binary.LittleEndian.Uint16(h[26:]))
		if _, err := r.ReadAt(name, at+30); err != nil || string(name) != f.Name {
			report.fault(Malformed, f.Name, fmt.Sprintf("its own header calls it %q", name))
		}
		data := at + 30 + int64(len(name)) + int64(binary.LittleEndian.Uint16(h[28:]))
		if data != offset(f) {
			report.fault(Malformed, f.Name, "it does not begin where the directory says")
			return at, false
		}
		described := f.Flags&8 != 0
		if binary.LittleEndian.Uint16(h[6:]) != f.Flags || binary.LittleEndian.Uint16(h[8:]) != f.Method ||
			!described && binary.LittleEndian.Uint32(h[14:]) != f.CRC32 || !described && !sizesAgree(h, f) {
			report.fault(Malformed, f.Name, "its own header and the directory disagree")
		}
		at = data + int64(f.CompressedSize64)
		if described {
			at += descriptorSize(r, at)
		}
	}
	return at, true
}

// checkEnd asks of a zip that its directory follows the last file, and that nothing follows the directory.
func checkEnd(report *Report, r io.ReaderAt, at, size int64, comment string) {
	var directory, end [4]byte
	_, err := r.ReadAt(directory[:], at)
	if err != nil || string(directory[:]) != "PK\x01\x02" && string(directory[:]) != "PK\x05\x06" {
		report.fault(Malformed, "", "something hides between its last file and its directory")
	}
	_, err = r.ReadAt(end[:], size-int64(len(comment))-22) // APPNOTE 4.3.16
	if err != nil || string(end[:]) != "PK\x05\x06" {
		report.fault(Malformed, "", "something follows its end")
	}
}

func sizesAgree(h [30]byte, f *zip.File) bool {
	agrees := func(short uint32, full uint64) bool { return short == 1<<32-1 || uint64(short) == full }
	return agrees(binary.LittleEndian.Uint32(h[18:]), f.CompressedSize64) &&
		agrees(binary.LittleEndian.Uint32(h[22:]), f.UncompressedSize64)
}

// descriptorSize gives the length of the data descriptor at an offset, which nothing else tells: what follows is a header.
func descriptorSize(r io.ReaderAt, at int64) int64 {
	for _, size := range []int64{16, 24, 12, 20} {
		var sig [4]byte
		_, err := r.ReadAt(sig[:], at+size)
		if err == nil && slices.Contains([]string{"PK\x03\x04", "PK\x01\x02", "PK\x06\x06"}, string(sig[:])) {
			return size
		}
	}
	return 0
}

// commonBase gives the one folder that holds everything in a zip, "" when the bag lies at its top.
func commonBase(entries []*zip.File) string {
	if len(entries) == 0 {
		return ""
	}
	base, _, _ := strings.Cut(entries[0].Name, "/")
	for _, f := range entries {
		if !strings.HasPrefix(f.Name, base+"/") {
			return ""
		}
	}
	return base
}

// collect puts a zip's files into files, under their names within the bag, and gives their order in the zip.
func collect(report *Report, entries []*zip.File, files map[string]source) (order []string) {
	twins := map[string]string{}
	for _, f := range entries {
		name := f.Name
		if report.Base != "" {
			name = strings.TrimPrefix(name, report.Base+"/")
		}
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
			if why := unsafeName(strings.TrimSuffix(f.Name, "/")); why != "" {
				report.fault(Unsafe, f.Name, why)
			}
			continue
		}
		why := unsafeName(f.Name)
		if !f.Mode().IsRegular() {
			why = "it is not a plain file"
		}
		if why != "" {
			report.fault(Unsafe, name, why)
			continue
		}
		if twin, ok := twins[foldName(name)]; ok {
			report.fault(Duplicate, name, "some systems take it for "+twin)
			continue
		}
		twins[foldName(name)] = name
		files[name] = source{int64(f.UncompressedSize64), f.Open}
		order = append(order, name)
	}
	for folded, name := range maps.Clone(twins) {
		for dir := folded; strings.Contains(dir, "/"); {
			dir = dir[:strings.LastIndexByte(dir, '/')]
			if file, ok := twins[dir]; ok {
				report.fault(Unsafe, name, "its folder is also the file "+file)
			}
		}
	}
	return order
}

// checkOwnBytes compares all but the contents, which manifests prove, with what [Write] would write for the same files: no
// bit of an archive of ours is unproven.
func checkOwnBytes(report *Report, z *zip.Reader, r io.ReaderAt, size int64) {
	compare := &comparingWriter{r: r}
	out := zip.NewWriter(compare)
	for _, f := range z.File {
		err := compareEntry(out, compare, f)
		if err == nil && compare.differs {
			err = errors.New("its header or its compressed bytes are not as ejmx wrote them")
		}
		if err != nil {
			report.fault(Changed, strings.TrimPrefix(f.Name, report.Base+"/"), err.Error())
			return
		}
	}
	if err := out.Close(); err != nil || compare.differs || compare.at != size {
		report.fault(Changed, "", "the zip's own structure is not as ejmx wrote it")
	}
}

// compareEntry writes a file's header as it should be, and passes over its contents.
func compareEntry(out *zip.Writer, compare *comparingWriter, f *zip.File) error {
	header := &zip.FileHeader{
		Name: f.Name, Method: f.Method, CRC32: f.CRC32,
		CompressedSize64: f.CompressedSize64, UncompressedSize64: f.UncompressedSize64,
	}
	header.SetMode(0o600)
	setTime(header, f.Modified)
	if f.Method == zip.Deflate {
		raw, err := f.OpenRaw()
		if err != nil {
			return err
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, raw); err != nil {
			return err
		}
		header.Extra = append(header.Extra, proofField(sum.Sum(nil))...)
	}
	w, err := out.CreateRaw(header)
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	compare.isSkipping = true
	_, err = io.CopyN(w, zeros{}, int64(f.CompressedSize64))
	err = errors.Join(err, out.Flush())
	compare.isSkipping = false
	return err
}

// comparingWriter compares what is written with what lies in r at the same place, except while skipping.
type comparingWriter struct {
	r                   io.ReaderAt
	at                  int64
	isSkipping, differs bool
}

func (c *comparingWriter) Write(p []byte) (int, error) {
	if !c.isSkipping && !c.differs {
		there := make([]byte, len(p))
		_, err := c.r.ReadAt(there, c.at)
		c.differs = err != nil && err != io.EOF || !bytes.Equal(there, p)
	}
	c.at += int64(len(p))
	return len(p), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
