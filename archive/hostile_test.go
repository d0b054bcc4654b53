package archive_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/ledger"
)

// bagEntry is a file of a stranger's zip. The zero Method stores.
type bagEntry struct {
	name, text string
	mode       fs.FileMode
	method     uint16
}

// strangersBag is the zip of a bag whose manifest lists all its files rightly, so that nothing but their names, kinds and
// layout can be against it.
func strangersBag(t testing.TB, files ...bagEntry) []byte {
	t.Helper()
	var manifest strings.Builder
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.name, "b/"); ok && !strings.HasSuffix(name, "/") {
			fmt.Fprintf(&manifest, "%x  %s\n", sha256.Sum256([]byte(f.text)), name)
		}
	}
	files = append([]bagEntry{
		{name: "b/bagit.txt", text: "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
		{name: "b/manifest-sha256.txt", text: manifest.String()},
	}, files...)
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: f.method}
		header.SetMode(f.mode | 0o600)
		w, err := z.CreateHeader(header)
		if err == nil {
			_, err = w.Write([]byte(f.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

var innocent = bagEntry{name: "b/data/a.pdf", text: "%PDF-1.7"}

// patched changes the first place at which a pattern stands, and every further one.
func patched(data []byte, from, to string) []byte {
	return bytes.ReplaceAll(data, []byte(from), []byte(to))
}

// lying is a deflated file that unpacks to far more than its headers say.
func lying(t testing.TB) []byte {
	data := strangersBag(t, bagEntry{name: "b/data/bomb.pdf", text: strings.Repeat("0", 1<<20), method: zip.Deflate})
	size := binary.LittleEndian.AppendUint32(nil, 1<<20)
	return bytes.ReplaceAll(data, size, []byte{16, 0, 0, 0})
}

// overlapping has two directory entries that point to one file's bytes.
func overlapping(t testing.TB) []byte {
	data := strangersBag(t, bagEntry{name: "b/data/a1pdf", text: "%PDF"}, bagEntry{name: "b/data/a2pdf", text: "%PDF"})
	directory := bytes.Index(data, []byte("PK\x01\x02"))
	first := bytes.Index(data[directory:], []byte("b/data/a1pdf")) + directory - 46
	second := bytes.Index(data[directory:], []byte("b/data/a2pdf")) + directory - 46
	copy(data[second+42:second+46], data[first+42:first+46]) // the offset of the local header, APPNOTE 4.3.12
	return data
}

// bomb is a gigabyte and more of nothing in a megabyte and a half.
func bomb(t *testing.T) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := range 4 {
		w, err := z.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprintf("b/data/%d.pdf", i), Method: zip.Deflate, CompressedSize64: 1 << 10, UncompressedSize64: 1 << 30,
		})
		if err == nil {
			_, err = w.Write(make([]byte, 1<<10))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestHostileZipsAreRefusedAndNothingIsUnpacked(t *testing.T) {
	named := func(names ...string) []byte {
		files := []bagEntry{innocent}
		for _, name := range names {
			files = append(files, bagEntry{name: name, text: "%PDF-1.7 x"})
		}
		return strangersBag(t, files...)
	}
	plain := strangersBag(t, innocent)
	directory := bytes.Index(plain, []byte("PK\x01\x02"))
	for what, data := range map[string][]byte{
		"an absolute path":             named("/data/x.pdf"),
		"a path upwards":               named("b/data/../../x.pdf"),
		"a path above all":             named("../x.pdf"),
		"a path with backslashes":      named(`b/data/..\..\x.pdf`),
		"a drive":                      named("b/data/C:/x.pdf"),
		"a stream of a file":           named("b/data/a.pdf:hidden"),
		"a home":                       named("~/x.pdf"),
		"a device":                     named("b/data/nul.pdf"),
		"a port":                       named("b/data/COM¹"),
		"a name that ends in a dot":    named("b/data/x.pdf."),
		"a line end in a name":         named("b/data/x\n.pdf"),
		"a carriage return in a name":  named("b/data/x\r.pdf"),
		"no UTF-8":                     named("b/data/x\xff.pdf"),
		"an empty part":                named("b/data//x.pdf"),
		"the same name twice":          named("b/data/x.pdf", "b/data/x.pdf"),
		"names of another case":        named("b/data/x.pdf", "b/data/X.pdf"),
		"names of another form":        named("b/data/n\u00e9.pdf", "b/data/ne\u0301.pdf"),
		"a folder that is a file":      named("b/data/x", "b/data/x/y.pdf"),
		"a link":                       strangersBag(t, bagEntry{name: "b/data/link", text: "/etc/passwd", mode: fs.ModeSymlink}),
		"a pipe":                       strangersBag(t, bagEntry{name: "b/data/pipe", mode: fs.ModeNamedPipe}),
		"a folder upwards":             strangersBag(t, innocent, bagEntry{name: "b/../../x/", mode: fs.ModeDir}),
		"overlapping files":            overlapping(t),
		"a bomb":                       bomb(t),
		"sizes that lie":               lying(t),
		"a file's own name differs":    append(patched(plain[:directory:directory], "a.pdf", "b.pdf"), plain[directory:]...),
		"bytes before it":              append([]byte("#!/bin/sh\n"), plain...),
		"bytes after it":               append(bytes.Clone(plain), "more"...),
		"bytes before its directory":   withGap(t, plain, directory),
		"a file that no manifest has":  named("b/x.pdf", "c/x.pdf"),
		"cut":                          plain[:len(plain)-1],
		"an own header's other method": patchedMethod(plain),
	} {
		t.Run(what, func(t *testing.T) {
			if report := verify(t, data); report.OK() {
				t.Error("verified")
			}
			dir := t.TempDir()
			target := filepath.Join(dir, "season")
			if err := os.Mkdir(target, 0o700); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(target)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			_, err = archive.Restore(t.Context(), bytes.NewReader(data), int64(len(data)), root, archive.Options{}, ledger.Discard)
			if !errors.Is(err, archive.ErrFaulty) {
				t.Errorf("restored: %v", err)
			}
			if left := contentsOf(t, dir); len(left) != 1 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// withGap hides bytes between a zip's last file and its directory.
func withGap(t *testing.T, data []byte, directory int) []byte {
	t.Helper()
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	out := append(bytes.Clone(data[:directory]), "hidden"...)
	out = append(out, data[directory:]...)
	binary.LittleEndian.PutUint32(out[end+6+16:], uint32(directory+6)) // the directory's offset, APPNOTE 4.3.16
	return out
}

// patchedMethod lets the first file's own header say that it is deflated.
func patchedMethod(data []byte) []byte {
	out := bytes.Clone(data)
	out[8] = 8
	return out
}

func contentsOf(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, _ fs.DirEntry, err error) error {
		if name != "." {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestTheBagsOfTheHostileTestsAreOtherwiseGood(t *testing.T) {
	if report := verify(t, strangersBag(t, innocent, bagEntry{name: "b/data/%41.pdf", text: "x", method: zip.Deflate})); !report.OK() {
		t.Errorf("refused: %+v", report.Faults)
	}
}

// TestALinkInTheTargetLeadsNowhere plants a link in the folder restored into.
func TestALinkInTheTargetLeadsNowhere(t *testing.T) {
	elsewhere, target := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(target, "documents")); err != nil {
		outside.Absent(t, "no links can be made: "+err.Error())
	}
	root, err := os.OpenRoot(target)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	whole := write(t)
	if _, err := archive.Restore(t.Context(), bytes.NewReader(whole), int64(len(whole)), root, archive.Options{}, ledger.Discard); err == nil {
		t.Error("restored through a link")
	}
	if left := contentsOf(t, elsewhere); len(left) > 0 {
		t.Errorf("written outside: %v", left)
	}
}

// TestManyFiles writes and verifies more files than the old directory of a zip can count.
func TestManyFiles(t *testing.T) {
	const many = 1<<16 + 10
	payload := fstest.MapFS{}
	for i := range many {
		payload[fmt.Sprintf("%03d/%05d.pdf", i%256, i)] = &fstest.MapFile{Data: []byte("%PDF")}
	}
	var buf bytes.Buffer
	known := digested{payload, archive.Digest{Size: 4, CRC32: crc32.ChecksumIEEE([]byte("%PDF")), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("%PDF")))}}
	if _, err := archive.Write(t.Context(), &buf, known, info, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	if report := verify(t, buf.Bytes()); !report.OK() || report.Files != many {
		t.Errorf("%d files, %+v", report.Files, report.Faults)
	}
}

// digested is a payload that knows every file's digest.
type digested struct {
	fs.FS
	all archive.Digest
}

func (d digested) Digest(string) (archive.Digest, bool) { return d.all, true }

// FuzzRestore unpacks anything: what is refused leaves nothing behind, and nothing is ever written beside the folder.
func FuzzRestore(f *testing.F) {
	f.Add(write(f))
	f.Add(strangersBag(f, innocent, bagEntry{name: "b/data/b.txt", text: strings.Repeat("x", 99), method: zip.Deflate}))
	f.Add(strangersBag(f, innocent, bagEntry{name: "b/data/../x"}))
	f.Add(lying(f))
	f.Add(overlapping(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "season"), 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(filepath.Join(dir, "season"))
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		limits := archive.Options{Limits: archive.Limits{Bytes: 1 << 20, Files: 100}}
		report, err := archive.Restore(t.Context(), bytes.NewReader(data), int64(len(data)), root, limits, ledger.Discard)
		left := contentsOf(t, dir)
		if err != nil && len(left) != 1 {
			t.Errorf("%v, and left %v", err, left)
		}
		if err == nil && !report.OK() {
			t.Errorf("restored although %+v", report.Faults)
		}
		for _, name := range left {
			if name != "season" && !strings.HasPrefix(name, "season/") {
				t.Errorf("written beside: %s", name)
			}
		}
	})
}
