package exporter

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

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
