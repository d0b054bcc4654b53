package exporter

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/sqlite"
)

// Database brings the database of postings up to date, from the mirror alone, and gives its path: season.sqlite beside the
// postings' exports, season.EDITION.sqlite for another edition than the usual one. It holds exactly the postings given, each
// as in the newest snapshot that has all of it; one that was never fetched is a [NotFetchedError]. A database whose bytes
// would be the same stays as it is. Of the options it goes by Edition, Documents (whether it tells where originals lie), Only,
// Out, Tool, Now and Sink.
//
// With KeepOthers it brings an earlier database up to date, with the postings it holds as far as the mirror has them still,
// so that it shows no more than the edition does by now; where none was made, the path is "".
func Database(ctx context.Context, season *Season, posids []ejm.ID, o Options) (path string, err error) {
	d := &database{Options: o, season: season, name: databaseName(o)}
	d.parent = cmp.Or(o.Out, filepath.Join(season.Dir, "postings"))
	if d.derived, err = season.Mirror.Derived("exports"); err != nil {
		return "", err
	}
	defer d.derived.Close()
	d.past = recall(d.derived, d.memoryName(), d.parent)
	if o.KeepOthers {
		d.Documents = d.past.Documents
		if posids, err = d.still(d.past.Postings); err != nil || len(posids) == 0 {
			return "", err
		}
	}
	if err := d.choose(posids); err != nil {
		return "", err
	}
	return d.write(ctx)
}

func (d *database) memoryName() string {
	return (&export{season: d.season, parent: d.parent, name: d.name}).memoryName()
}

// still gives those of the postings that the mirror has.
func (d *database) still(posids []ejm.ID) ([]ejm.ID, error) {
	var held []ejm.ID
	for _, posid := range posids {
		_, err := newest(d.season.Mirror, posid)
		var notFetched *NotFetchedError
		switch {
		case err == nil:
			held = append(held, posid)
		case !errors.As(err, &notFetched):
			return nil, err
		}
	}
	return held, nil
}

// databaseName is the file's name, with edition and selection as folders of exports have them.
func databaseName(o Options) string {
	name := "season"
	if o.Edition.Name != dossier.DefaultEdition {
		name += "." + o.Edition.Name
	}
	if o.Only != nil {
		name += ".selection"
	}
	return name + ".sqlite"
}

// database is one database at work.
type database struct {
	Options
	season   *Season
	name     string // "season.sqlite"
	parent   string // the folder it lies in
	derived  *os.Root
	past     memory          // of the database that lies there
	postings []chosenPosting // newest snapshot first
}

// chosenPosting is a posting with the snapshot it is shown from.
type chosenPosting struct {
	posid    ejm.ID
	snapshot *mirror.Snapshot
}

// choose finds the snapshot of each posting, and puts the newest first: what it says of an applicant stands.
func (d *database) choose(posids []ejm.ID) error {
	for _, posid := range slices.Compact(slices.Sorted(slices.Values(posids))) {
		snapshot, err := newest(d.season.Mirror, posid)
		if err != nil {
			return err
		}
		d.postings = append(d.postings, chosenPosting{posid, snapshot})
	}
	slices.SortStableFunc(d.postings, func(a, b chosenPosting) int { return strings.Compare(b.snapshot.ID, a.snapshot.ID) })
	return nil
}

func (d *database) write(ctx context.Context) (path string, err error) {
	past := d.past
	folder, err := openFolder(d.parent, past.Files, d.Now, "the season", d.Sink)
	if err != nil {
		return "", err
	}
	defer folder.Close()
	if folder.journal, err = openJournal(d.derived, d.memoryName()); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, folder.journal.Close()) }()
	private, err := d.private()
	if err != nil {
		return "", err
	}
	defer private.Close()
	entry := ledger.Entry{Stage: ledger.Workbook, Item: d.name, Whose: folder.whose, Outcome: ledger.Planned}
	d.Sink(entry)
	w, err := folder.Write(d.name, func(out io.Writer) error {
		return sqlite.Write(ctx, out, private.Name(), d.gated())
	})
	if err != nil {
		return "", err
	}
	entry.Outcome, entry.Bytes = ledger.Done, w.Size
	if w == past.Files[d.name] {
		entry.Outcome = ledger.Kept
	}
	d.Sink(entry)
	if past.Folder, err = filepath.Abs(d.parent); err != nil {
		return "", err
	}
	past.Tool, past.Files, past.Documents, past.Postings = d.Tool, folder.now, d.Documents, nil
	for _, chosen := range d.postings {
		past.Postings = append(past.Postings, chosen.posid)
	}
	if err := errors.Join(past.remember(d.derived, d.memoryName()), folder.journal.Clear()); err != nil {
		return "", err
	}
	if len(folder.aside) > 0 {
		return filepath.Join(d.parent, folder.aside[0]), nil
	}
	return filepath.Join(d.parent, d.name), nil
}

// private opens the folder in which databases are built, within the mirror, and clears it of what a killed run left.
func (d *database) private() (*os.Root, error) {
	root, err := d.season.Mirror.Derived("databases")
	if err != nil {
		return nil, err
	}
	left, err := fs.ReadDir(root.FS(), ".")
	for _, entry := range left {
		err = errors.Join(err, root.RemoveAll(entry.Name()))
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// gated gives the postings, each cut to the edition when its turn comes.
func (d *database) gated() iter.Seq2[sqlite.Posting, error] {
	return func(yield func(sqlite.Posting, error) bool) {
		for _, chosen := range d.postings {
			p, err := d.posting(chosen)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// posting is one posting with its changes since the snapshot before. Both snapshots have passed the gate.
func (d *database) posting(chosen chosenPosting) (sqlite.Posting, error) {
	p := sqlite.Posting{}
	now, err := gated(d.season, chosen.snapshot, chosen.posid, d.Edition, d.Tool)
	if err != nil {
		return p, err
	}
	p.Posting = now
	then, err := earlier(d.season.Mirror, chosen.snapshot.ID, chosen.posid, "")
	if err != nil {
		return p, err
	}
	if then != nil {
		p.Since = then.ID
		if p.Changes, err = changesSince(d.season, then, now); err != nil {
			return p, err
		}
	}
	if d.Only != nil {
		onlyThose(&p, d.Only)
	}
	d.locate(&p)
	return p, nil
}

// onlyThose leaves in a posting the applications that were chosen, and of its changes theirs.
func onlyThose(p *sqlite.Posting, chosen func(*dossier.Dossier) bool) {
	p.Dossiers = slices.DeleteFunc(p.Dossiers, func(d *dossier.Dossier) bool { return !chosen(d) })
	p.Changes = changesOf(p.Dossiers, p.Changes)
}

// locate says where the posting's export lies; without originals in it, their paths would lead nowhere.
func (d *database) locate(p *sqlite.Posting) {
	p.Folder = folderName(p.PosID, p.Title, p.Edition)
	if d.Only != nil {
		p.Folder += ".selection"
	}
	if d.Documents {
		return
	}
	for _, application := range p.Dossiers {
		for i := range application.Documents {
			application.Documents[i].Path = ""
		}
	}
}
