package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/ledger"
)

// ErrFaulty means that an archive has faults and nothing of it was unpacked.
var ErrFaulty = errors.New("the archive is damaged or not safe to unpack; nothing was unpacked")

// Restore unpacks the payload of the zip of a known size, encrypted or not, into an empty folder. It verifies the whole
// archive first and gives [ErrFaulty], having written nothing, when there is a fault; then each file is proven again as
// it is written. Files are 0600, folders 0700; nothing there is ever overwritten, and nothing outside the folder touched.
func Restore(ctx context.Context, r io.ReaderAt, size int64, into *os.Root, opts Options, sink ledger.Sink) (*Report, error) {
	r, size, err := decrypted(r, size, opts)
	if report := broken(err); report != nil {
		return report, fmt.Errorf("restore: %w", ErrFaulty)
	}
	if err != nil {
		return nil, err
	}
	report, files, err := verifyZip(ctx, r, size, opts, sink)
	if err != nil {
		return nil, err
	}
	if !report.OK() {
		return report, fmt.Errorf("restore: %w", ErrFaulty)
	}
	payload := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return !strings.HasPrefix(name, "data/") })
	for _, name := range payload {
		sink(ledger.Entry{Stage: ledger.Restore, Item: strings.TrimPrefix(name, "data/"), Outcome: ledger.Planned})
	}
	for _, name := range payload {
		inner := strings.TrimPrefix(name, "data/")
		if err := unpack(ctx, into, inner, name, files[name], report); err != nil {
			return report, fmt.Errorf("restore %s: %w", inner, err)
		}
		sink(ledger.Entry{Stage: ledger.Restore, Item: inner, Outcome: ledger.Done, Bytes: files[name].size})
	}
	return report, nil
}

func unpack(ctx context.Context, into *os.Root, inner, name string, from source, report *Report) (err error) {
	if err := into.MkdirAll(path.Dir(inner), 0o700); err != nil {
		return err
	}
	r, err := from.open()
	if err != nil {
		return err
	}
	defer r.Close()
	file, err := into.OpenFile(inner, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fs.FileMode(0o600))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	algorithm := slices.Max(slices.Collect(maps.Keys(report.algorithms)))
	sum := algorithms[algorithm]()
	if _, err := copyHashing(ctx, []hash.Hash{sum}, io.TeeReader(io.LimitReader(r, from.size+1), file)); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != report.algorithms[algorithm][name] {
		return errors.New("the archive changed while it was being unpacked")
	}
	return file.Sync()
}
