package mirror

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/ejmx/ejmx/ejm"
)

// FS gives the mirror's files for reading, by the names that docs/mirror.md describes.
func (m *Mirror) FS() fs.FS { return m.root.FS() }

// DocumentFiles names the files of a document within the mirror.
func DocumentFiles(kind ejm.Kind, blobid ejm.ID) []string {
	place := documentPath(kind, blobid)
	return []string{path.Join(place, "content"), path.Join(place, "record.json")}
}

// Workspace makes a folder for what is not to be visible yet, on the mirror's own disk. remove takes it away with all that
// is in it; where the program is killed before, the next [Mirror.Lock] does.
func (m *Mirror) Workspace() (work *os.Root, remove func() error, err error) {
	name := path.Join("tmp", rand.Text())
	if err := m.root.Mkdir(name, dirMode); err != nil {
		return nil, nil, err
	}
	if work, err = m.root.OpenRoot(name); err != nil {
		return nil, nil, errors.Join(err, m.root.RemoveAll(name))
	}
	return work, func() error { return errors.Join(work.Close(), m.root.RemoveAll(name)) }, nil
}

// AddExcerpt adds to the mirror what a snapshot of another mirror says of some postings, and nothing of the others. The
// snapshot keeps its name; its manifest tells of what is in it. Conferences and placement officers, which belong to no
// posting, are in it all.
func (m *Mirror) AddExcerpt(from *Snapshot, postings map[ejm.ID]bool) (err error) {
	w, err := m.NewSnapshot(SnapshotInfo{Taken: from.Taken, API: from.API})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	s, err := w.excerpt(from, func(id ejm.ID) bool { return postings[id] })
	if err != nil {
		return err
	}
	return w.publish(s, path.Join("snapshots", s.ID))
}

// excerpt writes what a snapshot says of the postings that are wanted, and gives the manifest of that.
func (w *SnapshotWriter) excerpt(from *Snapshot, wanted func(posting ejm.ID) bool) (*Snapshot, error) {
	s := &Snapshot{Format: from.Format, ID: from.ID, Taken: from.Taken, API: from.API, Files: map[Method]Contents{}, Postings: map[ejm.ID]PostingState{}}
	for id, state := range from.Postings {
		if wanted(id) {
			s.Postings[id] = state
		}
	}
	of := excerpt{wanted: wanted, applicants: map[ejm.ID]bool{}, files: map[ejm.ID]bool{}, letters: map[ejm.ID]bool{}, applications: map[ejm.ID]bool{}}
	for _, method := range Methods { // applications first: the other lists depend on them
		if _, listed := from.Files[method]; !listed {
			continue
		}
		var err error
		if s.Files[method], err = of.copy(w, from, method); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// excerpt is what is wanted of a snapshot.
type excerpt struct {
	wanted                                   func(posting ejm.ID) bool
	applicants, applications, files, letters map[ejm.ID]bool
}

func (e excerpt) copy(w *SnapshotWriter, from *Snapshot, method Method) (Contents, error) {
	list, err := w.list(method)
	if err != nil {
		return Contents{}, err
	}
	for record, err := range from.Records(method) {
		if err != nil {
			return Contents{}, err
		}
		wanted, err := e.wants(method, record)
		if err == nil && wanted {
			err = w.Add(method, bytes.Clone(record))
		}
		if err != nil {
			return Contents{}, err
		}
	}
	return list.end()
}

// wants reports whether a record is about the postings, and notes what an application refers to.
func (e excerpt) wants(method Method, record json.RawMessage) (bool, error) {
	switch method {
	case Applications:
		a, err := decoded[ejm.Application](record)
		if err != nil || !e.wanted(a.PosID) {
			return false, err
		}
		e.note(a)
		return true, nil
	case Applicants:
		a, err := decoded[ejm.Applicant](record)
		return e.applicants[a.AID], err
	case Files:
		f, err := decoded[ejm.File](record)
		return e.files[f.FileID] || f.FileID == 0 && e.applicants[f.AID], err
	case Letters:
		l, err := decoded[ejm.Letter](record)
		return e.letters[l.LetterID], err
	case Interviews:
		v, err := decoded[ejm.Interview](record)
		return e.applications[v.AppID] || v.AppID == 0 && e.applicants[v.AID], err
	case Ads:
		ad, err := decoded[ejm.Ad](record)
		return e.wanted(ad.PosID()), err
	case Documents:
		v, err := decoded[Version](record)
		return e.wanted(v.PosID), err
	}
	return true, nil
}

func (e excerpt) note(a ejm.Application) {
	e.applicants[a.AID], e.applications[a.AppID] = true, true
	for _, f := range a.Files {
		e.files[f.FileID] = f.FileID != 0
	}
	for _, r := range a.Recommendations {
		e.letters[r.LetterID] = r.LetterID != 0
	}
}

func decoded[T any](record json.RawMessage) (value T, err error) {
	err = json.Unmarshal(record, &value)
	return value, err
}
