package mirror_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/season"
)

// seasonMirror is a made-up season of two postings over some days, with people who applied to both.
func seasonMirror(t *testing.T) (m *mirror.Mirror, postings []ejm.ID) {
	t.Helper()
	m, err := mirror.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := season.Write(m, season.Options{Seed: 3, Applications: 10, Postings: 2, Days: 3, DocumentBytes: 2000}); err != nil {
		t.Fatal(err)
	}
	latest, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	return m, slices.Sorted(maps.Keys(latest.Postings))
}

// told gives the ids that all snapshots have of applications by posting, and of applicants.
func told(t *testing.T, m *mirror.Mirror) (applications, applicants map[ejm.ID]bool) {
	t.Helper()
	applications, applicants = map[ejm.ID]bool{}, map[ejm.ID]bool{}
	snapshots, err := m.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range snapshots {
		for a, err := range mirror.Records[ejm.Application](s, mirror.Applications) {
			if err != nil {
				t.Fatal(err)
			}
			applications[a.PosID] = true
		}
		for a, err := range mirror.Records[ejm.Applicant](s, mirror.Applicants) {
			if err != nil {
				t.Fatal(err)
			}
			applicants[a.AID] = true
		}
	}
	return applications, applicants
}

func verifies(t *testing.T, m *mirror.Mirror) {
	t.Helper()
	v, err := m.Verify(t.Context(), ledger.Discard)
	if err != nil || len(v.Faults) > 0 {
		t.Fatalf("%v %v", v.Faults, err)
	}
}

func TestForgetLeavesOnlyWhatStaysNeeds(t *testing.T) {
	t.Parallel()
	m, postings := seasonMirror(t)
	gone := map[ejm.ID]bool{postings[0]: true}
	inventory, err := m.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	needed := inventory.Needed(gone)
	stored, err := m.Stored()
	if err != nil {
		t.Fatal(err)
	}
	loose := slices.DeleteFunc(slices.Clone(stored), func(d mirror.Reference) bool { return needed[d] })
	shared := 0
	for d := range inventory[postings[0]].Documents {
		if inventory[postings[1]].Documents[d] {
			shared++
		}
	}
	if shared == 0 || len(loose) == 0 || len(loose)+shared != len(inventory[postings[0]].Documents) {
		t.Fatalf("%d of %d documents would go, %d are the other posting's too", len(loose), len(stored), shared)
	}
	before, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Forget(t.Context(), gone, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	verifies(t, m)
	for _, d := range loose {
		if err := errors.Join(m.Remove(d), m.Remove(d)); err != nil {
			t.Fatal(err)
		}
	}
	verifies(t, m)
	applications, applicants := told(t, m)
	if !reflect.DeepEqual(applications, map[ejm.ID]bool{postings[1]: true}) || len(applicants) == 0 {
		t.Errorf("applications to %v, %d applicants", applications, len(applicants))
	}
	after, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	if after.ID != before.ID || after.Postings[postings[1]] != before.Postings[postings[1]] || len(after.Postings) != 1 {
		t.Errorf("%s tells of %v", after.ID, after.Postings)
	}
	if rest, err := m.Stored(); err != nil || len(rest) != len(stored)-len(loose) {
		t.Errorf("%d documents are left (%v)", len(rest), err)
	}
	if _, err := os.Stat(filepath.Join(m.Dir(), "replacing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replacing: %v", err)
	}
}

func TestForgetEverythingLeavesNoSnapshot(t *testing.T) {
	t.Parallel()
	m, postings := seasonMirror(t)
	if err := m.Forget(t.Context(), map[ejm.ID]bool{postings[0]: true, postings[1]: true}, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	if latest, err := m.Latest(); latest != nil || err != nil {
		t.Errorf("%v %v", latest, err)
	}
	inventory, err := m.Inventory()
	if err != nil || len(inventory) != 0 {
		t.Errorf("%v %v", inventory, err)
	}
}

// TestKilledBetweenTwoRenames sets up what a kill leaves at the one moment at which a snapshot is not in its place.
func TestKilledBetweenTwoRenames(t *testing.T) {
	t.Parallel()
	m, _ := seasonMirror(t)
	latest, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(m.Dir(), filepath.FromSlash(name)) }
	if err := errors.Join(os.Mkdir(at("replacing"), 0o700), os.Rename(at("snapshots/"+latest.ID), at("replacing/"+latest.ID))); err != nil {
		t.Fatal(err)
	}
	again, err := mirror.Open(m.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	found, err := again.Latest()
	if err != nil || found.ID != latest.ID {
		t.Fatalf("%v %v", found, err)
	}
	verifies(t, again)
}

func TestDisposedStaysOutOfNewSnapshots(t *testing.T) {
	t.Parallel()
	m, postings := seasonMirror(t)
	if err := m.MarkDisposed(postings[:1], time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if err := m.Forget(t.Context(), map[ejm.ID]bool{postings[0]: true}, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	again := season.Options{Seed: 3, Applications: 10, Postings: 2, DocumentBytes: 2000, Taken: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := season.Write(m, again); err != nil { // EJM still lists both postings
		t.Fatal(err)
	}
	if applications, _ := told(t, m); applications[postings[0]] || !applications[postings[1]] {
		t.Errorf("applications to %v", applications)
	}
	if err := m.Readmit(postings[0]); err != nil {
		t.Fatal(err)
	}
	again.Taken = again.Taken.AddDate(0, 0, 1)
	if err := season.Write(m, again); err != nil {
		t.Fatal(err)
	}
	if applications, _ := told(t, m); !applications[postings[0]] {
		t.Errorf("after readmitting it: applications to %v", applications)
	}
}
