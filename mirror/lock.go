package mirror

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"
)

// Holder is who holds a mirror's lock: the text of the file named lock.
type Holder struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// LockedError says that another run is at work on the mirror.
type LockedError struct {
	Holder Holder
	Path   string
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("another run of ejmx is at work on this season: process %d on %s, since %s",
		e.Holder.PID, e.Holder.Host, e.Holder.Since.Format(time.RFC3339))
}

// Hint says what to do about it.
func (e *LockedError) Hint() string {
	return "wait for it to end; if that computer crashed and nothing runs there any more, delete " + e.Path
}

// Lock makes this process the only one that writes, until unlock is called, and clears away what a killed run left half
// written. A lock whose process of this host has died is taken over; any other is a [LockedError].
func (m *Mirror) Lock(now time.Time) (unlock func() error, err error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(Holder{Host: host, PID: os.Getpid(), Since: now.UTC()})
	if err != nil {
		return nil, err
	}
	for range 3 {
		err = m.takeLock(append(text, '\n'))
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		if err := m.evictDead(host); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("lock the mirror in %s: %w", m.dir, err)
	}
	if err := m.clearTemporary(); err != nil {
		return nil, errors.Join(err, m.root.Remove("lock"))
	}
	return func() error { return m.root.Remove("lock") }, nil
}

// takeLock puts the lock in its place, whole from the first moment on: a run that is killed meanwhile leaves none that nobody
// can read. Where the file system has no hard links it is written there, which takes a moment.
func (m *Mirror) takeLock(text []byte) error {
	aside := path.Join("tmp", "lock-"+rand.Text())
	if err := writeDurably(m.root, aside, text); err != nil {
		return errors.Join(err, m.root.RemoveAll(aside))
	}
	err := m.root.Link(aside, "lock")
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if err = writeDurably(m.root, "lock", text); err != nil && !errors.Is(err, fs.ErrExist) {
			err = errors.Join(err, m.root.RemoveAll("lock"))
		}
	}
	return errors.Join(err, m.root.RemoveAll(aside))
}

// evictDead moves the lock of a dead process out of the way, or says who holds it. The lock is renamed before it is
// judged, so that of two runs that find the same dead one only one can take it.
func (m *Mirror) evictDead(host string) error {
	holder, err := m.holder("lock")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	held := &LockedError{Holder: holder, Path: m.dir + string(os.PathSeparator) + "lock"}
	if err != nil || holder.Host != host || alive(holder.PID) {
		return held
	}
	aside := path.Join("tmp", "lock-"+rand.Text())
	if err := m.root.Rename("lock", aside); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if moved, err := m.holder(aside); err == nil && moved != holder {
		return errors.Join(held, m.root.Rename(aside, "lock"))
	}
	return m.root.Remove(aside)
}

func (m *Mirror) holder(name string) (Holder, error) {
	data, err := m.root.ReadFile(name)
	if err != nil {
		return Holder{}, err
	}
	var holder Holder
	return holder, json.Unmarshal(data, &holder)
}

// clearTemporary removes what a killed run left in tmp.
func (m *Mirror) clearTemporary() error {
	dir, err := m.root.Open("tmp")
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	err = errors.Join(err, dir.Close())
	for _, name := range names {
		err = errors.Join(err, m.root.RemoveAll(path.Join("tmp", name)))
	}
	return err
}
