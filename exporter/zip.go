package exporter

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
)

// zipMade is what is remembered of a zip.
type zipMade struct {
	Written
	Of   string `json:"of"`   // hash of the names and hashes that went in
	Tool string `json:"tool"` // "ejmx 0.1.0": another may compress otherwise
}

// zip writes the export's zip beside its folder, from what ejmx put into the folder; what people added stays out.
func (e *export) zip(ctx context.Context, name string) error {
	of := digest(e.memory.Files)
	parent, err := openFolder(e.parent, map[string]Written{}, e.Now, e.whose, e.Sink)
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := parent.clearTopTemporary(); err != nil {
		return err
	}
	base := filepath.Base(name)
	item := ledger.Entry{Stage: ledger.Zip, Item: base, Whose: e.whose, Outcome: ledger.Planned}
	e.Sink(item)
	parent.journal = e.folder.journal
	isUsable := false // whether the zip that lies there is what the last run made of the files it left
	if made := e.memory.Zip; made != nil {
		parent.past[base] = made.Written
		w, same := parent.Unchanged(base)
		if same && made.Of == of {
			item.Outcome, item.Bytes = ledger.Kept, w.Size
			e.Sink(item)
			return nil
		}
		isUsable = same && made.Of == digest(e.folder.past) && made.Tool == e.Tool
	}
	w, err := parent.Write(base, func(out io.Writer) error { return e.writeZip(ctx, out, parent.root, base, isUsable) })
	if err != nil && isUsable && ctx.Err() == nil { // the last one may be damaged
		w, err = parent.Write(base, func(out io.Writer) error { return e.writeZip(ctx, out, parent.root, base, false) })
	}
	if err != nil {
		return err
	}
	item.Outcome, item.Bytes = ledger.Done, w.Size
	e.Sink(item)
	e.memory.Zip = &zipMade{Written: w, Of: of, Tool: e.Tool}
	return nil
}

// dropZip takes away the zip of an earlier export that is not brought up to date: it may hold what nobody is to see any
// more. One that somebody put there is theirs.
func (e *export) dropZip() error {
	made := e.memory.Zip
	if made == nil || made.Of == digest(e.memory.Files) {
		return nil
	}
	base := e.name + ".zip"
	parent, err := openFolder(e.parent, map[string]Written{base: made.Written}, e.Now, e.whose, e.Sink)
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
	return nil
}

// writeZip writes what ejmx put into the folder. Most of it is in the last zip already, of which one file has to be read
// instead of many thousands.
func (e *export) writeZip(ctx context.Context, out io.Writer, parent *os.Root, base string, useLast bool) error {
	var last map[string]*zip.File
	if useLast {
		file, err := parent.Open(base)
		if err != nil {
			return err
		}
		defer file.Close()
		if last, err = filesIn(file); err != nil {
			return err
		}
	}
	var entries []archive.Entry
	for name, w := range e.memory.Files {
		entry := archive.Entry{Name: e.name + "/" + name, Size: w.Size, CRC32: w.CRC32}
		if packed := last[entry.Name]; packed != nil && e.folder.past[name].SHA256 == w.SHA256 {
			entry.Last = packed
		} else {
			entry.Open = func() (io.ReadCloser, error) { return e.folder.root.Open(name) }
		}
		entries = append(entries, entry)
	}
	return archive.WriteZip(ctx, out, entries, e.posting.Snapshot.Taken)
}

// filesIn gives the files of a zip by name.
func filesIn(file *os.File) (map[string]*zip.File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r, err := zip.NewReader(file, info.Size())
	if err != nil {
		return nil, err
	}
	files := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		files[f.Name] = f
	}
	return files, nil
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
