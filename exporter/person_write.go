package exporter

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// confidentialFolder holds, within a person's folder, what others said of them in confidence: letters and what reviewers
// typed. Everything about it is in it, so that it can be left out of what the person is given.
const confidentialFolder = "confidential"

// ForeignFolderError says that a folder is there already and is not a person's of ours.
type ForeignFolderError struct{ Folder string }

func (e *ForeignFolderError) Error() string {
	return fmt.Sprintf("%s is there already, and is no folder that ejmx person made of this person", e.Folder)
}

// Hint says what to do about it.
func (e *ForeignFolderError) Hint() string {
	return "name a folder that is not there yet with --out; it is made"
}

// PersonFolder is where a person's folder lies in a season.
func (s *Season) PersonFolder(aid ejm.ID) string {
	return filepath.Join(s.Dir, personsFolder, aid.String())
}

// WritePerson writes the folder dir of a person: a page of contents, the same for programs, records, documents, and apart from
// them what is confidential. It appears whole or not at all; an earlier one of the same person is replaced, anything else that
// lies there is a [ForeignFolderError]. Documents that could not be had are marked in p.
func WritePerson(season *Season, p *Person, dir, tool string) (err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	earlier, err := isEarlier(dir, p.AID)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), dirMode); err != nil {
		return err
	}
	parent, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parent.Close()) }()
	temporary := temporaryMark + rand.Text()
	defer func() { err = errors.Join(err, parent.RemoveAll(temporary)) }()
	if err := parent.Mkdir(temporary, dirMode); err != nil {
		return err
	}
	root, err := parent.OpenRoot(temporary)
	if err != nil {
		return err
	}
	w := personWriter{root, season.Mirror, p, tool}
	if err := errors.Join(w.all(), root.Close()); err != nil {
		return err
	}
	if earlier {
		aside := temporaryMark + rand.Text()
		if err := parent.Rename(filepath.Base(dir), aside); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, parent.RemoveAll(aside)) }()
	}
	return parent.Rename(temporary, filepath.Base(dir))
}

// isEarlier reports whether a folder is an earlier one of the same person.
func isEarlier(dir string, aid ejm.ID) (bool, error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var contents personContents
	data, err := os.ReadFile(filepath.Join(dir, contentsName))
	if err != nil || json.Unmarshal(data, &contents) != nil || contents.Schema == 0 || contents.AID != aid {
		return false, &ForeignFolderError{dir}
	}
	return true, nil
}

// personWriter writes one person's folder.
type personWriter struct {
	root   *os.Root
	mirror *mirror.Mirror
	*Person
	tool string
}

// personContents is contents.json.
type personContents struct {
	Schema       int                 `json:"schema"` // 1
	Tool         string              `json:"tool"`
	AID          ejm.ID              `json:"aid"`
	Name         string              `json:"name"`
	Emails       []string            `json:"emails"`
	From         string              `json:"from"` // first and last snapshot that tell of the person
	To           string              `json:"to"`
	Records      map[string]int      `json:"records"` // by file, how many
	Applications []PersonApplication `json:"applications"`
	Documents    []PersonDocument    `json:"documents"`
	Appears      []Appearance        `json:"appears"`
	Confidential int                 `json:"confidential"` // letters and opinions, in the folder of that name
}

func (w personWriter) all() error {
	for i := range w.Person.Documents {
		if err := w.document(&w.Person.Documents[i]); err != nil {
			return err
		}
	}
	for i := range w.Letters {
		if err := w.document(&w.Letters[i]); err != nil {
			return err
		}
	}
	records := map[string]int{}
	for _, method := range slices.Sorted(maps.Keys(w.Records)) {
		name := recordsFile(method)
		if name != confidentialRecords {
			records[name] = len(w.Records[method])
		}
		if err := w.json(name, w.Records[method]); err != nil {
			return err
		}
	}
	contents := personContents{
		Schema: 1, Tool: w.tool, AID: w.AID, Name: w.Name, Emails: w.Emails, From: w.From, To: w.To, Records: records,
		Applications: w.Applications, Documents: w.Person.Documents, Appears: w.Appears, Confidential: len(w.Letters) + len(w.Opinions),
	}
	if err := w.json(contentsName, contents); err != nil {
		return err
	}
	if err := w.page("index.html", "contents", records); err != nil || contents.Confidential == 0 {
		return err
	}
	if err := w.json(path.Join(confidentialFolder, contentsName), map[string]any{"letters": w.Letters, "opinions": w.Opinions}); err != nil {
		return err
	}
	return w.page(path.Join(confidentialFolder, "index.html"), "confidential", nil)
}

// confidentialRecords are EJM's records of letters. The register, which tells when letters came, names no writer.
const confidentialRecords = confidentialFolder + "/records.json"

func recordsFile(method mirror.Method) string {
	switch method {
	case mirror.Letters:
		return confidentialRecords
	case mirror.Documents:
		return "records/register.json"
	}
	return "records/" + string(method) + ".json"
}

func (w personWriter) json(name string, value any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return w.put(name, func(out io.Writer) error { _, err := out.Write(text.Bytes()); return err })
}

func (w personWriter) put(name string, write func(io.Writer) error) error {
	if err := w.root.MkdirAll(path.Dir(name), dirMode); err != nil {
		return err
	}
	file, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// document copies a document's bytes. One whose bytes are not those that came is left out and marked.
func (w personWriter) document(d *PersonDocument) error {
	if d.Path == "" {
		return nil
	}
	sum := sha256.New()
	err := w.put(d.Path, func(out io.Writer) error {
		content, err := w.mirror.OpenDocument(d.Kind, d.BlobID)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.MultiWriter(out, sum), content)
		return errors.Join(err, content.Close())
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Problem = "the mirror has lost its bytes; run ejmx fetch to get them again"
	case err != nil:
		return err
	case hex.EncodeToString(sum.Sum(nil)) != d.SHA256:
		d.Problem = errDamaged.Error()
	default:
		return nil
	}
	err = w.root.Remove(d.Path)
	d.Path = ""
	return err
}
