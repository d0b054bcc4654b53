package exporter

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/archive"
)

// The season's folder of archives and the register of what was done with them.
const (
	archivesFolder = "archives"
	registerFile   = "register.jsonl"
)

// Register gives the lines of a season's register and proves its chain; none where nothing was archived yet. The lines
// before a break come with the error.
func Register(seasonDir string) ([]archive.Line, error) {
	file, err := os.Open(filepath.Join(seasonDir, archivesFolder, registerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return []archive.Line{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return archive.ReadRegister(file)
}

// Note adds a line to a season's register. The season's lock must be held.
func Note(seasonDir string, line archive.Line) error {
	root, err := openArchives(seasonDir)
	if err != nil {
		return err
	}
	return errors.Join(archive.Append(root, registerFile, line), root.Close())
}

// openArchives opens a season's folder of archives, made if need be.
func openArchives(seasonDir string) (*os.Root, error) {
	dir := filepath.Join(seasonDir, archivesFolder)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}
