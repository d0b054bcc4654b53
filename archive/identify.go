package archive

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/ejmx/ejmx/internal/lazy"
)

// ErrNotTold says that an archive does not tell which postings it holds.
var ErrNotTold = errors.New("it does not tell which postings it holds")

// maxInfo is how much of a bag-info.txt is read, in bytes.
const maxInfo = 16 << 20

var identifiers = lazy.Pattern(`^\d+(, ?\d+)*$`)

// Postings reads from bag-info.txt which postings an unencrypted archive says it holds. It proves nothing: [VerifyFile] does.
func Postings(r io.ReaderAt, size int64) ([]string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotTold, err)
	}
	for _, f := range z.File {
		if path.Base(f.Name) != "bag-info.txt" || strings.Count(f.Name, "/") > 1 {
			continue
		}
		file, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotTold, err)
		}
		defer file.Close()
		return identified(io.LimitReader(file, maxInfo))
	}
	return nil, ErrNotTold
}

// identified reads the postings' ids from the External-Identifier of a bag-info.txt.
func identified(r io.Reader) ([]string, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxInfo)
	for lines.Scan() {
		label, value, _ := strings.Cut(lines.Text(), ":")
		if value = strings.TrimSpace(value); strings.EqualFold(label, "External-Identifier") && identifiers().MatchString(value) {
			return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }), nil
		}
	}
	return nil, errors.Join(ErrNotTold, lines.Err())
}
