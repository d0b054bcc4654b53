package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// Archive is what an end-of-season archive is to hold: a payload that people find their way in (docs/archive.md), and what
// its bag says of it. Close it when it is written.
type Archive struct {
	Payload fs.FS
	Info    archive.Info

	season    *Season
	root      *os.Root
	work      *os.Root // for what is made for the archive
	tree      *tree
	postings  []ejm.ID
	documents []*archivedDocument // in the order of the index
	proven    map[mirror.Reference]*archivedDocument
	close     []func() error
}

// The names within an archive's payload of what is in no season's folder under the same name.
const (
	recordsFolder   = "records"         // a folder a snapshot, its lists as text
	documentsFolder = "documents"       // those documents that no export shows
	indexFile       = "documents.jsonl" // every document: where it lies, what it is, whose it is
)

// NewArchive gathers what an archive of some postings holds: their records in every snapshot and their documents, but nothing
// of other postings, the folders of their exports, and the season's settings. With whole it is all the mirror has. Every document is read and held against its record first; what is damaged, was lost or never came is
// in Info.Missing, and a damaged document is not in the payload. The caller holds the season's lock.
func NewArchive(ctx context.Context, season *Season, postings []ejm.ID, whole bool, tool string, sink ledger.Sink) (*Archive, error) {
	root, err := os.OpenRoot(season.Dir)
	if err != nil {
		return nil, err
	}
	a := &Archive{season: season, root: root, tree: newTree(), postings: postings, close: []func() error{root.Close}}
	a.Payload, a.Info.Tool = a.tree, tool
	if err := a.gather(ctx, whole, sink); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *Archive) gather(ctx context.Context, whole bool, sink ledger.Sink) error {
	work, remove, err := a.season.Mirror.Workspace()
	if err != nil {
		return err
	}
	a.work, a.close = work, append(a.close, remove)
	counts, documents, err := a.addRecords(whole)
	if err != nil {
		return err
	}
	if a.documents, err = a.prove(ctx, documents, sink); err != nil {
		return err
	}
	counts.documents = len(a.documents)
	a.proven = map[mirror.Reference]*archivedDocument{}
	for _, d := range a.documents {
		a.proven[d.Reference] = d
	}
	for _, posid := range a.postings {
		if err := a.addExports(posid); err != nil {
			return err
		}
	}
	if err := a.addDocuments(counts.snapshots); err != nil {
		return err
	}
	if err := a.addSettings(); err != nil {
		return err
	}
	return a.describe(counts, whole)
}

// Close lets go of what the payload reads from.
func (a *Archive) Close() error {
	var errs []error
	for _, closeOne := range slices.Backward(a.close) {
		errs = append(errs, closeOne())
	}
	a.close = nil
	return errors.Join(errs...)
}

// Complete reports whether everything that should be in the archive is.
func (a *Archive) Complete() bool { return len(a.Info.Missing) == 0 }

// archiveCounts are what bag-info.txt says of the payload.
type archiveCounts struct {
	snapshots    []*mirror.Snapshot
	applications int
	documents    int
}

// addRecords takes the records, and gives the documents that they say are held.
func (a *Archive) addRecords(whole bool) (counts archiveCounts, held map[mirror.Reference][]mirror.Version, err error) {
	wanted := map[ejm.ID]bool{}
	for _, posid := range a.postings {
		wanted[posid] = true
		newest, err := newest(a.season.Mirror, posid)
		if err != nil {
			return counts, nil, err
		}
		counts.applications += newest.Postings[posid].Applications
	}
	all, err := a.season.Mirror.Snapshots()
	if err != nil {
		return counts, nil, err
	}
	for _, s := range all {
		if whole || slices.ContainsFunc(a.postings, func(id ejm.ID) bool { _, told := s.Postings[id]; return told }) {
			counts.snapshots = append(counts.snapshots, s)
		}
	}
	if err := a.addSnapshots(counts.snapshots, wanted, whole); err != nil {
		return counts, nil, err
	}
	held, err = a.register(counts.snapshots, wanted, whole)
	return counts, held, err
}

// addSnapshots takes the records of snapshots as text: all of them for a whole season, else an excerpt of each.
func (a *Archive) addSnapshots(snapshots []*mirror.Snapshot, wanted map[ejm.ID]bool, whole bool) error {
	from := a.season.Mirror
	if !whole {
		excerpt, err := mirror.Create(path.Join(a.work.Name(), "excerpt"))
		if err != nil {
			return err
		}
		a.close = append(a.close, excerpt.Close)
		for _, s := range snapshots {
			if err := excerpt.AddExcerpt(s, wanted); err != nil {
				return err
			}
		}
		from = excerpt
	}
	for _, s := range snapshots {
		of, err := from.Snapshot(s.ID)
		if err != nil {
			return err
		}
		for _, name := range of.PlainFiles() {
			if err := a.tree.add(from.Plain(), name, recordsFolder+"/"+name); err != nil {
				return err
			}
		}
	}
	if !whole {
		return nil
	}
	for _, name := range mirror.NoteFiles() {
		if _, err := fs.Stat(from.FS(), name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := a.tree.add(from.FS(), name, recordsFolder+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// register gives the documents that any snapshot says are held, each with whose it is, and notes those that should be and are not.
func (a *Archive) register(snapshots []*mirror.Snapshot, wanted map[ejm.ID]bool, whole bool) (map[mirror.Reference][]mirror.Version, error) {
	held := map[mirror.Reference][]mirror.Version{}
	for _, s := range snapshots {
		for v, err := range mirror.Records[mirror.Version](s, mirror.Documents) {
			if err != nil {
				return nil, err
			}
			if (!whole && !wanted[v.PosID]) || v.State != mirror.Held || v.BlobID <= 0 {
				continue
			}
			d := mirror.Reference{Kind: v.Kind, BlobID: v.BlobID}
			if i := slices.IndexFunc(held[d], func(known mirror.Version) bool { return known.Slot() == v.Slot() }); i >= 0 {
				held[d][i] = v // the newest snapshot's word on it
			} else {
				held[d] = append(held[d], v)
			}
		}
	}
	return held, a.noteFailed()
}

// noteFailed notes what EJM lists and did not give, by the newest word on each posting.
func (a *Archive) noteFailed() error {
	for _, posid := range a.postings {
		s, err := newest(a.season.Mirror, posid)
		if err != nil {
			return err
		}
		for v, err := range mirror.Records[mirror.Version](s, mirror.Documents) {
			if err != nil {
				return err
			}
			if v.PosID == posid && v.Current() && (v.State == mirror.Failed || v.State == mirror.Unfetched) {
				a.missing(v, firstLine(v.Reason, "it was not fetched"))
			}
		}
	}
	return nil
}

func (a *Archive) missing(v mirror.Version, why string) {
	id := v.ID
	if id == 0 {
		id = v.RecID
	}
	a.Info.Missing = append(a.Info.Missing, fmt.Sprintf("posting %s, application %s, %s %s: %s", v.PosID, v.AppID, v.Kind, id, why))
}

// firstLine is the first line of a text, or another where it is empty: bag-info.txt has one line a value.
func firstLine(text, otherwise string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if line == "" {
		return otherwise
	}
	return line
}

func (a *Archive) addSettings() error {
	for _, name := range []string{"ejmx.toml", "editions"} {
		info, err := a.root.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.IsDir() {
			err = a.tree.addFolder(a.root.FS(), name, name, nil)
		} else if err == nil {
			err = a.tree.add(a.root.FS(), name, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// describe fills in what the bag says of itself.
func (a *Archive) describe(counts archiveCounts, whole bool) error {
	last := counts.snapshots[len(counts.snapshots)-1]
	a.Info.Made = last.Taken
	var titles, ids []string
	for _, posid := range a.postings {
		s, err := newest(a.season.Mirror, posid)
		if err != nil {
			return err
		}
		ids, titles = append(ids, posid.String()), append(titles, s.Postings[posid].Title)
		for ad, err := range mirror.Records[ejm.Ad](s, mirror.Ads) {
			if err != nil {
				return err
			}
			if ad.PosID() == posid && a.Info.Organization == "" {
				a.Info.Organization = ad.Name
			}
		}
	}
	a.Info.Identifier, a.Info.Description = strings.Join(ids, ", "), strings.Join(titles, "; ")
	a.Info.Base = "season-" + last.ID
	if !whole {
		a.Info.Base = ids[0] + "-" + last.ID
		if slug := dossier.Slug(titles[0]); slug != "" {
			a.Info.Base = ids[0] + "-" + slug + "-" + last.ID
		}
	}
	for _, s := range counts.snapshots {
		a.Info.Fields = append(a.Info.Fields, archive.Field{Label: "Snapshot", Value: s.Taken.Format(time.RFC3339)})
	}
	a.Info.Fields = append(a.Info.Fields,
		archive.Field{Label: "Applications", Value: fmt.Sprint(counts.applications)},
		archive.Field{Label: "Documents", Value: fmt.Sprint(counts.documents)})
	return nil
}

// Write writes the archive, and gives what was written: the same mirror and exports give the same bytes.
func (a *Archive) Write(ctx context.Context, w io.Writer, sink ledger.Sink) (archive.Summary, error) {
	return archive.Write(ctx, w, a.Payload, a.Info, sink)
}
