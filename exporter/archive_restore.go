package exporter

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// Restored is what [Restore] put back.
type Restored struct {
	mirror.Adopted
	Files  int             `json:"files"` // of exports and settings
	Left   []string        `json:"left"`  // files that the season has with other contents, left as they were
	Report *archive.Report `json:"-"`
}

// ErrNoSeason says that an archive is sound and holds no season.
var ErrNoSeason = errors.New("this is no archive of a season made by ejmx")

// Restore puts an archive of a known size back into a season's folder, made where there is none. The archive is proven
// whole first. What the season has already stays as it is: documents and snapshots that are not there are added, and so
// are the files of exports and settings. Nothing outside the folder is touched. With an error from the archive itself the
// folder is as it was before.
func Restore(ctx context.Context, r io.ReaderAt, size int64, dir string, o archive.Options, now time.Time, sink ledger.Sink) (restored Restored, err error) {
	_, statErr := os.Stat(dir)
	isNew := errors.Is(statErr, fs.ErrNotExist)
	season, err := CreateSeason(dir)
	if err != nil {
		return restored, err
	}
	defer func() {
		err = errors.Join(err, season.Close())
		if err != nil && isNew && restored.Snapshots == 0 {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	unlock, err := season.Mirror.Lock(now)
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	work, remove, err := season.Mirror.Workspace()
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if restored.Report, err = archive.Restore(ctx, r, size, work, o, sink); err != nil {
		return restored, err
	}
	if err := checkSeason(work); err != nil {
		return restored, err
	}
	return restored, restored.merge(season, work)
}

// checkSeason refuses what is not laid out as a season's archive is.
func checkSeason(work *os.Root) error {
	entries, err := fs.ReadDir(work.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case recordsFolder, documentsFolder, indexFile, "postings", "editions", "ejmx.toml":
		default:
			return fmt.Errorf("%w: it holds %s", ErrNoSeason, entry.Name())
		}
	}
	for _, name := range []string{recordsFolder, indexFile} {
		if _, err := work.Stat(name); err != nil {
			return ErrNoSeason
		}
	}
	return nil
}

// rebuild makes a mirror, in the folder mirror, of what was unpacked: of each document the index names, and of the records.
func rebuild(work *os.Root, report *archive.Report) (*mirror.Mirror, error) {
	m, err := mirror.Create(filepath.Join(work.Name(), "mirror"))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(rebuildDocuments(work, report), rebuildRecords(work, m)); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

func rebuildDocuments(work *os.Root, report *archive.Report) error {
	index, err := work.Open(indexFile)
	if err != nil {
		return err
	}
	defer index.Close()
	lines := json.NewDecoder(bufio.NewReader(index))
	for {
		var line IndexLine
		var blob mirror.Blob
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = json.Unmarshal(line.Blob, &blob)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", indexFile, err)
		}
		if blob.Kind != ejm.KindFile && blob.Kind != ejm.KindLetter || blob.BlobID <= 0 {
			return fmt.Errorf("%s: %s is no document", indexFile, line.Path)
		}
		if blob.SHA256 != report.SHA256("data/"+line.Path) {
			return fmt.Errorf("%s: %s is not the document that it is said to be", indexFile, line.Path)
		}
		if err := rebuildDocument(work, line, blob); err != nil {
			return err
		}
	}
}

// rebuildDocument moves a document to where the mirror has it. Only names within the folder can be reached.
func rebuildDocument(work *os.Root, line IndexLine, blob mirror.Blob) error {
	files := mirror.DocumentFiles(blob.Kind, blob.BlobID)
	if err := work.MkdirAll(path.Join("mirror", path.Dir(files[0])), dirMode); err != nil {
		return err
	}
	if err := work.Rename(line.Path, path.Join("mirror", files[0])); err != nil {
		return fmt.Errorf("%s names what is not there: %w", indexFile, err)
	}
	record, err := work.OpenFile(path.Join("mirror", files[1]), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = record.Write(append(line.Blob, '\n'))
	return errors.Join(err, record.Sync(), record.Close())
}

func rebuildRecords(work *os.Root, m *mirror.Mirror) error {
	entries, err := fs.ReadDir(work.FS(), recordsFolder)
	if err != nil {
		return err
	}
	records, err := fs.Sub(work.FS(), recordsFolder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); slices.Contains(mirror.NoteFiles(), name) {
			err = work.Rename(recordsFolder+"/"+name, "mirror/"+name)
		} else {
			err = m.AddPlain(records, entry.Name())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Restored) merge(season *Season, work *os.Root) error {
	inner, err := rebuild(work, r.Report)
	if err != nil {
		return err
	}
	r.Adopted, err = season.Mirror.Adopt(inner)
	if err = errors.Join(err, inner.Close()); err != nil {
		return err
	}
	root, err := os.OpenRoot(season.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(work.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "mirror", name == recordsFolder, name == documentsFolder:
			return fs.SkipDir
		case name == indexFile:
			return nil
		case entry.IsDir():
			return nil
		}
		if err := r.place(root, season.Dir, work, name); err != nil || path.Base(name) != reportName {
			return err
		}
		return r.originals(season.Mirror, root, path.Dir(name))
	})
}

// originals puts back the documents of an export, which the archive holds once, in the mirror's part: what its report names
// and is not there.
func (r *Restored) originals(m *mirror.Mirror, root *os.Root, dir string) error {
	data, err := root.ReadFile(dir + "/" + reportName)
	if err != nil {
		return err
	}
	var report Report
	if err := json.Unmarshal(data, &report); err != nil {
		return fmt.Errorf("%s/%s: %w", dir, reportName, err)
	}
	for _, a := range report.Applications {
		for _, d := range a.Documents {
			if d.Path == "" || !m.Has(d.Kind, d.BlobID) {
				continue
			}
			if err := r.original(m, root, d, dir+"/"+d.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Restored) original(m *mirror.Mirror, root *os.Root, d ReportDocument, name string) (err error) {
	if err := root.MkdirAll(path.Dir(name), dirMode); err != nil {
		return err
	}
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	from, err := m.OpenDocument(d.Kind, d.BlobID)
	if err != nil {
		return err
	}
	defer from.Close()
	r.Files++
	_, err = io.Copy(to, from)
	return err
}

// place moves one file to its place unless something lies there.
func (r *Restored) place(root *os.Root, dir string, work *os.Root, name string) error {
	there, _, err := fileDigest(root.FS(), name)
	if err == nil {
		ours, _, err := fileDigest(work.FS(), name)
		if err == nil && ours != there {
			r.Left = append(r.Left, name)
		}
		return err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := root.MkdirAll(path.Dir(name), dirMode); err != nil {
		return err
	}
	from, err := filepath.Rel(dir, filepath.Join(work.Name(), filepath.FromSlash(name)))
	if err != nil || strings.HasPrefix(from, "..") {
		return errors.Join(fmt.Errorf("restore %s: not within the season", name), err)
	}
	r.Files++
	return root.Rename(from, name)
}
