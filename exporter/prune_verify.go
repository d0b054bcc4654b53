package exporter

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/lazy"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// nothingRemains looks for what was disposed of in the whole season: in records, among documents, by the bytes of every file
// that is as long as one that was deleted, and by the applications' numbers in the names of files. What it finds is a
// [RemainsError].
func (d *disposal) nothingRemains(ctx context.Context, season *Season, root *os.Root, sink ledger.Sink) error {
	sink(ledger.Entry{Stage: ledger.Verify, Item: "what remains", Outcome: ledger.Planned})
	found, err := d.inMirror(season.Mirror)
	if err != nil {
		return err
	}
	for _, place := range slices.Concat(d.Paths, prefixed("mirror/derived/", d.Derived)) {
		if _, err := root.Lstat(place); err == nil {
			found = append(found, place+": it could not be deleted")
		}
	}
	inFiles, err := d.inFiles(ctx, season.Mirror, root)
	if err != nil {
		return err
	}
	if found = append(found, inFiles...); len(found) > 0 {
		return &RemainsError{found}
	}
	sink(ledger.Entry{Stage: ledger.Verify, Item: "what remains", Outcome: ledger.Done})
	return nil
}

func prefixed(prefix string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

// inMirror finds the postings in snapshots and the documents among those stored.
func (d *disposal) inMirror(m *mirror.Mirror) (found []string, err error) {
	inventory, err := m.Inventory()
	if err != nil {
		return nil, err
	}
	for _, id := range d.Postings {
		if inventory[id] != nil {
			found = append(found, fmt.Sprintf("mirror/snapshots: records of posting %s", id))
		}
	}
	err = eachAd(m, func(ad ejm.Ad) {
		if slices.Contains(d.Postings, ad.PosID()) {
			found = append(found, fmt.Sprintf("mirror/snapshots: the advertisement of posting %s", ad.PosID()))
		}
	})
	for _, p := range d.Documents {
		if m.Has(p.Kind, p.BlobID) {
			found = append(found, fmt.Sprintf("mirror: %s %s", p.Kind, p.BlobID))
		}
	}
	return found, err
}

// inFiles finds the documents and the applications' numbers among the season's files. The archives folder is not looked into:
// what stays there the certificate names.
func (d *disposal) inFiles(ctx context.Context, m *mirror.Mirror, root *os.Root) (found []string, err error) {
	sums, err := d.sums(m)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == archivesFolder, name == "mirror/snapshots":
			return fs.SkipDir
		case d.names(name):
			found = append(found, name+": its name has the number of an application that was disposed of")
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		if err != nil || sums[info.Size()] == nil {
			return err
		}
		sum, _, err := fileDigest(root.FS(), name)
		if slices.Contains(sums[info.Size()], sum) {
			found = append(found, name+": it has the bytes of a document that was disposed of")
		}
		return err
	})
	return found, err
}

// sums gives the checksums of the documents that went, by their size, but those that a document has that stays.
func (d *disposal) sums(m *mirror.Mirror) (map[int64][]string, error) {
	stored, err := m.Stored()
	if err != nil {
		return nil, err
	}
	stays := map[string]bool{}
	for _, reference := range stored {
		blob, err := m.Document(reference.Kind, reference.BlobID)
		if err == nil { // else its record is damaged, which Verify tells of
			stays[blob.SHA256] = true
		}
	}
	sums := map[int64][]string{}
	for _, p := range d.Documents {
		if !stays[p.SHA256] && p.Size > 0 { // an empty file says nothing of anybody
			sums[p.Size] = append(sums[p.Size], p.SHA256)
		}
	}
	return sums, nil
}

var digits = lazy.Pattern(`\d+`)

// names reports whether a file is called by the number of an application. The mirror's documents have numbers of their own.
func (d *disposal) names(name string) bool {
	if strings.HasPrefix(name, "mirror/") {
		return false
	}
	for _, number := range digits().FindAllString(path.Base(name), -1) {
		if slices.ContainsFunc(d.Applications, func(id ejm.ID) bool { return id.String() == number }) {
			return true
		}
	}
	return false
}
