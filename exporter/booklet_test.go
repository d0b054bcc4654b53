package exporter

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet"
)

// TestPostingsWithNobody exports a posting all of whose applications are gone, with everything there is to make of it.
func TestPostingsWithNobody(t *testing.T) {
	season, err := CreateSeason(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer season.Close()
	w, err := season.Mirror.NewSnapshot(mirror.SnapshotInfo{Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), API: "https://api.example"})
	if err != nil {
		t.Fatal(err)
	}
	w.SetPosting(9012, mirror.PostingState{Title: "Professor", Held: true})
	if _, _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	o := databaseOptions(t, season, "committee")
	o.Zip, o.CSV, o.Booklets.All = true, true, true
	if o.Packets, err = packet.NewBuilder(packet.Options{Command: []string{"none"}}); err != nil {
		t.Fatal(err)
	}
	defer o.Packets.Close()
	result, err := Export(t.Context(), season, 9012, o)
	if err != nil {
		t.Fatal(err)
	}
	if totals := result.Report.Totals; totals.Applications != 0 || totals.Documents != 0 {
		t.Errorf("nobody has %+v", totals)
	}
	booklet, err := os.ReadFile(filepath.Join(result.Folder, "booklet.pdf"))
	if err != nil || !bytes.HasPrefix(booklet, []byte("%PDF")) {
		t.Errorf("the booklet of nobody is no PDF: %v", err)
	}
}

func TestReadingOrderIsFair(t *testing.T) {
	const candidates, readers = 40, 12
	var dossiers []*dossier.Dossier
	for i := range candidates {
		dossiers = append(dossiers, &dossier.Dossier{AppID: ejm.ID(1000 + i)})
	}
	if got := ReadingOrder(dossiers, 0); !slices.Equal(got, dossiers) {
		t.Error("without a reader's number the order is that of names")
	}
	sum := map[ejm.ID]int{}
	seen := map[string]bool{}
	for reader := uint64(1); reader <= readers; reader++ {
		order := ReadingOrder(dossiers, reader)
		ids := make([]ejm.ID, len(order))
		for place, d := range order {
			sum[d.AppID] += place
			ids[place] = d.AppID
		}
		seen[fmt.Sprint(ids)] = true
		if again := ReadingOrder(dossiers, reader); !slices.Equal(again, order) {
			t.Errorf("reader %d has two orders", reader)
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != candidates {
			t.Errorf("reader %d does not read everybody once", reader)
		}
	}
	if len(seen) != readers {
		t.Errorf("%d readers have %d orders", readers, len(seen))
	}
	for id, places := range sum {
		if mean := float64(places) / readers; mean < candidates*0.3 || mean > candidates*0.7 {
			t.Errorf("candidate %s comes at place %.1f of %d on average", id, mean, candidates)
		}
	}
	if ReadingOrder(nil, 5) != nil {
		t.Error("nobody in any order is nobody")
	}
}
