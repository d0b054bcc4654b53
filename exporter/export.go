package exporter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet"
	"github.com/ejmx/ejmx/workbook"
)

// Options says what an export makes.
type Options struct {
	Edition   *dossier.Edition
	Packets   *packet.Builder
	Workers   int // packets and documents at work at once
	Documents bool
	CSV       bool // each sheet of the workbook as a text file too
	Zip       bool
	Text      SiteText // what of the documents' texts the site's search looks through
	// KeepOthers brings originals, CSV files and zip up to date only where an earlier export made them, and has the site
	// search what it searched then; Documents, CSV, Zip and Text do not count.
	KeepOthers bool
	Tool       string    // "ejmx 0.1.0"
	Now        time.Time // for the names of what people changed and is kept
	Out        string    // folder to export into; "" is the season's postings folder
	Sink       ledger.Sink

	// Room, if set, is told how many bytes are about to be written at least to the disk of a place; its error ends the export.
	Room func(place string, bytes int64) error

	Booklets Booklets

	NewsSince string // the snapshot to whose time News is to be told; "" for no news

	// Only chooses among the posting's applications; nil is all of them. An export of some lies in a folder of its own, so
	// that it takes nothing away from that of all.
	Only func(d *dossier.Dossier) bool
}

// Result is where an export lies and what is in it.
type Result struct {
	Folder string // path of the export's folder
	Zip    string // path of its zip, "" without one
	Report *Report
	Kept   []string // files that people had changed, kept under these names
	Beside []string // files that could not replace one held open, written under these names
	Made   int      // packets made by this run; the others were as they should be

	From string           // the snapshot that News is since; "" where Options ask for none, or the posting was not in it yet
	News []dossier.Change // of all the applications exported
}

// ErrNobody says that no application of a posting was chosen.
var ErrNobody = errors.New("none of its applications is among those asked for")

// Export brings one posting's export up to date from the mirror alone. A document that could not be had does not stop it;
// the error is for what ends it: a posting that was never fetched, a full disk, ctx ended.
func Export(ctx context.Context, season *Season, posid ejm.ID, o Options) (*Result, error) {
	snapshot, err := newest(season.Mirror, posid)
	if err != nil {
		return nil, err
	}
	derived, err := season.Mirror.Derived("exports")
	if err != nil {
		return nil, err
	}
	e := newExport(season, derived, snapshot.Postings[posid].Title, posid, o)
	var group errgroup.Group // each of them waits for files of its own
	group.Go(func() (err error) {
		e.posting, err = chosen(season, snapshot, posid, &o)
		return err
	})
	group.Go(func() error {
		e.memory = recall(derived, e.memoryName(), e.dir())
		return nil
	})
	group.Go(func() error { return clearTemporary(e.dir()) })
	if err = group.Wait(); err == nil {
		err = e.open()
	}
	var result *Result
	if err == nil {
		result, err = e.run(ctx)
	}
	return result, errors.Join(err, e.close())
}

// chosen is what an export is to show of a posting.
func chosen(season *Season, snapshot *mirror.Snapshot, posid ejm.ID, o *Options) (*dossier.Posting, error) {
	posting, err := gated(season, snapshot, posid, o.Edition, o.Tool)
	if err != nil || o.Only == nil {
		return posting, err
	}
	posting.Dossiers = slices.DeleteFunc(posting.Dossiers, func(d *dossier.Dossier) bool { return !o.Only(d) })
	if len(posting.Dossiers) == 0 {
		return nil, fmt.Errorf("posting %s: %w", posid, ErrNobody)
	}
	return posting, nil
}

// gated is what an edition may show of a posting as it stood in a snapshot.
func gated(season *Season, snapshot *mirror.Snapshot, posid ejm.ID, edition *dossier.Edition, tool string) (*dossier.Posting, error) {
	return gatedOf(season, snapshot, posid, edition, tool, nil)
}

// gatedOf is gated for some of a posting's applications; a nil only is all of them.
func gatedOf(
	season *Season, snapshot *mirror.Snapshot, posid ejm.ID, edition *dossier.Edition, tool string, only func(appid ejm.ID) bool,
) (*dossier.Posting, error) {
	src, err := collect(season.Mirror, snapshot, posid, tool, only)
	if err != nil {
		return nil, err
	}
	return dossier.Gate(src, edition)
}

// export is one export at work.
type export struct {
	Options
	season  *Season
	posting *dossier.Posting
	whose   string // "Assistant Professor (posting 9012)"
	name    string // "9012-assistant-professor"
	parent  string // the folder that holds the export's folder and its zip
	derived *os.Root
	memory  memory
	folder  *folder
	made    int

	bookletsMade map[string]packetMade

	contents func() (string, error)           // [export.hashContents], once it is known on which page what begins
	changes  func() ([]dossier.Change, error) // [export.sinceLast]
	siteWork func() (*siteWork, error)        // [export.planSite], once contents are known
	taken    *texts                           // that the site's search looks through; nil for none
	typed    map[string]*workbook.Typed       // what was read of the workbooks that lie there, by their SHA-256

	mu      sync.Mutex          // guards what follows, and memory.Outputs
	damaged []*dossier.Document // that the mirror no longer holds as it recorded them
}

// newExport is an export that has not read anything yet.
func newExport(season *Season, derived *os.Root, title string, posid ejm.ID, o Options) *export {
	e := &export{
		Options: o, season: season, derived: derived, name: folderName(posid, title, o.Edition), parent: o.Out,
		whose: fmt.Sprintf("%s (posting %s)", title, posid), bookletsMade: map[string]packetMade{}, typed: map[string]*workbook.Typed{},
	}
	if o.Only != nil {
		e.name += ".selection"
	}
	if e.parent == "" {
		e.parent = filepath.Join(season.Dir, "postings")
	}
	e.contents, e.changes, e.siteWork = sync.OnceValues(e.hashContents), sync.OnceValues(e.sinceLast), sync.OnceValues(e.planSite)
	return e
}

// dir is the export's folder.
func (e *export) dir() string { return filepath.Join(e.parent, e.name) }

// open opens the export's folder, once it is known what the last run left there.
func (e *export) open() error {
	if e.KeepOthers {
		e.Documents, e.Zip, e.CSV, e.Text = e.memory.Documents, e.memory.Zip != nil, e.memory.CSV, e.memory.Text
	}
	journal, err := openJournal(e.derived, e.memoryName())
	if err != nil {
		return err
	}
	e.folder, err = openFolder(e.dir(), e.memory.Files, e.Now, e.whose, e.Sink)
	if err == nil {
		e.folder.journal = journal
	}
	return err
}

// memoryName tells exports into different folders apart. One within the season keeps its name when the season's folder is
// moved.
func (e *export) memoryName() string {
	where, err := filepath.Abs(e.parent)
	if err != nil {
		where = e.parent
	}
	if season, err := filepath.Abs(e.season.Dir); err == nil {
		if inside, err := filepath.Rel(season, where); err == nil && filepath.IsLocal(inside) {
			where = filepath.ToSlash(inside)
		}
	}
	sum := sha256.Sum256([]byte(where))
	return e.name + "-" + hex.EncodeToString(sum[:4])
}

func (e *export) close() error {
	var err error
	if e.taken != nil {
		err = e.taken.Close()
	}
	if e.folder != nil {
		err = errors.Join(err, e.folder.journal.Close(), e.folder.Close())
	}
	return errors.Join(err, e.derived.Close())
}

// output is one kind of thing an export makes. A new one is a package and a line in the table.
type output func(e *export, ctx context.Context) error

// outputs are made in this order, those of a line at the same time: packets keep the processors at work and originals the
// disk. Which texts the site needs is known once the packets are; what workbook and site will need of the past is read
// meanwhile. These two tell on which page of a packet a document begins; each waits for one file after the other, so they are
// made side by side. The report comes last because it vouches for all before it.
var outputs = [][]output{
	{(*export).packets, (*export).documents},
	{(*export).booklets},
	{(*export).located},
	{(*export).texts, (*export).lookBack},
	{(*export).workbook, (*export).site},
}

func (e *export) run(ctx context.Context) (*Result, error) {
	for _, line := range outputs {
		group, ctx := errgroup.WithContext(ctx)
		for _, output := range line {
			group.Go(func() error { return output(e, ctx) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
	}
	from, news, err := e.news()
	if err != nil {
		return nil, err
	}
	report, err := e.report()
	if err != nil {
		return nil, err
	}
	files, err := e.folder.Finish()
	if err != nil {
		return nil, err
	}
	if e.memory.Folder, err = filepath.Abs(e.dir()); err != nil {
		return nil, err
	}
	e.memory.Documents, e.memory.CSV, e.memory.Text, e.memory.Booklets = e.Documents, e.CSV, e.Text, e.bookletsMade
	e.memory.Tool, e.memory.Files, e.memory.Snapshot, e.memory.Since = e.Tool, files, e.posting.Snapshot.ID, e.since()
	remembering := make(chan error, 1) // while the zip is written: one wants the processor, the other mostly the disk
	go func(m memory) { remembering <- m.remember(e.derived, e.memoryName()) }(e.memory)
	result := &Result{
		Folder: e.dir(), Report: report, Made: e.made, Kept: e.folder.kept, Beside: e.folder.aside,
		From: from, News: news,
	}
	before := e.memory.Zip
	if e.Zip {
		result.Zip = e.dir() + ".zip"
		err = e.zip(ctx, result.Zip)
	} else {
		err = e.dropZip()
	}
	if err = errors.Join(err, <-remembering); err == nil && e.memory.Zip != before {
		err = e.memory.remember(e.derived, e.memoryName())
	}
	if err != nil {
		return nil, err
	}
	return result, e.folder.journal.Clear()
}
