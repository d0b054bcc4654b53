package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// addExports takes the folders of a posting's exports, of every edition: all that lies in them, also what people put there.
// An original that is byte for byte the mirror's document is not taken twice: the document goes there.
func (a *Archive) addExports(posid ejm.ID) error {
	folders, err := fs.Glob(a.root.FS(), "postings/"+posid.String()+"*")
	if err != nil {
		return err
	}
	for _, dir := range folders {
		if !isOf(path.Base(dir), posid) {
			continue // another posting, whose number begins alike
		}
		info, err := a.root.Stat(dir)
		if err == nil && info.IsDir() {
			err = a.addExport(dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) addExport(dir string) error {
	originals, err := a.originals(dir)
	if err != nil {
		return err
	}
	err = a.tree.addFolder(a.root.FS(), dir, dir, func(name string) (bool, error) {
		if strings.HasPrefix(path.Base(name), temporaryMark) {
			return true, nil
		}
		original, isNamed := originals[name]
		if !isNamed {
			return false, nil
		}
		sum, _, err := fileDigest(a.root.FS(), name)
		if err == nil && sum != original.blob.SHA256 {
			delete(originals, name) // somebody wrote into it: it is taken as it is
		}
		return sum == original.blob.SHA256, err
	})
	if err != nil {
		return err
	}
	for name, original := range originals {
		if as := agreedName(name); as == name && (original.path == "" || name < original.path) {
			original.path = name
		}
	}
	return nil
}

// originals gives the proven documents that an export's report names, by their path from the season's folder.
func (a *Archive) originals(dir string) (map[string]*archivedDocument, error) {
	data, err := a.root.ReadFile(dir + "/" + reportName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var report Report
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", dir, reportName, err)
	}
	originals := map[string]*archivedDocument{}
	for _, application := range report.Applications {
		for _, d := range application.Documents {
			if found := a.proven[mirror.Reference{Kind: d.Kind, BlobID: d.BlobID}]; d.Path != "" && found != nil && found.blob.SHA256 == d.SHA256 {
				originals[dir+"/"+d.Path] = found
			}
		}
	}
	return originals, nil
}
