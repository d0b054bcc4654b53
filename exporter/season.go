// Package exporter runs the stages of an export in order. It reads what the mirror holds of a posting, passes it through
// the gate of an edition, and has each output of its table make its files in the posting's folder.
//
//	season, err := exporter.OpenSeason(dir)
//	report, err := exporter.Export(ctx, season, posid, options)
//
// The folder is brought up to date in place: each file by one rename, only where its bytes change, report.json last.
// People live in that folder, so what ejmx did not write is left alone and what they annotated is kept.
package exporter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// Season is the folder of one organisation's mirror, exports and settings.
type Season struct {
	Dir    string
	Mirror *mirror.Mirror
}

// CreateSeason opens a season's folder and makes it where there is none.
func CreateSeason(dir string) (*Season, error) {
	return openSeason(dir, mirror.Create)
}

// OpenSeason opens a season's folder that has a mirror already; [mirror.ErrNone] says that it has none.
func OpenSeason(dir string) (*Season, error) {
	return openSeason(dir, mirror.Open)
}

func openSeason(dir string, open func(string) (*mirror.Mirror, error)) (*Season, error) {
	m, err := open(filepath.Join(dir, "mirror"))
	if err != nil {
		return nil, err
	}
	return &Season{Dir: dir, Mirror: m}, nil
}

// Close lets go of the season's mirror.
func (s *Season) Close() error { return s.Mirror.Close() }

// Editions are those of the season's editions folder and the built-in ones.
func (s *Season) Editions() dossier.Editions {
	dir := filepath.Join(s.Dir, "editions")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return dossier.Editions{}
	}
	return dossier.Editions{Season: os.DirFS(dir)}
}

// folderName is the name of a posting's export: 9012-assistant-professor, with the edition unless it is the usual one.
func folderName(posid ejm.ID, title string, edition *dossier.Edition) string {
	name := posid.String()
	if slug := dossier.Slug(title); slug != "" {
		name = fmt.Sprintf("%s-%s", name, slug)
	}
	if edition.Name != dossier.DefaultEdition {
		name += "." + edition.Name
	}
	return name
}

// isOf reports whether something in the postings folder is of a posting's exports, by its name.
func isOf(name string, posid ejm.ID) bool {
	rest, ok := strings.CutPrefix(name, posid.String())
	return ok && (rest == "" || rest[0] == '-' || rest[0] == '.')
}
