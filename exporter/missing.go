package exporter

import (
	"cmp"
	"slices"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// Missing is what an edition may know of a posting's documents that are still to come, and of what will soon be gone.
type Missing struct {
	PosID       ejm.ID     `json:"posid"`
	Title       string     `json:"title"`
	Institution string     `json:"institution,omitempty"`
	Department  string     `json:"department,omitempty"`
	URL         string     `json:"url,omitempty"` // the posting's public page
	Snapshot    string     `json:"snapshot"`      // the moment that all of this is of
	Awaited     []Awaited  `json:"awaited"`       // by the candidates' names
	Expiring    []Expiring `json:"expiring"`      // the soonest first
}

// Awaited is a document that an applicant asked for or announced and EJM does not have.
type Awaited struct {
	AppID     ejm.ID        `json:"appid"`
	Candidate string        `json:"candidate"` // as one says it
	Listed    string        `json:"-"`         // as lists have it
	Degree    string        `json:"degreeinst,omitempty"`
	Kind      ejm.Kind      `json:"kind"`
	RecID     ejm.ID        `json:"recid,omitempty"`
	ID        ejm.ID        `json:"id,omitempty"` // of a file
	Label     string        `json:"label"`
	State     dossier.State `json:"state"`            // not_submitted, or withdrawn
	Writer    *Writer       `json:"writer,omitempty"` // of a letter
	Date      string        `json:"date,omitempty"`   // of the last change of the request, as EJM sent it
}

// Writer is who was asked for a letter.
type Writer struct {
	Name        string `json:"name"`
	Email       string `json:"email,omitempty"`
	Institution string `json:"institution,omitempty"`
	Department  string `json:"department,omitempty"`
}

// Expiring is a letter that EJM will not give out any more from a day on, or a posting whose ad ends.
type Expiring struct {
	On        string `json:"on"` // the day, 2026-12-01
	What      string `json:"what"`
	AppID     ejm.ID `json:"appid,omitempty"` // of a letter
	Candidate string `json:"candidate,omitempty"`
	Label     string `json:"label,omitempty"`
}

// What expires.
const (
	LetterExpires = "letter expires"
	AdEnds        = "ad ends"
)

// FindMissing says what is missing of a posting in the newest snapshot that has all of it, and what expires from the day of
// now on, up to the end of within.
func FindMissing(season *Season, posid ejm.ID, edition *dossier.Edition, now time.Time, within time.Duration) (*Missing, error) {
	snapshot, err := newest(season.Mirror, posid)
	if err != nil {
		return nil, err
	}
	posting, err := gated(season, snapshot, posid, edition, "")
	if err != nil {
		return nil, err
	}
	m := &Missing{
		PosID: posid, Title: posting.Title, Institution: posting.Institution, Department: posting.Department, URL: posting.URL,
		Snapshot: snapshot.ID, Awaited: []Awaited{}, Expiring: []Expiring{},
	}
	letters := map[ejm.ID]Expiring{}
	for _, d := range posting.Dossiers {
		m.await(d)
		for i := range d.Documents {
			if doc := &d.Documents[i]; doc.Kind == ejm.KindLetter && doc.State.HasBytes() {
				letters[doc.ID] = Expiring{What: LetterExpires, AppID: d.AppID, Candidate: d.Name.Full(), Label: doc.Label}
			}
		}
	}
	soon := window{now.UTC().Format(time.DateOnly), now.Add(within).UTC().Format(time.DateOnly)}
	return m, m.expire(snapshot, letters, soon)
}

// await notes what is still to come of one application.
func (m *Missing) await(d *dossier.Dossier) {
	for i := range d.Documents {
		doc := &d.Documents[i]
		if doc.State != dossier.NotSubmitted && doc.State != dossier.Withdrawn {
			continue
		}
		a := Awaited{
			AppID: d.AppID, Candidate: d.Name.Full(), Listed: d.Name.Listed(), Degree: d.Fact("degreeinst"), Kind: doc.Kind,
			RecID: doc.RecID, Label: doc.Label, State: doc.State, Date: doc.Date,
		}
		if doc.Kind == ejm.KindFile {
			a.ID = doc.ID
		}
		if w := doc.Writer; w != nil {
			a.Writer = &Writer{Name: w.Name(), Email: w.Email, Institution: w.Institution, Department: w.Department}
		}
		m.Awaited = append(m.Awaited, a)
	}
}

// window is from one day to another, both in it.
type window struct{ from, to string }

// day gives the day of one of EJM's times, if it lies in the window.
func (w window) day(text string) (string, bool) {
	if len(text) < len(time.DateOnly) {
		return "", false
	}
	day := text[:len(time.DateOnly)]
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", false
	}
	return day, w.from <= day && day <= w.to
}

// expire notes which of the letters that the edition shows expire soon, and whether the ad ends.
func (m *Missing) expire(snapshot *mirror.Snapshot, letters map[ejm.ID]Expiring, soon window) error {
	for l, err := range mirror.Records[ejm.Letter](snapshot, mirror.Letters) {
		if err != nil {
			return err
		}
		e, shown := letters[l.LetterID]
		if on, isSoon := soon.day(l.ExpiryDate); shown && isSoon {
			e.On = on
			m.Expiring = append(m.Expiring, e)
		}
	}
	for ad, err := range mirror.Records[ejm.Ad](snapshot, mirror.Ads) {
		if err != nil {
			return err
		}
		if on, isSoon := soon.day(ad.EndDate); ad.PosID() == m.PosID && isSoon {
			m.Expiring = append(m.Expiring, Expiring{On: on, What: AdEnds})
		}
	}
	slices.SortFunc(m.Expiring, func(a, b Expiring) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Candidate, b.Candidate), cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.Label, b.Label))
	})
	return nil
}

// Count gives how many letters and files are still to come.
func (m *Missing) Count() (letters, files int) {
	for _, a := range m.Awaited {
		if a.Kind == ejm.KindLetter {
			letters++
		} else {
			files++
		}
	}
	return letters, files
}

// By is who was asked for a letter; nobody for a file.
func (a Awaited) By() Writer {
	if a.Writer == nil {
		return Writer{}
	}
	return *a.Writer
}
