package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
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

// Archive is what an end-of-season archive is to hold: a payload laid out as the season folder is, and what its bag says of
// it. Close it when it is written.
type Archive struct {
	Payload fs.FS
	Info    archive.Info

	season   *Season
	root     *os.Root
	tree     *tree
	postings []ejm.ID
	close    []func() error
}

// NewArchive gathers what an archive of some postings holds: their records in every snapshot and their documents, as they
// lie in the mirror but nothing of other postings, the folders of their exports, and the season's settings. With whole it is
// the mirror as it is. Every document is read and held against its record first; what is damaged, was lost or never came is
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
	counts, err := a.addMirror(ctx, whole, sink)
	if err != nil {
		return err
	}
	for _, posid := range a.postings {
		if err := a.addExports(posid); err != nil {
			return err
		}
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

// storedDocument names a document of the mirror.
type storedDocument struct {
	kind   ejm.Kind
	blobid ejm.ID
}

// archiveCounts are what bag-info.txt says of the payload.
type archiveCounts struct {
	snapshots    []*mirror.Snapshot
	applications int
	documents    int
}

func (a *Archive) addMirror(ctx context.Context, whole bool, sink ledger.Sink) (counts archiveCounts, err error) {
	wanted := map[ejm.ID]bool{}
	for _, posid := range a.postings {
		wanted[posid] = true
		held, err := newest(a.season.Mirror, posid)
		if err != nil {
			return counts, err
		}
		counts.applications += held.Postings[posid].Applications
	}
	all, err := a.season.Mirror.Snapshots()
	if err != nil {
		return counts, err
	}
	for _, s := range all {
		if whole || slices.ContainsFunc(a.postings, func(id ejm.ID) bool { _, told := s.Postings[id]; return told }) {
			counts.snapshots = append(counts.snapshots, s)
		}
	}
	if err := a.addSnapshots(counts.snapshots, wanted, whole); err != nil {
		return counts, err
	}
	documents, err := a.register(counts.snapshots, wanted, whole)
	if err != nil {
		return counts, err
	}
	counts.documents, err = a.addDocuments(ctx, documents, sink)
	return counts, err
}

// addSnapshots takes snapshots as they are for a whole season, else an excerpt of each.
func (a *Archive) addSnapshots(snapshots []*mirror.Snapshot, wanted map[ejm.ID]bool, whole bool) error {
	if whole {
		for _, s := range snapshots {
			if err := a.tree.addFolder(a.season.Mirror.FS(), "snapshots/"+s.ID, "mirror/snapshots/"+s.ID, nil); err != nil {
				return err
			}
		}
		if _, err := fs.Stat(a.season.Mirror.FS(), "log.jsonl"); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return a.tree.add(a.season.Mirror.FS(), "log.jsonl", "mirror/log.jsonl")
	}
	work, remove, err := a.season.Mirror.Workspace()
	if err != nil {
		return err
	}
	a.close = append(a.close, remove)
	excerpt, err := mirror.Create(path.Join(work.Name(), "excerpt"))
	if err != nil {
		return err
	}
	a.close = append(a.close, excerpt.Close)
	for _, s := range snapshots {
		if err := excerpt.AddExcerpt(s, wanted); err != nil {
			return err
		}
	}
	return a.tree.addFolder(excerpt.FS(), "snapshots", "mirror/snapshots", nil)
}

// register gives the documents that any snapshot says are held, and notes those that should be and are not.
func (a *Archive) register(snapshots []*mirror.Snapshot, wanted map[ejm.ID]bool, whole bool) (map[storedDocument]mirror.Version, error) {
	held := map[storedDocument]mirror.Version{}
	for _, s := range snapshots {
		for v, err := range mirror.Records[mirror.Version](s, mirror.Documents) {
			if err != nil {
				return nil, err
			}
			if (whole || wanted[v.PosID]) && v.State == mirror.Held && v.BlobID > 0 {
				held[storedDocument{v.Kind, v.BlobID}] = v
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

// addDocuments proves each document and takes those that are sound.
func (a *Archive) addDocuments(ctx context.Context, held map[storedDocument]mirror.Version, sink ledger.Sink) (n int, err error) {
	order := slices.SortedFunc(maps.Keys(held), func(x, y storedDocument) int {
		if x.kind != y.kind {
			return strings.Compare(string(x.kind), string(y.kind))
		}
		return int(x.blobid - y.blobid)
	})
	item := func(d storedDocument) string { return fmt.Sprintf("%s %s", d.kind, d.blobid) }
	for _, d := range order {
		sink(ledger.Entry{Stage: ledger.Verify, Item: item(d), Outcome: ledger.Planned})
	}
	m := a.season.Mirror
	for _, d := range order {
		size, faults := m.VerifyDocument(ctx, d.kind, d.blobid)
		if ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		sink(ledger.Entry{Stage: ledger.Verify, Item: item(d), Outcome: ledger.Done, Bytes: size})
		if len(faults) > 0 {
			a.missing(held[d], "the mirror's copy is damaged: "+firstLine(faults[0].Path+": "+faults[0].Detail, ""))
			continue
		}
		blob, err := m.Document(d.kind, d.blobid)
		if err != nil {
			return n, err
		}
		if blob.Suspect() {
			a.missing(held[d], "it is there, but its SHA-1 is not the one EJM gives for it")
		}
		for _, name := range mirror.DocumentFiles(d.kind, d.blobid) {
			if err := a.tree.add(m.FS(), name, "mirror/"+name); err != nil {
				return n, err
			}
		}
		n++
	}
	return n, nil
}

// addExports takes the folders of a posting's exports, of every edition: all that lies in them, also what people put there,
// but the originals, whose bytes the mirror's part of the archive holds.
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
		if err != nil {
			return err
		}
		if !info.IsDir() {
			continue
		}
		originals, err := a.originals(dir)
		if err != nil {
			return err
		}
		err = a.tree.addFolder(a.root.FS(), dir, dir, func(name string) (bool, error) {
			if strings.HasPrefix(path.Base(name), temporaryMark) {
				return true, nil
			}
			return a.isOriginal(name, originals[strings.TrimPrefix(name, dir+"/")])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// originals gives the documents that an export's report names, by their path.
func (a *Archive) originals(dir string) (map[string]ReportDocument, error) {
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
	documents := map[string]ReportDocument{}
	for _, application := range report.Applications {
		for _, d := range application.Documents {
			if d.Path != "" {
				documents[d.Path] = d
			}
		}
	}
	return documents, nil
}

// isOriginal reports whether a file is, byte for byte, a document that the archive holds already.
func (a *Archive) isOriginal(name string, d ReportDocument) (bool, error) {
	if d.SHA256 == "" || !a.tree.has("mirror/"+mirror.DocumentFiles(d.Kind, d.BlobID)[0]) {
		return false, nil
	}
	sum, _, err := fileDigest(a.root.FS(), name)
	return sum == d.SHA256, err
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
