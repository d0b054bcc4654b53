package exporter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
)

// zipMade is what is remembered of a zip.
type zipMade struct {
	Written
	Of string `json:"of"` // hash of the names and hashes that went in
}

// zip writes the export's zip beside its folder, from what ejmx put into the folder; what people added stays out.
func (e *export) zip(ctx context.Context, name string) error {
	of := digest(e.memory.Files)
	parent, err := openFolder(e.parent, map[string]Written{}, e.Now, e.folder.whose, e.Sink)
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := parent.clearTopTemporary(); err != nil {
		return err
	}
	base := filepath.Base(name)
	item := ledger.Entry{Stage: ledger.Zip, Item: base, Whose: e.folder.whose, Outcome: ledger.Planned}
	e.Sink(item)
	parent.journal = e.folder.journal
	if made := e.memory.Zip; made != nil {
		parent.past[base] = made.Written
		if w, same := parent.Unchanged(base); same && made.Of == of {
			item.Outcome, item.Bytes = ledger.Kept, w.Size
			e.Sink(item)
			return nil
		}
	}
	w, err := parent.Write(base, func(out io.Writer) error {
		return archive.WriteZip(ctx, out, e.entries(), e.posting.Snapshot.Taken)
	})
	if err != nil {
		return err
	}
	item.Outcome, item.Bytes = ledger.Done, w.Size
	e.Sink(item)
	e.memory.Zip = &zipMade{Written: w, Of: of}
	return e.memory.remember(e.derived, e.memoryName())
}

// dropZip takes away the zip of an earlier export that is not brought up to date: it may hold what nobody is to see any
// more. One that somebody put there is theirs.
func (e *export) dropZip() error {
	made := e.memory.Zip
	if made == nil || made.Of == digest(e.memory.Files) {
		return nil
	}
	base := e.name + ".zip"
	parent, err := openFolder(e.parent, map[string]Written{base: made.Written}, e.Now, e.folder.whose, e.Sink)
	if err != nil {
		return err
	}
	defer parent.Close()
	if _, same := parent.Unchanged(base); same {
		if err := parent.remove(base); err != nil {
			return err
		}
		parent.say(base, errors.New("it was of an earlier export, so it was taken away"))
	}
	e.memory.Zip = nil
	return e.memory.remember(e.derived, e.memoryName())
}

func (e *export) entries() []archive.Entry {
	var entries []archive.Entry
	for name, w := range e.memory.Files {
		entries = append(entries, archive.Entry{
			Name: e.name + "/" + name, Size: w.Size, CRC32: w.CRC32,
			Open: func() (fs.File, error) { return e.folder.root.Open(name) },
		})
	}
	return entries
}

// digest names a set of files with their contents.
func digest(files map[string]Written) string {
	var lines []string
	for name, w := range files {
		lines = append(lines, w.SHA256+"  "+name)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
