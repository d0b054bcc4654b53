package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// repaired is what --json says of what fetch --restore-damaged did.
type repaired struct {
	Restored  int               `json:"restored"`  // documents that were damaged or lost and are sound again
	Lost      []lostDocument    `json:"lost"`      // those that EJM did not give again
	Snapshots []damagedSnapshot `json:"snapshots"` // moved out of the way
}

type lostDocument struct {
	Kind   ejm.Kind `json:"kind"`
	BlobID ejm.ID   `json:"blobid"`
	Whose  string   `json:"whose"`
	Reason string   `json:"reason"` // what is wrong with the mirror's copy
}

type damagedSnapshot struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Moved  string `json:"moved"` // to this folder
}

// fetchDamaged fetches what is new, and again what the mirror lost or what is damaged in it. Whatever happens, a damaged
// document that did not come is put back where it was.
func fetchDamaged(ctx context.Context, e *env, o *fetchOptions, season *exporter.Season, postings []ejm.ID, sink ledger.Sink) (*fetchSummary, error) {
	damage, err := season.Mirror.SetAside(ctx, sink)
	if err != nil {
		return nil, err
	}
	summary, err := fetchPostings(ctx, e, &o.settings, season, postings, o.postings.all, sink)
	lost, backErr := season.Mirror.PutBack(context.WithoutCancel(ctx), damage)
	if err = errors.Join(err, backErr); err != nil {
		return nil, err
	}
	summary.Repaired = &repaired{Restored: len(damage.Documents) - len(lost), Lost: []lostDocument{}, Snapshots: []damagedSnapshot{}}
	owners, err := ownersOf(season.Mirror, lost)
	if err != nil {
		return nil, err
	}
	for _, d := range lost {
		summary.Repaired.Lost = append(summary.Repaired.Lost, lostDocument{d.Kind, d.BlobID, owners[d], damage.Documents[d]})
	}
	for _, id := range slices.Sorted(maps.Keys(damage.Snapshots)) {
		moved := filepath.Join(season.Mirror.Dir(), "derived", "damaged", "snapshots", id)
		summary.Repaired.Snapshots = append(summary.Repaired.Snapshots, damagedSnapshot{id, damage.Snapshots[id], moved})
	}
	return summary, nil
}

// ownersOf gives the application and posting of documents, for people.
func ownersOf(m *mirror.Mirror, documents []mirror.Reference) (map[mirror.Reference]string, error) {
	owners := map[mirror.Reference]string{}
	newest, err := m.Latest()
	if err != nil || newest == nil || len(documents) == 0 {
		return owners, err
	}
	for v, err := range mirror.Records[mirror.Version](newest, mirror.Documents) {
		if err != nil {
			return nil, err
		}
		if d := (mirror.Reference{Kind: v.Kind, BlobID: v.BlobID}); slices.Contains(documents, d) && owners[d] == "" {
			owners[d] = fmt.Sprintf("posting %s, application %s", v.PosID, v.AppID)
		}
	}
	return owners, nil
}

// tell says what was restored on standard output, and what was not, and what to do about it, on standard error.
func (r *repaired) tell(e *env, isQuiet bool) {
	if r == nil {
		return
	}
	if !isQuiet {
		fmt.Fprintf(e.stdout, "%s restored\n", plural(r.Restored, "damaged or lost document"))
	}
	for _, d := range r.Lost {
		fmt.Fprintf(e.stderr, "ejmx: not restored: %s: %s %s (%s)\n", d.Whose, d.Kind, d.BlobID, visible(d.Reason))
	}
	if len(r.Lost) > 0 {
		fmt.Fprintln(e.stderr, "ejmx: hint: EJM did not give these again: it has them no more, or their posting was not asked for (--all asks for all); "+
			"ejmx restore gives them back from an archive once their folder is moved away")
	}
	for _, s := range r.Snapshots {
		fmt.Fprintf(e.stderr, "ejmx: snapshot %s was damaged (%s) and is now in %s\n", s.ID, visible(s.Reason), s.Moved)
	}
	if len(r.Snapshots) > 0 {
		fmt.Fprintln(e.stderr, "ejmx: hint: ejmx restore gives a snapshot back from an archive that holds it; what EJM has now is in the newest snapshot")
	}
}

// incomplete reports whether something could not be made good.
func (r *repaired) incomplete() bool { return r != nil && len(r.Lost)+len(r.Snapshots) > 0 }
