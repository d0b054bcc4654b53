package exporter

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet"
)

// TestClosedPostingsKeepTheirAd fetches a posting while it is advertised and after: what its ad said is still known, and no
// packet is made again because of it.
func TestClosedPostingsKeepTheirAd(t *testing.T) {
	season, err := CreateSeason(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer season.Close()
	builder, err := packet.NewBuilder(packet.Options{Command: []string{"none"}})
	if err != nil {
		t.Fatal(err)
	}
	defer builder.Close()
	edition, err := dossier.Editions{}.Load("committee")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for day, ad := range []string{"Old name", "University of Northumbria", ""} {
		advertised(t, season.Mirror, day+1, ad)
		snapshot, err := newest(season.Mirror, 9012)
		if err != nil {
			t.Fatal(err)
		}
		posting, err := gated(season, snapshot, 9012, edition, "ejmx test")
		if err != nil {
			t.Fatal(err)
		}
		want := ad
		if want == "" {
			want = "University of Northumbria"
		}
		if posting.Institution != want || posting.Department != "Economics" {
			t.Errorf("day %d: the posting is of %q, %q", day+1, posting.Institution, posting.Department)
		}
		keys[builder.Key(posting, posting.Dossiers[0])] = true
	}
	if len(keys) != 2 {
		t.Errorf("one change of an ad gives %d packets of three", len(keys))
	}
}

// advertised adds a snapshot of a day, with an ad of an institution or with none.
func advertised(t *testing.T, m *mirror.Mirror, day int, institution string) {
	t.Helper()
	w, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC), API: "https://api.example"})
	if err != nil {
		t.Fatal(err)
	}
	w.SetPosting(9012, mirror.PostingState{Title: "Professor", Applications: 1, Held: true})
	records := map[mirror.Method]string{
		mirror.Applications: `{"appid": 100, "aid": 5, "posid": 9012, "fname": "Min-Jung", "lname": "Lee"}`,
		mirror.Documents:    `{"kind": "application", "appid": 100, "posid": 9012, "since": "2026-11-01T09:00:00Z"}`,
	}
	if institution != "" {
		records[mirror.Ads] = fmt.Sprintf(`{"adtitle": "Professor", "name": %q, "department": "Economics", "url": "https://econjobmarket.org/positions/9012"}`, institution)
	}
	for method, record := range records {
		if err := w.Add(method, json.RawMessage(record)); err != nil {
			t.Fatal(err)
		}
	}
	if _, isNew, err := w.Commit(); err != nil || !isNew {
		t.Fatalf("the snapshot is new: %v, %v", isNew, err)
	}
}
