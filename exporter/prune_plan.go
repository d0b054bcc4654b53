package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// disposalFile is, in the archives folder, the plan of a disposal that has begun and not ended.
const disposalFile = "disposal-begun.json"

// disposal is a disposal that has begun: what its certificate will say, and what is to go. It is written before anything
// is deleted, so that whoever finishes it after a crash counts everything. It names no applicant.
type disposal struct {
	Certificate  archive.Certificate `json:"certificate"`
	Postings     []ejm.ID            `json:"postings"`
	Applications []ejm.ID            `json:"applications"` // to these postings, sorted
	Documents    []plannedDocument   `json:"documents"`
	Derived      []string            `json:"derived"` // in the mirror's derived folder
	Paths        []string            `json:"paths"`   // in the season's folder; folders with all that is in them
	Archives     []plannedArchive    `json:"archives"`

	stays map[string]bool // checksums of documents that stay
	files int             // exports, and what else was made of the documents
}

// plannedDocument is a document that is to go.
type plannedDocument struct {
	mirror.Reference
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// readDisposal gives the disposal that has begun and not ended, nil where there is none.
func readDisposal(season *Season) (*disposal, error) {
	name := filepath.Join(season.Dir, archivesFolder, disposalFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var d disposal
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	if err != nil {
		return nil, fmt.Errorf("the plan of a disposal that has begun, %s: %w", name, err)
	}
	return &d, nil
}

// write makes the plan durable.
func (d *disposal) write(dir *os.Root) error {
	data, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	return writeWhole(dir, disposalFile, append(data, '\n'))
}

// writeWhole writes a small file that appears under its name only when it is whole and on disk.
func writeWhole(dir *os.Root, name string, data []byte) error {
	temporary := temporaryMark + name
	file, err := dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return dir.Rename(temporary, name)
}
