package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/season"
)

// mirror opens what is to be served: the mirror of the season or archive named, or one made up where none is. done lets go
// of it and of what was made for it.
func (o *serveOptions) mirror(ctx context.Context, e *env, args []string) (m *mirror.Mirror, done func() error, err error) {
	if len(args) == 0 {
		return madeUpMirror(o.madeUp.Options)
	}
	name := e.path(args[0])
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, &usageError{fmt.Errorf("there is no season and no archive %s", args[0])}
	case err != nil:
		return nil, nil, err
	case !info.IsDir():
		return archivedMirror(ctx, e, name)
	}
	if _, err := os.Stat(filepath.Join(name, "mirror")); err == nil {
		name = filepath.Join(name, "mirror")
	}
	m, err = mirror.Open(name)
	if errors.Is(err, mirror.ErrNone) {
		return nil, nil, &usageError{fmt.Errorf("there is neither a season nor a mirror in %s", args[0])}
	}
	if err != nil {
		return nil, nil, err
	}
	return m, m.Close, nil
}

// archivedMirror proves an archive and puts it back into a temporary folder.
func archivedMirror(ctx context.Context, e *env, name string) (*mirror.Mirror, func() error, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	return temporaryMirror(func(dir string) (*mirror.Mirror, error) {
		restored, err := exporter.Restore(ctx, file, info.Size(), dir, archive.Options{}, e.now(), ledger.Discard)
		switch {
		case errors.Is(err, archive.ErrEncrypted):
			return nil, &usageError{fmt.Errorf("%s is encrypted: put it back with ejmx restore, and serve the season", name)}
		case errors.Is(err, archive.ErrFaulty):
			return nil, fmt.Errorf("%s: %w (%d faults): ejmx verify names them", name, err, len(restored.Report.Faults))
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return mirror.Open(filepath.Join(dir, "mirror"))
	})
}

// madeUpMirror makes a season up.
func madeUpMirror(options season.Options) (m *mirror.Mirror, done func() error, err error) {
	return temporaryMirror(func(dir string) (*mirror.Mirror, error) {
		m, err := mirror.Create(filepath.Join(dir, "mirror"))
		if err != nil {
			return nil, err
		}
		if err := season.Write(m, options); err != nil {
			return nil, errors.Join(err, m.Close())
		}
		return m, nil
	})
}

// temporaryMirror has a mirror made in a temporary folder, which done removes.
func temporaryMirror(in func(dir string) (*mirror.Mirror, error)) (m *mirror.Mirror, done func() error, err error) {
	dir, err := os.MkdirTemp("", "ejmx-season-*")
	if err != nil {
		return nil, nil, err
	}
	if m, err = in(dir); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return m, func() error { return errors.Join(m.Close(), os.RemoveAll(dir)) }, nil
}
