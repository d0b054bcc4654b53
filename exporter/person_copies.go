package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/workbook"
)

// Appearance is a place, besides the mirror, where something of a person lies.
type Appearance struct {
	What  string `json:"what"` // "packet", "originals", "site", "workbook", "zip", "database", "archive", "copy of an archive"
	Place string `json:"place"`
}

// PersonOpinion is what a reviewer typed about a person into a workbook of the season.
type PersonOpinion struct {
	Workbook string `json:"workbook"`
	Reviewer string `json:"reviewer"`
	Rating   string `json:"rating"`
	Notes    string `json:"notes"`
}

// lookForCopies finds where else in the season the person appears, and what reviewers typed about them.
func (p *Person) lookForCopies(season *Season) (err error) {
	root, err := os.OpenRoot(season.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	entries, err := fs.ReadDir(root.FS(), postingsFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		name := path.Join(postingsFolder, entry.Name())
		switch {
		case isDatabase(entry.Name()):
			p.Appears = append(p.Appears, Appearance{"database", name})
		case !slices.ContainsFunc(p.Applications, func(a PersonApplication) bool { return isOf(entry.Name(), a.PosID) }):
		case entry.IsDir():
			if err := p.lookIntoExport(root, name); err != nil {
				return err
			}
		case strings.HasSuffix(name, ".zip"):
			p.Appears = append(p.Appears, Appearance{"zip", name})
		}
	}
	return p.lookIntoArchives(season, root)
}

// lookIntoExport finds the person in one export.
func (p *Person) lookIntoExport(root *os.Root, dir string) error {
	data, err := root.ReadFile(path.Join(dir, reportName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var report Report
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil {
		return fmt.Errorf("%s/%s: %w", dir, reportName, err)
	}
	for _, a := range report.Applications {
		if a.AID != p.AID {
			continue
		}
		if a.Packet != "" {
			p.Appears = append(p.Appears, Appearance{"packet", path.Join(dir, a.Packet)})
		}
		for _, d := range a.Documents {
			if d.Path != "" {
				p.Appears = append(p.Appears, Appearance{"originals", path.Join(dir, path.Dir(d.Path))})
				break
			}
		}
		p.Appears = append(p.Appears, Appearance{"site", path.Join(dir, "index.html")})
		if err := p.lookIntoWorkbook(root, path.Join(dir, workbookName), a.AppID); err != nil {
			return err
		}
	}
	return nil
}

// lookIntoWorkbook takes what reviewers typed about one application. A workbook that cannot be read is named all the same.
func (p *Person) lookIntoWorkbook(root *os.Root, name string, appid ejm.ID) error {
	file, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	p.Appears = append(p.Appears, Appearance{"workbook", name})
	typed, err := workbook.ReadTyped(file)
	if err != nil {
		p.Opinions = append(p.Opinions, PersonOpinion{Workbook: name, Notes: "This workbook cannot be read; look into it: " + err.Error()})
		return nil
	}
	for _, o := range typed.Opinions("") {
		if o.AppID == appid && (o.Rating != "" || o.Notes != "") {
			p.Opinions = append(p.Opinions, PersonOpinion{name, o.Reviewer, o.Rating, o.Notes})
		}
	}
	return nil
}

// lookIntoArchives names the archives that hold one of the person's postings, and the copies that the register knows of.
func (p *Person) lookIntoArchives(season *Season, root *os.Root) error {
	register, err := Register(season.Dir)
	if err != nil {
		return err
	}
	holds := registered(register)
	local, err := fs.Glob(root.FS(), archivesFolder+"/*")
	if err != nil {
		return err
	}
	for _, name := range local {
		if !isArchive(name) {
			continue
		}
		postings, err := archivedPostings(root, name, holds[path.Base(name)])
		if err != nil {
			return err
		}
		holds[path.Base(name)] = postings
		switch {
		case len(postings) == 0:
			p.Appears = append(p.Appears, Appearance{"archive", name + " (perhaps: it does not tell what is in it)"})
		case p.appliedTo(postings):
			p.Appears = append(p.Appears, Appearance{"archive", name})
		}
	}
	for _, line := range register {
		copied := Appearance{"copy of an archive", line.Archive + " in " + line.Place}
		if line.Act == archive.Copied && p.appliedTo(holds[line.Archive]) && !slices.Contains(p.Appears, copied) {
			p.Appears = append(p.Appears, copied)
		}
	}
	return nil
}

func (p *Person) appliedTo(postings []string) bool {
	return slices.ContainsFunc(p.Applications, func(a PersonApplication) bool { return slices.Contains(postings, a.PosID.String()) })
}
