package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/archive/destination"
	"github.com/ejmx/ejmx/ledger"
)

// copied is what --json says of one copy of an archive.
type copied struct {
	Place string `json:"place"`
	Sent  bool   `json:"sent"` // false when it lay there whole already
	Error string `json:"error,omitempty"`

	failed error
}

// errAlteredCopy ends a run that found a copy to be other bytes than the archive's.
var errAlteredCopy = fmt.Errorf("a copy could not be proven: %w", errUnverified)

// copied says whether an archive's copies were made: nil, errProblems, or errAlteredCopy when one is there and is not the archive.
func (a *archived) copied() (worst error) {
	for _, c := range a.Copies {
		switch {
		case errors.Is(c.failed, destination.ErrAltered):
			worst = worse(worst, errAlteredCopy)
		case c.failed != nil:
			worst = worse(worst, errProblems)
		}
	}
	return worst
}

// worse gives the one of two ends of a run that weighs more.
func worse(a, b error) error {
	if a == nil || errors.Is(b, errUnverified) {
		return b
	}
	return a
}

// destinations opens the places that --to names, so that a mistake in one shows before an archive is made.
func (o *archiveOptions) destinations(ctx context.Context, e *env) (places []*destination.Destination, err error) {
	for _, where := range o.to {
		if !destination.IsURL(where) {
			where = e.path(where)
		}
		place, err := destination.Open(ctx, where, e.getenv)
		if err != nil {
			closeAll(places)
			return nil, notOpened(err)
		}
		places = append(places, place)
	}
	return places, nil
}

// notOpened tells a mistake in a destination's name from a service that cannot be used, which has a hint of its own.
func notOpened(err error) error {
	if failed := (*destination.Error)(nil); errors.As(err, &failed) {
		return err
	}
	return &usageError{err}
}

// closeAll lets go of destinations; nothing that was written depends on it.
func closeAll(places []*destination.Destination) {
	for _, place := range places {
		_ = place.Close()
	}
}

// copyAll takes an archive to every destination, and registers and notes in it what became of each copy. One that fails keeps
// no other from it. The season's lock is held.
func copyAll(ctx context.Context, e *env, season string, one *archived, places []*destination.Destination, sink ledger.Sink) (err error) {
	if len(places) == 0 {
		return nil
	}
	file, err := os.Open(one.Archive)
	if err != nil {
		return err
	}
	defer file.Close()
	a := destination.Archive{Name: filepath.Base(one.Archive), Size: one.Size, SHA256: one.SHA256, File: file}
	for _, place := range places {
		done, failed := place.Copy(ctx, a, sink)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c := copied{Place: done.Place, Sent: done.Sent, failed: failed}
		if failed != nil {
			c.Error = failed.Error()
		}
		one.Copies = append(one.Copies, c)
		if err := registerCopy(e, season, one, c); err != nil {
			return err
		}
	}
	return nil
}

// registerCopy adds to the register that a copy was made, and that it was proven, or what was wrong.
func registerCopy(e *env, season string, one *archived, c copied) error {
	line := archive.Line{Time: e.now(), Archive: filepath.Base(one.Archive), SHA256: one.SHA256, Place: c.Place, Outcome: "ok"}
	if c.failed != nil {
		line.Outcome = c.Error
	}
	var err error
	if c.Sent {
		line.Act = archive.Copied
		err = appendRegister(season, line)
	}
	if c.failed == nil || errors.Is(c.failed, destination.ErrAltered) {
		line.Act = archive.Verified
		err = errors.Join(err, appendRegister(season, line))
	}
	return err
}

// copyArchive copies an archive that was made before, unless the register says that it is not as it was made: nobody wants
// copies of a damaged one.
func (o *archiveOptions) copyArchive(ctx context.Context, e *env, sink ledger.Sink, made func(archived)) error {
	if o.postings.all || len(o.postings.ids) > 0 || o.passphrase || len(o.recipients) > 0 || len(o.to) == 0 {
		return &usageError{errors.New("--copy takes an archive as it is to where --to says; no other flag goes with them")}
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	places, err := o.destinations(ctx, e)
	if err != nil {
		return err
	}
	defer closeAll(places)
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	one, err := knownArchive(season.Dir, e.path(o.copy))
	if err == nil {
		err = copyAll(ctx, e, season.Dir, &one, places, sink)
	}
	if err != nil {
		return errors.Join(err, unlock())
	}
	made(one)
	return errors.Join(one.copied(), unlock())
}

// knownArchive gives an archive as the register of the season has it, and an error where it has become another.
func knownArchive(season, name string) (one archived, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return one, err
	}
	sum, err := fileSum(name)
	if err != nil {
		return one, err
	}
	known, err := registered(season, filepath.Base(name))
	if err != nil {
		return one, err
	}
	if len(known) > 0 && !slices.Contains(known, sum) {
		return one, fmt.Errorf("%s is not copied: its SHA-256 is none that the register has for it; ejmx verify says what is wrong: %w", name, errUnverified)
	}
	return archived{Archive: name, SHA256: sum, Size: info.Size(), Missing: []string{}}, nil
}

// registered gives the SHA-256 of every archive of a name that a season's register knows.
func registered(season, name string) (sums []string, err error) {
	lines, err := readRegister(season)
	for _, line := range lines {
		if line.Act == archive.Archived && line.Archive == name {
			sums = append(sums, line.SHA256)
		}
	}
	return sums, err
}
