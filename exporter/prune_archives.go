package exporter

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/lazy"
)

// plannedArchive is a local archive that is to go.
type plannedArchive struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// lookAtArchives finds the archives that hold a due posting. A local one goes when all that is in it is due or was disposed of
// before; an archive cannot be cut. All others, and every copy that the register knows, are named as remaining.
func (s *Survey) lookAtArchives(season *Season, root *os.Root) error {
	register, err := Register(season.Dir)
	if err != nil {
		return err
	}
	holds := registered(register)
	entries, err := fs.ReadDir(root.FS(), archivesFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	here := map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		if !isArchive(name) {
			continue
		}
		here[name] = true
		if err := s.addArchive(root, name, holds); err != nil {
			return err
		}
	}
	s.addCopies(register, holds, here)
	return nil
}

// isArchive reports whether a file in the archives folder is an archive, by its name.
func isArchive(name string) bool {
	return strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".age")
}

// registered gives what the register says of which postings an archive holds, by the archive's name.
func registered(register []archive.Line) map[string][]string {
	holds := map[string][]string{}
	for _, line := range register {
		if len(line.Postings) > 0 && line.Act != archive.Disposed {
			holds[line.Archive] = line.Postings
		}
	}
	return holds
}

// ofOnePosting is the name of an archive of a single posting.
var ofOnePosting = lazy.Pattern(`^(\d+)-.*\d{8}T\d{6}Z`)

// addArchive settles what becomes of one local archive.
func (s *Survey) addArchive(root *os.Root, name string, holds map[string][]string) error {
	full := path.Join(archivesFolder, name)
	postings, err := archivedPostings(root, full, holds[name])
	if err != nil {
		return err
	}
	holds[name] = postings
	if len(postings) > 0 && !s.holdsDue(postings) {
		return nil
	}
	sum, size, err := fileDigest(root.FS(), full)
	if err != nil {
		return err
	}
	if why := s.whyStays(postings); why != "" {
		s.Remaining = append(s.Remaining, archive.Remaining{What: "archive", Name: name, SHA256: sum, Place: archivesFolder, Why: why})
		return nil
	}
	s.Archives = append(s.Archives, full)
	s.plan.Archives = append(s.plan.Archives, plannedArchive{name, size, sum})
	s.Bytes += size
	return nil
}

// archivedPostings gives the postings in a local archive: what it says itself, or where it is encrypted what the register or
// its name says. None means that nobody knows.
func archivedPostings(root *os.Root, name string, known []string) ([]string, error) {
	if strings.HasSuffix(name, ".zip") {
		file, err := root.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		if postings, err := archive.Postings(file, info.Size()); err == nil {
			return postings, nil
		}
	}
	if len(known) > 0 {
		return known, nil
	}
	if m := ofOnePosting().FindStringSubmatch(path.Base(name)); m != nil {
		return m[1:2], nil
	}
	return nil, nil
}

func (s *Survey) holdsDue(postings []string) bool {
	return slices.ContainsFunc(s.Due, func(id ejm.ID) bool { return slices.Contains(postings, id.String()) })
}

// whyStays says why an archive of some postings is not deleted, "" when it is.
func (s *Survey) whyStays(postings []string) string {
	if len(postings) == 0 {
		return "it may hold them: it is encrypted or damaged, and the register does not say what is in it"
	}
	var reasons []string
	for _, id := range postings {
		isSame := func(posid ejm.ID) bool { return posid.String() == id }
		if slices.ContainsFunc(s.Due, isSame) || slices.ContainsFunc(s.Disposed, isSame) {
			continue
		}
		at := slices.IndexFunc(s.Postings, func(r Retained) bool { return isSame(r.PosID) })
		switch {
		case at < 0:
			reasons = append(reasons, fmt.Sprintf("it also holds posting %s, of which the season knows nothing", id))
		case s.Postings[at].Reason != "":
			reasons = append(reasons, fmt.Sprintf("it also holds posting %s (%s)", id, s.Postings[at].Reason))
		default:
			reasons = append(reasons, fmt.Sprintf("it also holds posting %s, due on %s", id, s.Postings[at].DueOn))
		}
	}
	return strings.Join(reasons, "; ")
}

// addCopies names the copies that the register knows, and archives that are no longer where they were made.
func (s *Survey) addCopies(register []archive.Line, holds map[string][]string, here map[string]bool) {
	gone := map[string]bool{} // by an earlier disposal
	for _, line := range register {
		if line.Act == archive.Disposed {
			for _, name := range disposedArchives(line) {
				gone[name] = true
			}
		}
	}
	type place struct{ name, place string }
	met := map[place]bool{}
	for _, line := range register {
		postings := holds[line.Archive]
		if m := ofOnePosting().FindStringSubmatch(line.Archive); len(postings) == 0 && m != nil {
			postings = m[1:2]
		}
		if !s.holdsDue(postings) {
			continue
		}
		copied := archive.Remaining{What: "archive", Name: line.Archive, SHA256: line.SHA256, Place: line.Place}
		day := line.Time.Format(time.DateOnly)
		switch {
		case line.Act == archive.Copied:
			copied.Why = "copied there on " + day
		case line.Act == archive.Archived && !here[line.Archive] && !gone[line.Archive]:
			copied.Place = cmp.Or(line.Place, "unknown")
			copied.Why = "made on " + day + " and no longer in the archives folder: it was moved or deleted by hand"
		default:
			continue
		}
		if at := (place{copied.Name, copied.Place}); !met[at] {
			met[at] = true
			s.Remaining = append(s.Remaining, copied)
		}
	}
}

// lookAtTheRest finds files of people in the season's folder: what is in them nobody but they can know.
func (s *Survey) lookAtTheRest(root *os.Root) error {
	ours := []string{"mirror", archivesFolder, "editions", "templates", "ejmx.toml", personsFolder}
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(ours, name), slices.Contains(s.plan.Paths, name), name != postingsFolder && path.Dir(name) == postingsFolder && s.isExport(entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && !slices.Contains(leftovers, entry.Name()):
			s.NotExamined = append(s.NotExamined, filepath.ToSlash(name))
		}
		return nil
	})
}

// isExport reports whether something in the postings folder is an export of a posting that the season holds.
func (s *Survey) isExport(name string) bool {
	return slices.ContainsFunc(s.Postings, func(r Retained) bool { return isOf(name, r.PosID) })
}
