package exporter

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// Retained is what the season's mirror holds of one posting, and what the retention rules say of it.
type Retained struct {
	PosID        ejm.ID      `json:"posid"`
	Title        string      `json:"title"`
	Applications int         `json:"applications"` // that were ever seen
	Documents    int         `json:"documents"`    // held, of every version
	Bytes        int64       `json:"bytes"`        // of these documents
	Snapshots    int         `json:"snapshots"`    // that tell of it
	Closed       archive.Day `json:"closed,omitzero"`
	archive.Rule
	DueOn  archive.Day `json:"due_on,omitzero"`
	IsDue  bool        `json:"is_due"`
	Reason string      `json:"reason,omitempty"` // why there is no day on which it is due, for people
}

// Due gives every posting that the mirror holds with the day on which it is due for disposal by the rules, the earliest
// first. It changes nothing and needs no lock.
func Due(season *Season, rules archive.Retention, now time.Time) ([]Retained, error) {
	inventory, err := season.Mirror.Inventory()
	if err != nil {
		return nil, err
	}
	return retained(season, inventory, rules, now)
}

func retained(season *Season, inventory mirror.Inventory, rules archive.Retention, now time.Time) ([]Retained, error) {
	closed, err := closings(season.Mirror)
	if err != nil {
		return nil, err
	}
	var holdings []archive.Holding
	ids := map[string]ejm.ID{}
	for _, posid := range slices.Sorted(maps.Keys(inventory)) {
		id := posid.String()
		h := archive.Holding{Posting: id, Closed: rules.Closed(id), Rule: rules.Rule(id)}
		if h.Closed.IsZero() {
			h.Closed = closed[posid]
		}
		ids[id] = posid
		holdings = append(holdings, h)
	}
	all := []Retained{}
	for _, due := range archive.Schedule(holdings) {
		posid := ids[due.Posting]
		of := inventory[posid]
		one := Retained{
			PosID: posid, Title: of.Title, Applications: len(of.Applications), Snapshots: of.Snapshots,
			Closed: archive.Day{Time: due.Closed}, Rule: due.Rule, DueOn: archive.Day{Time: due.On}, IsDue: due.By(now), Reason: due.Reason,
		}
		one.weigh(season.Mirror, of)
		all = append(all, one)
	}
	return all, nil
}

// weigh counts the documents of a posting that the mirror has. Of one whose record is damaged the size is not known.
func (r *Retained) weigh(m *mirror.Mirror, of *mirror.Belongings) {
	for d := range of.Documents {
		if !m.Has(d.Kind, d.BlobID) {
			continue
		}
		r.Documents++
		if blob, err := m.Document(d.Kind, d.BlobID); err == nil {
			r.Bytes += blob.Size
		}
	}
}

// closings gives the day on which each posting closed by the newest advertisement of it that the mirror has: its deadline or
// its end, whichever is later. A posting whose advertisement was never fetched is not in it.
func closings(m *mirror.Mirror) (map[ejm.ID]time.Time, error) {
	days := map[ejm.ID]time.Time{}
	err := eachAd(m, func(ad ejm.Ad) {
		closes := laterDay(ad.DeadlineDate, ad.EndDate)
		if !closes.IsZero() {
			days[ad.PosID()] = closes
		}
	})
	return days, err
}

// eachAd gives the advertisements of all snapshots, the oldest first.
func eachAd(m *mirror.Mirror, do func(ad ejm.Ad)) error {
	snapshots, err := m.Snapshots()
	if err != nil {
		return err
	}
	for _, s := range snapshots {
		for ad, err := range mirror.Records[ejm.Ad](s, mirror.Ads) {
			if err != nil {
				return err
			}
			do(ad)
		}
	}
	return nil
}

// laterDay is the later of two of EJM's days or times, the zero time where neither is one.
func laterDay(a, b string) time.Time {
	var latest time.Time
	for _, text := range []string{a, b} {
		day, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
		if err == nil && day.After(latest) {
			latest = day
		}
	}
	return latest
}

// organization is the institution that the newest advertisement names.
func organization(m *mirror.Mirror) (name string, err error) {
	err = eachAd(m, func(ad ejm.Ad) { name = cmp.Or(ad.Name, name) })
	return name, err
}
