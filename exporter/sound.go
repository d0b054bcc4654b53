package exporter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
)

// sound is a dossier as a packet may show it: a document whose bytes are no longer those that the mirror recorded has failed,
// so that nothing damaged is packed as if it were whole. With nothing damaged it is the dossier itself.
func (e *export) sound(d *dossier.Dossier) (*dossier.Dossier, error) {
	sound := d
	for i := range d.Documents {
		doc := &d.Documents[i]
		if doc.Content == "" {
			continue
		}
		whole, err := e.isWhole(doc)
		if err != nil {
			return nil, err
		}
		if whole {
			continue
		}
		if sound == d {
			copied := *d
			copied.Documents = slices.Clone(d.Documents)
			sound = &copied
		}
		failed := &sound.Documents[i]
		failed.State, failed.Reason, failed.Content = dossier.Failed, errDamaged.Error(), ""
		e.noteDamage(d, doc)
	}
	return sound, nil
}

// isWhole reports whether the mirror holds a document's bytes as it recorded them.
func (e *export) isWhole(doc *dossier.Document) (whole bool, err error) {
	file, err := e.posting.Files.Open(doc.Content)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)) == doc.SHA256, errors.Join(err, file.Close())
}

// noteDamage remembers a damaged document for the outputs that come after, and says so where copying originals does not.
func (e *export) noteDamage(d *dossier.Dossier, doc *dossier.Document) {
	e.mu.Lock()
	e.damaged = append(e.damaged, doc)
	e.mu.Unlock()
	if !e.Documents {
		e.Sink(ledger.Entry{Stage: ledger.Pack, Item: doc.Label, Whose: d.Name.Full(), Outcome: ledger.Failed, Err: errDamaged})
	}
}
