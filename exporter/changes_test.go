package exporter

import (
	"slices"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/season"
)

// TestChangesAreThoseOfTheWhole holds the changes told from the applications with which something has happened against those
// of whole postings: in a made-up season, from each of its days to each later one.
func TestChangesAreThoseOfTheWhole(t *testing.T) {
	s, err := CreateSeason(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := season.Write(s.Mirror, season.Options{Applications: 24, DocumentBytes: 400, Days: 6}); err != nil {
		t.Fatal(err)
	}
	snapshots, err := s.Mirror.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range []string{"committee", "public-talk"} {
		edition, err := s.Editions().Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, now := range snapshots {
			for posid := range now.Postings {
				after, err := gated(s, now, posid, edition, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, then := range snapshots[:i] {
					before, err := gated(s, then, posid, edition, "")
					if err != nil {
						t.Fatal(err)
					}
					want := dossier.Compare(before, after)
					got, err := changesSince(s, then, after)
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%s, %s, posting %s since %s: %v instead of %v, or %v", name, now.ID, posid, then.ID, got, want, err)
					}
					found += len(want)
				}
			}
		}
	}
	if found == 0 {
		t.Error("nothing ever changed")
	}
}
