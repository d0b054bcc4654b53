package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"

	"github.com/ejmx/ejmx/ledger"
)

// Options are what [Verify] and [Restore] may use. The zero Options do for an unencrypted archive.
type Options struct {
	Identities []age.Identity // that may open an encrypted archive
	Limits     Limits

	// Also gives a writer for the bytes of a file of the bag as they are read, nil for those that it does not want. The
	// bytes are not proven until Verify has ended well.
	Also func(name string) io.Writer
}

// Limits keep a hostile archive from filling memory or disk. A zero field takes its default.
type Limits struct {
	Files int   // default two million
	Bytes int64 // of all files, unpacked; default 1 TiB
}

func (l Limits) orDefaults() Limits {
	if l.Files == 0 {
		l.Files = 2_000_000
	}
	if l.Bytes == 0 {
		l.Bytes = 1 << 40
	}
	return l
}

// ErrEncrypted means that none of the identities opens an archive.
var ErrEncrypted = errors.New("the archive is encrypted, and neither the identities nor the passphrase open it")

// ageIntro begins every encrypted file (C2SP age, "Header").
const ageIntro = "age-encryption.org/v1\n"

// Verify reads every byte of the archive at path, a zip, an encrypted zip or an unpacked bag, and reports everything wrong
// with it. An error means that it could not be read at all; faults are no error. Nothing decrypted reaches a disk.
func Verify(ctx context.Context, path string, opts Options, sink ledger.Sink) (*Report, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		defer root.Close()
		return VerifyFolder(ctx, root.FS(), opts, sink)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	defer file.Close()
	return VerifyFile(ctx, file, info.Size(), opts, sink)
}

// VerifyFile is [Verify] for a zip, encrypted or not, of a known size.
func VerifyFile(ctx context.Context, r io.ReaderAt, size int64, opts Options, sink ledger.Sink) (*Report, error) {
	r, size, err := decrypted(r, size, opts)
	if report := broken(err); report != nil {
		return report, nil
	}
	if err != nil {
		return nil, err
	}
	report, _, err := verifyZip(ctx, r, size, opts, sink)
	return report, err
}

func decrypted(r io.ReaderAt, size int64, opts Options) (io.ReaderAt, int64, error) {
	intro := make([]byte, len(ageIntro))
	if n, _ := r.ReadAt(intro, 0); n < len(intro) || !bytes.Equal(intro, []byte(ageIntro)) {
		return r, size, nil
	}
	if len(opts.Identities) == 0 {
		return nil, 0, ErrEncrypted
	}
	plain, plainSize, err := age.DecryptReaderAt(r, size, opts.Identities...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return nil, 0, ErrEncrypted
	}
	if err != nil {
		return nil, 0, &brokenSeal{err}
	}
	return plain, plainSize, nil
}

// brokenSeal says that what encrypts an archive is damaged.
type brokenSeal struct{ error }

// broken makes a report of a broken seal, nil of any other error.
func broken(err error) *Report {
	var seal *brokenSeal
	if !errors.As(err, &seal) {
		return nil
	}
	report := &Report{}
	report.fault(Malformed, "", "its encryption is damaged, or it is cut: "+seal.Error())
	return report
}

// VerifyFolder is [Verify] for an unpacked bag.
func VerifyFolder(ctx context.Context, folder fs.FS, opts Options, sink ledger.Sink) (*Report, error) {
	limits := opts.Limits.orDefaults()
	report, files := &Report{}, map[string]source{}
	var order []string
	twins := map[string]string{}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			report.fault(Unread, name, err.Error())
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			report.fault(Unsafe, name, "it is not a plain file")
			return nil
		case len(order) >= limits.Files:
			return fmt.Errorf("verify: more than %d files", limits.Files)
		}
		info, err := d.Info()
		if err != nil {
			report.fault(Unread, name, err.Error())
			return nil
		}
		if twin, ok := twins[foldName(name)]; ok {
			report.warn(Duplicate, name, "some systems take it for "+twin)
		}
		twins[foldName(name)] = name
		files[name] = source{info.Size(), func() (io.ReadCloser, error) { return folder.Open(name) }}
		order = append(order, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return report, checkBag(ctx, report, files, order, opts.Also, sink)
}
