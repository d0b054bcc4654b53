package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/ledger"
)

var payload = fstest.MapFS{
	"documents/Lee Min-Jung 620310/1 Curriculum vitae.pdf": {Data: []byte("%PDF-1.7 the vita")},
	"documents/Núñez José 620311/L1 Letter.pdf":            {Data: []byte("%PDF-1.7 the letter")},
	"records/applications.jsonl":                           {Data: bytes.Repeat([]byte(`{"appid":620310}`+"\n"), 9)},
}

var info = archive.Info{
	Base: "9012-assistant-professor", Organization: "Springfield University", Description: "Assistant Professor",
	Identifier: "9012", Made: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Tool: "ejmx 0.1.0",
	Fields: []archive.Field{{"EJM-Snapshot", "20261124T090000Z"}},
}

func write(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	summary, err := archive.Write(t.Context(), &buf, payload, info, ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Files != 3 || summary.Size != int64(buf.Len()) {
		t.Fatalf("summary %+v of %d bytes", summary, buf.Len())
	}
	return buf.Bytes()
}

func verify(t testing.TB, data []byte, ids ...age.Identity) *archive.Report {
	t.Helper()
	report, err := archive.VerifyFile(t.Context(), bytes.NewReader(data), int64(len(data)), archive.Options{Identities: ids}, ledger.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestWriteTwiceIsIdenticalAndWhole(t *testing.T) {
	first := write(t)
	if !bytes.Equal(first, write(t)) {
		t.Error("two archives of one payload differ")
	}
	if r := verify(t, first); !r.OK() || len(r.Warnings) > 0 || r.Files != 3 || r.Value("external-identifier") != "9012" {
		t.Errorf("report %+v", r)
	}
}

// TestEveryFlippedByteIsFoundAndNamed flips one bit of every byte, and every bit of the compressed records, where some
// change nothing that comes out: the last byte's unused bits, and distances that point to the same text.
func TestEveryFlippedByteIsFoundAndNamed(t *testing.T) {
	whole := write(t)
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	inside := func(at int) string { // the file in whose bytes an offset lies
		for _, f := range z.File {
			if from, _ := f.DataOffset(); int64(at) >= from && int64(at) < from+int64(f.CompressedSize64) {
				return strings.TrimPrefix(f.Name, info.Base+"/")
			}
		}
		return ""
	}
	for i := range whole {
		name := inside(i)
		for bit := range 8 {
			if bit != i%8 && name != "data/records/applications.jsonl" {
				continue
			}
			damaged := bytes.Clone(whole)
			damaged[i] ^= 1 << bit
			report := verify(t, damaged)
			if report.OK() || name != "" && !slices.ContainsFunc(report.Faults, func(f archive.Fault) bool { return f.Path == name }) {
				t.Fatalf("bit %d of byte %d of %d flipped (in %q): %+v", bit, i, len(whole), name, report.Faults)
			}
		}
	}
}

func TestEveryCutIsFound(t *testing.T) {
	whole := write(t)
	for n := range whole {
		if verify(t, whole[:n]).OK() {
			t.Errorf("cut to %d of %d bytes, and nothing found", n, len(whole))
		}
	}
}

func TestWriteRefusesNames(t *testing.T) {
	for _, name := range []string{"100%.pdf", `a\b.pdf`, "a\nb.pdf", "CON.pdf", "dir/nul", "a:b"} {
		_, err := archive.Write(t.Context(), &bytes.Buffer{}, fstest.MapFS{name: {}}, info, ledger.Discard)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func unpacked(t *testing.T, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, info.Base)
}

func TestDamagedFolderIsNamed(t *testing.T) {
	whole := write(t)
	const letter = "data/documents/Núñez José 620311/L1 Letter.pdf"
	cases := map[string]struct {
		damage func(dir string) error
		want   archive.Kind
		path   string
	}{
		"changed": {func(d string) error {
			return os.WriteFile(filepath.Join(d, letter), []byte("%PDF-1.7 THE letter"), 0o600)
		}, archive.Changed, letter},
		"dropped":   {func(d string) error { return os.Remove(filepath.Join(d, letter)) }, archive.Missing, letter},
		"renamed":   {func(d string) error { return os.Rename(filepath.Join(d, letter), filepath.Join(d, "data/x.pdf")) }, archive.Renamed, letter},
		"added":     {func(d string) error { return os.WriteFile(filepath.Join(d, "data/new"), nil, 0o600) }, archive.Extra, "data/new"},
		"added tag": {func(d string) error { return os.WriteFile(filepath.Join(d, "new"), nil, 0o600) }, archive.Extra, "new"},
		"no readme": {func(d string) error { return os.Remove(filepath.Join(d, "README.txt")) }, archive.Missing, "README.txt"},
		"link":      {func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "data/link")) }, archive.Unsafe, "data/link"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := unpacked(t, whole)
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			r, err := archive.Verify(t.Context(), dir, archive.Options{}, ledger.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Faults, func(f archive.Fault) bool { return f.Kind == c.want && f.Path == c.path }) {
				t.Errorf("faults %+v", r.Faults)
			}
		})
	}
}

func TestConformanceSuite(t *testing.T) {
	const suite = "../testdata/bagit-suite"
	groups, err := filepath.Glob(suite + "/v*/*")
	if err != nil || len(groups) < 6 {
		t.Fatal("the suite is not there", err)
	}
	for _, group := range groups {
		bags, _ := filepath.Glob(group + "/*")
		for _, bag := range bags {
			t.Run(strings.TrimPrefix(bag, suite+"/"), func(t *testing.T) {
				r, err := archive.Verify(t.Context(), bag, archive.Options{}, ledger.Discard)
				if err != nil {
					t.Fatal(err)
				}
				switch filepath.Base(group) {
				case "valid":
					if !r.OK() {
						t.Errorf("refused: %+v", r.Faults)
					}
				case "warning":
					if !r.OK() || len(r.Warnings) == 0 {
						t.Errorf("faults %+v, warnings %+v", r.Faults, r.Warnings)
					}
				default:
					if r.OK() {
						t.Error("accepted")
					}
				}
			})
		}
	}
}

func TestEncryptedRoundTrip(t *testing.T) {
	whole := write(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := archive.ParseRecipient(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w, err := archive.Encrypt(&buf, recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, buf.Bytes(), id); !r.OK() {
		t.Errorf("faults %+v", r.Faults)
	}
	if _, err := archive.VerifyFile(t.Context(), bytes.NewReader(buf.Bytes()), int64(buf.Len()), archive.Options{}, ledger.Discard); !errors.Is(err, archive.ErrEncrypted) {
		t.Errorf("without an identity: %v", err)
	}
	t.Run("age", func(t *testing.T) {
		cmd := exec.Command(outside.Tool(t, "age"), "-d", "-i", "-", sealed(t, buf.Bytes()))
		cmd.Stdin = strings.NewReader(id.String() + "\n")
		if out, err := cmd.Output(); err != nil || !bytes.Equal(out, whole) {
			t.Errorf("age gives %d bytes of %d: %v", len(out), len(whole), err)
		}
	})
}

func sealed(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRestoreGivesThePayloadBack(t *testing.T) {
	whole := write(t)
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := archive.Restore(t.Context(), bytes.NewReader(whole), int64(len(whole)), root, archive.Options{}, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	for name, want := range payload {
		if got, err := fs.ReadFile(root.FS(), name); err != nil || !bytes.Equal(got, want.Data) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestOthersAgree(t *testing.T) {
	whole := write(t)
	file := sealed(t, whole)
	for _, args := range [][]string{
		{"unzip", "-tqq", file},
		{"7z", "t", "-tzip", file},
		{"python3", "-c", "import sys,zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None", file},
	} {
		t.Run(args[0], func(t *testing.T) {
			if out, err := exec.Command(outside.Tool(t, args[0]), args[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	t.Run("sha256sum", func(t *testing.T) {
		cmd := exec.Command(outside.Tool(t, "sha256sum"), "-c", "--quiet", "--strict", "manifest-sha256.txt", "tagmanifest-sha256.txt")
		cmd.Dir = unpacked(t, whole)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func TestRegisterProvesItsChain(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, act := range []archive.Act{archive.Archived, archive.Copied, archive.Verified, archive.Disposed} {
		if err := archive.Append(root, "register.jsonl", archive.Line{Act: act, Time: info.Made, Archive: "a.zip"}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := root.ReadFile("register.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := archive.ReadRegister(bytes.NewReader(text))
	if err != nil || len(lines) != 4 || lines[3].Act != archive.Disposed {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	parts := bytes.SplitAfter(text, []byte("\n"))
	for name, broken := range map[string][]byte{
		"changed": bytes.Replace(text, []byte("a.zip"), []byte("b.zip"), 1),
		"removed": bytes.Join([][]byte{parts[0], parts[2], parts[3]}, nil),
		"cut":     text[:len(text)-1],
	} {
		if _, err := archive.ReadRegister(bytes.NewReader(broken)); !errors.Is(err, archive.ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
