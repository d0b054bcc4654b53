package exporter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/archive"
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
	posting, err := gated(season, snapshot, posid, o.Edition, o.Tool)
	if err != nil {
		return nil, err
	}
	if o.Only != nil {
		posting.Dossiers = slices.DeleteFunc(posting.Dossiers, func(d *dossier.Dossier) bool { return !o.Only(d) })
		if len(posting.Dossiers) == 0 {
			return nil, fmt.Errorf("posting %s: %w", posid, ErrNobody)
		}
	}
	e, err := newExport(season, posting, o)
	if err != nil {
		return nil, err
	}
	result, err := e.run(ctx)
	return result, errors.Join(err, e.close())
}

// gated is what an edition may show of a posting as it stood in a snapshot.
func gated(season *Season, snapshot *mirror.Snapshot, posid ejm.ID, edition *dossier.Edition, tool string) (*dossier.Posting, error) {
	src, err := collect(season.Mirror, snapshot, posid, tool)
	if err != nil {
		return nil, err
	}
	return dossier.Gate(src, edition)
}

// lookBack reads what workbook and site tell of the past, where there is something new to tell: the export before, and what
// people typed into its workbook. Whatever goes wrong is said where it is needed.
func (e *export) lookBack(context.Context) error {
	if e.memory.Snapshot == e.posting.Snapshot.ID {
		return nil // most likely nothing is made again
	}
	_, _ = e.changes()
	_, _ = e.earlierBooks()
	return nil
}

// compare gives the changes since the export before; none at a first export.
func (e *export) compare() ([]dossier.Change, error) {
	since := e.since()
	if since == "" {
		return nil, nil
	}
	then, err := earlier(e.season.Mirror, e.posting.Snapshot.ID, e.posting.PosID, since)
	if err != nil || then == nil {
		return nil, err
	}
	before, err := gated(e.season, then, e.posting.PosID, e.Edition, "")
	if err != nil {
		return nil, err
	}
	now := e.posting
	if len(e.damaged) > 0 { // what the mirror lost meanwhile is no news from EJM
		snapshot, err := e.season.Mirror.Snapshot(now.Snapshot.ID)
		if err == nil {
			now, err = gated(e.season, snapshot, now.PosID, e.Edition, "")
		}
		if err != nil {
			return nil, err
		}
	}
	changes := dossier.Compare(before, now)
	if e.Only != nil {
		changes = changesOf(e.posting.Dossiers, changes)
	}
	return changes, nil
}

// changesOf gives those changes of a posting that are of some of its applications.
func changesOf(some []*dossier.Dossier, changes []dossier.Change) []dossier.Change {
	return slices.DeleteFunc(changes, func(c dossier.Change) bool {
		return !slices.ContainsFunc(some, func(d *dossier.Dossier) bool { return d.AppID == c.AppID })
	})
}

// Changes says what became different in a posting between two moments: from the snapshot since to the newest that has
// all of the posting. An empty since is the one before.
func Changes(season *Season, posid ejm.ID, edition *dossier.Edition, since string) (from, to string, changes []dossier.Change, err error) {
	now, err := newest(season.Mirror, posid)
	if err != nil {
		return "", "", nil, err
	}
	then, err := earlier(season.Mirror, now.ID, posid, since)
	if err != nil || then == nil {
		return "", now.ID, nil, err
	}
	before, err := gated(season, then, posid, edition, "")
	if err != nil {
		return "", "", nil, err
	}
	after, err := gated(season, now, posid, edition, "")
	if err != nil {
		return "", "", nil, err
	}
	return then.ID, now.ID, dossier.Compare(before, after), nil
}

// earlier gives the newest snapshot that has all of a posting and is not later than since; with an empty since the one
// before now. nil says that there is none.
func earlier(m *mirror.Mirror, now string, posid ejm.ID, since string) (*mirror.Snapshot, error) {
	snapshots, err := m.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(snapshots) {
		if s.Postings[posid].Held && (since == "" && s.ID < now || since != "" && s.ID <= since) {
			return s, nil
		}
	}
	return nil, nil
}

// export is one export at work.
type export struct {
	Options
	season  *Season
	posting *dossier.Posting
	name    string // "9012-assistant-professor"
	parent  string // the folder that holds the export's folder and its zip
	derived *os.Root
	memory  memory
	folder  *folder
	made    int

	bookletsMade map[string]packetMade

	contents func() (string, error)           // [export.hashContents], once it is known on which page what begins
	changes  func() ([]dossier.Change, error) // [export.compare]
	typed    map[string]*workbook.Typed       // what was read of the workbooks that lie there, by their SHA-256

	mu      sync.Mutex
	damaged []*dossier.Document // that the mirror no longer holds as it recorded them
}

func newExport(season *Season, p *dossier.Posting, o Options) (*export, error) {
	e := &export{Options: o, bookletsMade: map[string]packetMade{}, typed: map[string]*workbook.Typed{}, season: season, posting: p, name: folderName(p), parent: o.Out}
	if o.Only != nil {
		e.name += ".selection"
	}
	if e.parent == "" {
		e.parent = filepath.Join(season.Dir, "postings")
	}
	var err error
	if e.derived, err = season.Mirror.Derived("exports"); err != nil {
		return nil, err
	}
	dir := filepath.Join(e.parent, e.name)
	e.memory = recall(e.derived, e.memoryName(), dir)
	whose := fmt.Sprintf("%s (posting %s)", p.Title, p.PosID)
	journal, err := openJournal(e.derived, e.memoryName())
	if err != nil {
		return nil, errors.Join(err, e.derived.Close())
	}
	e.folder, err = openFolder(dir, e.memory.Files, o.Now, whose, o.Sink)
	if err != nil {
		return nil, errors.Join(err, e.derived.Close())
	}
	e.folder.journal = journal
	e.contents, e.changes = sync.OnceValues(e.hashContents), sync.OnceValues(e.compare)
	if o.KeepOthers {
		e.Documents, e.Zip, e.CSV, e.Text = e.memory.Documents, e.memory.Zip != nil, e.memory.CSV, e.memory.Text
	}
	if err := e.folder.clearTemporary(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
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
	return errors.Join(e.folder.journal.Close(), e.folder.Close(), e.derived.Close())
}

// output is one kind of thing an export makes. A new one is a package and a line in the table.
type output func(e *export, ctx context.Context) error

// outputs are made in this order, those of a line at the same time: packets keep the processors at work, originals the disk,
// and what workbook and site will need of the past is read meanwhile. They tell on which page of a packet a document begins,
// and the report comes last because it vouches for all before it.
var outputs = [][]output{
	{(*export).packets, (*export).documents, (*export).lookBack},
	{(*export).booklets},
	{(*export).located},
	{(*export).workbook},
	{(*export).site},
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
	report := newReport(e.posting)
	if _, err := e.folder.Write(reportName, report.write); err != nil {
		return nil, err
	}
	files, err := e.folder.Finish()
	if err != nil {
		return nil, err
	}
	if e.memory.Folder, err = filepath.Abs(filepath.Join(e.parent, e.name)); err != nil {
		return nil, err
	}
	e.memory.Documents, e.memory.CSV, e.memory.Text, e.memory.Booklets = e.Documents, e.CSV, e.Text, e.bookletsMade
	e.memory.Tool, e.memory.Files, e.memory.Snapshot, e.memory.Since = e.Tool, files, e.posting.Snapshot.ID, e.since()
	if err := e.memory.remember(e.derived, e.memoryName()); err != nil {
		return nil, err
	}
	result := &Result{
		Folder: filepath.Join(e.parent, e.name), Report: report, Made: e.made, Kept: e.folder.kept, Beside: e.folder.aside,
	}
	if e.Zip {
		result.Zip = filepath.Join(e.parent, e.name+".zip")
		err = e.zip(ctx, result.Zip)
	} else {
		err = e.dropZip()
	}
	if err != nil {
		return nil, err
	}
	return result, e.folder.journal.Clear()
}

// packetMade is what is remembered of a packet: what went in, and where each document came to stand.
type packetMade struct {
	Key     string         `json:"key"`
	Path    string         `json:"path"`
	Outline packet.Outline `json:"outline"`
	Edition string         `json:"edition,omitempty"` // of a booklet, the digest of the edition's file
}

// packets makes one packet an application, several at a time. One whose ingredients are those of the last run and that
// lies where it was left is not made again.
func (e *export) packets(ctx context.Context) error {
	past := e.memory.Packets
	e.memory.Packets = map[string]packetMade{}
	made := make([]packetMade, len(e.posting.Dossiers))
	remade := make([]bool, len(e.posting.Dossiers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, e.Workers))
	for _, d := range e.posting.Dossiers {
		e.Sink(ledger.Entry{Stage: ledger.Pack, Item: packetItem(d), Whose: d.Name.Full(), Outcome: ledger.Planned})
	}
	for i, d := range e.posting.Dossiers {
		group.Go(func() (err error) {
			made[i], remade[i], err = e.packet(ctx, d, past[d.AppID.String()])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, d := range e.posting.Dossiers {
		e.memory.Packets[d.AppID.String()] = made[i]
		if remade[i] {
			e.made++
		}
	}
	return nil
}

func packetItem(d *dossier.Dossier) string { return "packet " + d.AppID.String() }

func (e *export) packet(ctx context.Context, d *dossier.Dossier, past packetMade) (packetMade, bool, error) {
	m := packetMade{Key: e.Packets.Key(e.posting, d), Path: path.Join("packets", d.FileName+".pdf")}
	entry := ledger.Entry{Stage: ledger.Pack, Item: packetItem(d), Whose: d.Name.Full(), Outcome: ledger.Kept}
	if past.Key == m.Key && past.Path == m.Path {
		if w, same := e.folder.Unchanged(m.Path); same {
			m.Outline = past.Outline
			setPacket(d, m, w)
			entry.Bytes = w.Size
			e.Sink(entry)
			return m, false, nil
		}
	}
	sound, err := e.sound(d)
	if err != nil {
		return m, false, err
	}
	m.Key = e.Packets.Key(e.posting, sound)
	w, err := e.folder.Write(m.Path, func(out io.Writer) (err error) {
		m.Outline, err = e.Packets.Build(ctx, out, e.posting, sound)
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("%s (application %s): %w", d.Name.Full(), d.AppID, err)
	}
	setPacket(d, m, w)
	entry.Outcome, entry.Bytes = ledger.Done, w.Size
	e.Sink(entry)
	return m, true, nil
}

// setPacket notes in a dossier what became of its packet, for the outputs that come after.
func setPacket(d *dossier.Dossier, m packetMade, w Written) {
	d.Packet = dossier.Packet{Path: m.Path, Pages: m.Outline.Pages, Bytes: w.Size, SHA256: w.SHA256}
	for i, placed := range m.Outline.Documents {
		d.Documents[i].Placed = placed
	}
}

// zipMade is what is remembered of a zip.
type zipMade struct {
	Written
	Of string `json:"of"` // hash of the names and hashes that went in
}

// zip writes the export's zip beside its folder, from what ejmx put into the folder; what people added stays out.
func (e *export) zip(ctx context.Context, name string) error {
	of := digest(e.memory.Files)
	parent, err := openFolder(e.parent, map[string]Written{}, e.Now, e.folder.whose, e.Sink)
	if err != nil {
		return err
	}
	defer parent.Close()
	if err := parent.clearTopTemporary(); err != nil {
		return err
	}
	base := filepath.Base(name)
	item := ledger.Entry{Stage: ledger.Zip, Item: base, Whose: e.folder.whose, Outcome: ledger.Planned}
	e.Sink(item)
	parent.journal = e.folder.journal
	if made := e.memory.Zip; made != nil {
		parent.past[base] = made.Written
		if w, same := parent.Unchanged(base); same && made.Of == of {
			item.Outcome, item.Bytes = ledger.Kept, w.Size
			e.Sink(item)
			return nil
		}
	}
	w, err := parent.Write(base, func(out io.Writer) error {
		return archive.WriteZip(ctx, out, e.entries(), e.posting.Snapshot.Taken)
	})
	if err != nil {
		return err
	}
	item.Outcome, item.Bytes = ledger.Done, w.Size
	e.Sink(item)
	e.memory.Zip = &zipMade{Written: w, Of: of}
	return e.memory.remember(e.derived, e.memoryName())
}

// dropZip takes away the zip of an earlier export that is not brought up to date: it may hold what nobody is to see any
// more. One that somebody put there is theirs.
func (e *export) dropZip() error {
	made := e.memory.Zip
	if made == nil || made.Of == digest(e.memory.Files) {
		return nil
	}
	base := e.name + ".zip"
	parent, err := openFolder(e.parent, map[string]Written{base: made.Written}, e.Now, e.folder.whose, e.Sink)
	if err != nil {
		return err
	}
	defer parent.Close()
	if _, same := parent.Unchanged(base); same {
		if err := parent.remove(base); err != nil {
			return err
		}
		parent.say(base, errors.New("it was of an earlier export, so it was taken away"))
	}
	e.memory.Zip = nil
	return e.memory.remember(e.derived, e.memoryName())
}

func (e *export) entries() []archive.Entry {
	var entries []archive.Entry
	for name, w := range e.memory.Files {
		entries = append(entries, archive.Entry{
			Name: e.name + "/" + name, Size: w.Size, CRC32: w.CRC32,
			Open: func() (fs.File, error) { return e.folder.root.Open(name) },
		})
	}
	return entries
}

// digest names a set of files with their contents.
func digest(files map[string]Written) string {
	var lines []string
	for name, w := range files {
		lines = append(lines, w.SHA256+"  "+name)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
