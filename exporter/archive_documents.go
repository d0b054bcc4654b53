package exporter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// archivedDocument is a document that was proven sound and goes into an archive.
type archivedDocument struct {
	mirror.Reference
	blob   mirror.Blob
	digest archive.Digest
	of     []mirror.Version // whose it is
	path   string           // in the payload
}

// IndexLine is a line of an archive's documents.jsonl: one document, and all that is needed to put it back.
type IndexLine struct {
	Path string          `json:"path"` // in the payload, below data/
	Of   []IndexOwner    `json:"of"`
	Blob json.RawMessage `json:"document"` // the mirror's record.json
}

// IndexOwner is an application that a document belongs to.
type IndexOwner struct {
	PosID ejm.ID `json:"posid"`
	AppID ejm.ID `json:"appid"`
	ID    ejm.ID `json:"id"` // file_id or letterid
	Label string `json:"label,omitempty"`
	Since string `json:"since"`           // RFC 3339
	Until string `json:"until,omitempty"` // when it was replaced or withdrawn
}

// prove reads each document and gives those that are sound, in the order of their kind and blobid.
func (a *Archive) prove(ctx context.Context, held map[mirror.Reference][]mirror.Version, sink ledger.Sink) (sound []*archivedDocument, err error) {
	order := slices.SortedFunc(maps.Keys(held), func(x, y mirror.Reference) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.BlobID, y.BlobID))
	})
	item := func(d mirror.Reference) string { return fmt.Sprintf("%s %s", d.Kind, d.BlobID) }
	for _, d := range order {
		sink(ledger.Entry{Stage: ledger.Verify, Item: item(d), Outcome: ledger.Planned})
	}
	tried := make([]*triedDocument, len(order))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(provers)
	for i, d := range order {
		group.Go(func() (err error) {
			tried[i], err = tryDocument(ctx, a.season.Mirror, d)
			if err == nil {
				sink(ledger.Entry{Stage: ledger.Verify, Item: item(d), Outcome: ledger.Done, Bytes: tried[i].digest.Size})
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i, d := range order {
		if tried[i].wrong != "" {
			a.missing(held[d][len(held[d])-1], tried[i].wrong)
		}
		if tried[i].isSound {
			tried[i].of = held[d]
			sound = append(sound, &tried[i].archivedDocument)
		}
	}
	return sound, nil
}

// provers is how many documents are read at once: hashing is what takes the time.
const provers = 4

// triedDocument is a document that was read, and what is wrong with it if anything is.
type triedDocument struct {
	archivedDocument
	isSound bool
	wrong   string
}

func tryDocument(ctx context.Context, m *mirror.Mirror, d mirror.Reference) (*triedDocument, error) {
	sum := crc32.NewIEEE()
	size, faults, err := m.VerifyDocument(ctx, d.Kind, d.BlobID, sum)
	if err != nil {
		return nil, err
	}
	t := &triedDocument{archivedDocument: archivedDocument{Reference: d, digest: archive.Digest{Size: size, CRC32: sum.Sum32()}}}
	if len(faults) > 0 {
		t.wrong = "the mirror's copy is damaged: " + firstLine(faults[0].Path+": "+faults[0].Detail, "")
		return t, nil
	}
	t.blob, err = m.Document(d.Kind, d.BlobID)
	t.digest.SHA256, t.isSound = t.blob.SHA256, true
	if t.blob.Suspect() {
		t.wrong = "it is there, but its SHA-1 is not the one EJM gives for it"
	}
	return t, err
}

// addDocuments takes each document once: where an export shows it, else under a name made of its records. The index says
// which is which.
func (a *Archive) addDocuments(snapshots []*mirror.Snapshot) (err error) {
	names, err := readNames(snapshots, a.postings)
	if err != nil {
		return err
	}
	index, err := a.work.OpenFile(indexFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, index.Close()); err == nil {
			err = a.tree.add(a.work.FS(), indexFile, indexFile)
		}
	}()
	lines := json.NewEncoder(index)
	lines.SetEscapeHTML(false)
	for _, d := range a.documents {
		if d.path == "" {
			d.path = names.path(d)
		}
		files := mirror.DocumentFiles(d.Kind, d.BlobID)
		if err := a.tree.addKnown(a.season.Mirror.FS(), files[0], d.path, d.digest); err != nil {
			return err
		}
		record, err := fs.ReadFile(a.season.Mirror.FS(), files[1])
		if err != nil {
			return err
		}
		if err := lines.Encode(IndexLine{Path: d.path, Of: names.owners(d), Blob: record}); err != nil {
			return err
		}
	}
	return nil
}

// names are what applications and documents are called, by the newest snapshot that tells of them.
type names struct {
	folders map[ejm.ID]string
	labels  map[mirror.Slot]string
}

func readNames(snapshots []*mirror.Snapshot, postings []ejm.ID) (*names, error) {
	n := &names{folders: map[ejm.ID]string{}, labels: map[mirror.Slot]string{}}
	for _, s := range snapshots {
		for a, err := range mirror.Records[ejm.Application](s, mirror.Applications) {
			if err != nil {
				return nil, err
			}
			if slices.Contains(postings, a.PosID) {
				n.note(a)
			}
		}
	}
	return n, nil
}

func (n *names) note(a ejm.Application) {
	n.folders[a.AppID] = dossier.SafeName(a.LastName+" "+a.FirstName, " "+a.AppID.String(), maxFolderName)
	for _, f := range a.Files {
		n.labels[mirror.Slot{Kind: ejm.KindFile, AppID: a.AppID, ID: f.FileID}] = f.Description
	}
	for _, r := range a.Recommendations {
		n.labels[mirror.Slot{Kind: ejm.KindLetter, AppID: a.AppID, ID: r.RecID}] = "Letter " + r.FirstName + " " + r.LastName
	}
}

const (
	maxFolderName = 64 // UTF-16 units
	maxFileName   = 80
)

// path names a document by its newest owner, its label, and its blobid, which tells apart what was replaced.
func (n *names) path(d *archivedDocument) string {
	owner := d.of[len(d.of)-1]
	folder := n.folders[owner.AppID]
	if folder == "" {
		folder = "Application " + owner.AppID.String()
	}
	sent := d.blob.Sent()
	keep := fmt.Sprintf(" (%s %s)%s", d.Kind, d.BlobID, dossier.Extension(sent.FileName, sent.FileType))
	return documentsFolder + "/" + folder + "/" + dossier.SafeName(cmp.Or(n.labels[owner.Slot()], "Document"), keep, maxFileName)
}

func (n *names) owners(d *archivedDocument) []IndexOwner {
	owners := make([]IndexOwner, 0, len(d.of))
	for _, v := range d.of {
		owners = append(owners, IndexOwner{v.PosID, v.AppID, v.ID, n.labels[v.Slot()], v.Since, v.Until})
	}
	return owners
}
