package exporter

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// errOtherBytes says that a file does not hold what it should.
var errOtherBytes = errors.New("its bytes are not those recorded")

// Copy brings one file up to date as [folder.Write] does, with the bytes of another file, whose SHA-256 is known. Where the
// file system has clones (APFS, Btrfs, XFS and others) it is one: it takes no room, is there at once, and what people write
// into it is its own. Elsewhere it is a copy. Either way the bytes that lie there in the end were read and hashed;
// errOtherBytes says that they are not the right ones, and nothing has changed.
func (f *folder) Copy(name string, from fs.File, sha256 string) (Written, error) {
	_, w, err := f.put(name, func(temporary string) (Written, error) {
		w, err := f.copyTo(temporary, from)
		if err == nil && w.SHA256 != sha256 {
			err = errOtherBytes
		}
		return w, err
	})
	return w, err
}

func (f *folder) copyTo(name string, from fs.File) (Written, error) {
	if file, ok := from.(*os.File); ok && !f.copies.Load() {
		err := cloneFile(f.root, name, file)
		if err == nil {
			return f.weigh(name)
		}
		f.copies.Store(true) // whatever the reason was: a copy succeeds, or says what is wrong
		if err := f.remove(name); err != nil {
			return Written{}, err
		}
	}
	file := f.newPending(name)
	_, err := io.Copy(file, from)
	var w Written
	if err == nil {
		w, err = file.keep()
	}
	return w, errors.Join(err, file.close())
}

// clones tries whether the file system has clones of a file, and keeps nothing.
func (f *folder) clones(from fs.File) bool {
	file, ok := from.(*os.File)
	if !ok {
		return false
	}
	const trial = temporaryMark + "clone"
	err := cloneFile(f.root, trial, file)
	f.copies.Store(err != nil)
	return errors.Join(err, f.remove(trial)) == nil
}

// weigh reads a file and gives what is to be known of it.
func (f *folder) weigh(name string) (Written, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return Written{}, err
	}
	t := &tally{sha: sha256.New()}
	_, err = io.Copy(t, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return Written{}, fmt.Errorf("read %s: %w", name, err)
	}
	return t.written(), nil
}
