package exporter

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/abreast"
	"github.com/ejmx/ejmx/mirror"
)

// collector reads what the mirror holds of one posting.
type collector struct {
	mirror     *mirror.Mirror
	snapshot   *mirror.Snapshot
	posid      ejm.ID
	only       func(appid ejm.ID) bool // nil is all
	applicants map[ejm.ID]ejm.Applicant
	current    map[mirror.Slot]mirror.Version
	previous   map[mirror.Slot]int // older versions whose bytes are held
	withdrawn  map[mirror.Slot]mirror.Version
	since      map[ejm.ID]string // RFC 3339: when an application's record became what it is
	files      map[ejm.ID]listed
}

// listed is what /api/files alone tells of a file.
type listed struct{ name, mediaType, path string }

// newest gives the newest snapshot that has all of a posting.
func newest(m *mirror.Mirror, posid ejm.ID) (*mirror.Snapshot, error) {
	snapshot, err := m.Holding(posid)
	if err == nil && snapshot == nil {
		err = &NotFetchedError{Posting: posid}
	}
	return snapshot, err
}

// collect gives everything the mirror holds of a posting, as it stood in a snapshot, or of those of its applications that are
// chosen.
func collect(m *mirror.Mirror, snapshot *mirror.Snapshot, posid ejm.ID, tool string, only func(appid ejm.ID) bool) (*dossier.Source, error) {
	c := &collector{
		mirror: m, snapshot: snapshot, posid: posid, only: only,
		applicants: map[ejm.ID]ejm.Applicant{}, current: map[mirror.Slot]mirror.Version{},
		previous: map[mirror.Slot]int{}, withdrawn: map[mirror.Slot]mirror.Version{}, files: map[ejm.ID]listed{}, since: map[ejm.ID]string{},
	}
	src := &dossier.Source{
		PosID: posid, Title: snapshot.Postings[posid].Title, API: snapshot.API, Tool: tool,
		Snapshot: dossier.Snapshot{ID: snapshot.ID, Taken: snapshot.Taken},
		Open:     func(kind ejm.Kind, blobid ejm.ID) (fs.File, error) { return m.OpenDocument(kind, blobid) },
	}
	if err := c.read(src); err != nil {
		return nil, err
	}
	return src, nil
}

// NotFetchedError says that a posting has never been fetched as a whole.
type NotFetchedError struct{ Posting ejm.ID }

func (e *NotFetchedError) Error() string {
	return fmt.Sprintf("posting %s has not been fetched yet", e.Posting)
}

// Hint says what to do about it.
func (e *NotFetchedError) Hint() string { return "run: ejmx fetch --posting " + e.Posting.String() }

func (c *collector) read(src *dossier.Source) error {
	if err := c.readRegister(); err != nil {
		return err
	}
	wanted, err := c.readApplications(src)
	if err != nil {
		return err
	}
	if err := c.readApplicants(src, wanted); err != nil {
		return err
	}
	if err := c.readFiles(src); err != nil {
		return err
	}
	if err := c.readInterviews(src, wanted); err != nil {
		return err
	}
	if src.Ad, err = lastAd(c.mirror, c.snapshot, c.posid); err != nil {
		return err
	}
	// Each document's record is a file of its own to be looked up.
	return abreast.Each(len(src.Applications), runtime.GOMAXPROCS(0), func(i int) error { return c.documents(&src.Applications[i]) })
}

func (c *collector) readRegister() error {
	for v, err := range mirror.Records[mirror.Version](c.snapshot, mirror.Documents) {
		switch {
		case err != nil:
			return err
		case v.PosID != c.posid:
		case v.Kind == mirror.KindApplication:
			c.since[v.AppID] = v.Since
		case v.Current():
			c.current[v.Slot()] = v
		case v.State == mirror.Held:
			c.previous[v.Slot()]++
			c.withdrawn[v.Slot()] = v
		}
	}
	return nil
}

func (c *collector) readApplications(src *dossier.Source) (applicants map[ejm.ID]bool, err error) {
	applicants = map[ejm.ID]bool{}
	for a, err := range mirror.Records[ejm.Application](c.snapshot, mirror.Applications) {
		if err != nil {
			return nil, err
		}
		if a.PosID == c.posid && (c.only == nil || c.only(a.AppID)) {
			asOf, err := time.Parse(time.RFC3339, c.since[a.AppID])
			if err != nil {
				asOf = c.snapshot.Taken // a mirror without such lines
			}
			a.Forget() // of thousands it is much
			src.Applications = append(src.Applications, dossier.Application{Application: a, AsOf: asOf.UTC()})
			applicants[a.AID] = true
		}
	}
	return applicants, nil
}

func (c *collector) readApplicants(src *dossier.Source, wanted map[ejm.ID]bool) error {
	for a, err := range mirror.Records[ejm.Applicant](c.snapshot, mirror.Applicants) {
		if err != nil {
			return err
		}
		if wanted[a.AID] {
			a.Forget()
			c.applicants[a.AID] = a
		}
	}
	for i := range src.Applications {
		src.Applications[i].Applicant = c.applicants[src.Applications[i].AID]
	}
	return nil
}

func (c *collector) readFiles(src *dossier.Source) error {
	wanted := map[ejm.ID]bool{}
	for _, a := range src.Applications {
		for _, f := range a.Files {
			wanted[f.FileID] = true
		}
	}
	for f, err := range mirror.Records[ejm.File](c.snapshot, mirror.Files) {
		if err != nil {
			return err
		}
		if wanted[f.FileID] {
			c.files[f.FileID] = listed{f.FileName, f.FileType, f.Path}
		}
	}
	return nil
}

func (c *collector) readInterviews(src *dossier.Source, applicants map[ejm.ID]bool) error {
	names := map[ejm.ID]string{}
	for conference, err := range mirror.Records[ejm.Conference](c.snapshot, mirror.Conferences) {
		if err != nil {
			return err
		}
		names[conference.ConferenceID] = conference.Name
	}
	for v, err := range mirror.Records[conferenceInterview](c.snapshot, mirror.Interviews) {
		if err != nil {
			return err
		}
		if !applicants[v.AID] {
			continue
		}
		src.Interviews = append(src.Interviews, dossier.Interview{
			ID: v.ID, AppID: v.AppID, AID: v.AID, Name: strings.TrimSpace(v.FirstName + " " + v.LastName),
			Conference: names[v.conference], ConferenceID: v.conference, Group: v.Name,
			Start: v.StartDatetime, End: v.EndDatetime, Description: v.Description,
			Place: joined(v.RoomLabel, v.RoomNumber, v.HotelFullName, v.Address, v.City),
		})
	}
	return nil
}

// conferenceInterview is an interview with the conference that fetch noted with it.
type conferenceInterview struct {
	ejm.Interview
	conference ejm.ID
}

// UnmarshalJSON reads EJM's record and the key that fetch added.
func (v *conferenceInterview) UnmarshalJSON(data []byte) error {
	conference, err := mirror.ConferenceOf(data)
	if err != nil {
		return err
	}
	v.conference = conference
	return v.Interview.UnmarshalJSON(data)
}

func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}

// documents lists an application's files in EJM's order and its letters, each with what is known of it.
func (c *collector) documents(a *dossier.Application) error {
	for _, f := range a.Files {
		also := c.files[f.FileID]
		d := dossier.Document{
			Kind: ejm.KindFile, ID: f.FileID, TypeID: f.TypeID, TypeName: f.Name, BlobID: f.BlobID,
			Label:    cmp.Or(f.Description, f.Name, "File"),
			FileName: cmp.Or(f.FileName, also.name), MediaType: cmp.Or(f.FileType, also.mediaType),
			Date: cmp.Or(f.UpdatedAt, f.CreatedAt),
		}
		if f.IsLink() {
			d.State, d.URL = dossier.Link, cmp.Or(f.Path, also.path)
			a.Documents = append(a.Documents, d)
			continue
		}
		if err := c.settle(&d, mirror.Slot{Kind: ejm.KindFile, AppID: a.AppID, ID: f.FileID}); err != nil {
			return err
		}
		a.Documents = append(a.Documents, d)
	}
	for _, r := range a.Recommendations {
		writer := &dossier.Writer{First: r.FirstName, Last: r.LastName, Institution: r.Institution, Department: r.Department, Email: r.Email}
		d := dossier.Document{
			Kind: ejm.KindLetter, ID: r.LetterID, RecID: r.RecID, BlobID: r.BlobID, Writer: writer,
			Label: strings.TrimSpace("Letter " + writer.Name()), Date: cmp.Or(r.UpdatedAt, r.CreatedAt),
		}
		if err := c.settle(&d, mirror.Slot{Kind: ejm.KindLetter, AppID: a.AppID, ID: r.RecID}); err != nil {
			return err
		}
		a.Documents = append(a.Documents, d)
	}
	return nil
}

// settle gives a document its state from the register and its bytes' figures from the mirror.
func (c *collector) settle(d *dossier.Document, slot mirror.Slot) error {
	d.Previous = c.previous[slot]
	version, known := c.current[slot]
	switch {
	case !known:
		d.State, d.Reason = dossier.Failed, "it was not asked for yet; run ejmx fetch"
	case version.State == mirror.Absent:
		d.State = dossier.NotSubmitted
		if _, wasThere := c.withdrawn[slot]; wasThere {
			d.State, d.Reason = dossier.Withdrawn, "EJM has it no more; the mirror keeps what it had"
		}
	case version.State == mirror.Gone:
		d.State, d.Reason = dossier.Withdrawn, "EJM had it no more when it was asked for"
	case version.State == mirror.Held:
		d.BlobID = version.BlobID
		return c.weigh(d)
	default:
		d.State, d.Reason = dossier.Failed, cmp.Or(version.Reason, "it was not asked for yet; run ejmx fetch")
	}
	return nil
}

// weigh fills in what the mirror knows of a document's bytes. A mirror that has lost or damaged one is a failure of that
// document, not of the run.
func (c *collector) weigh(d *dossier.Document) error {
	blob, err := c.mirror.Document(d.Kind, d.BlobID)
	if err != nil {
		d.State, d.Reason = dossier.Failed, "the mirror has lost it; run ejmx fetch to get it again"
		if !errors.Is(err, fs.ErrNotExist) {
			d.Reason = err.Error()
		}
		return nil
	}
	d.State, d.Bytes, d.SHA1, d.SHA256 = dossier.Stored, blob.Size, blob.SHA1, blob.SHA256
	sent := blob.Sent()
	d.FileName, d.MediaType = cmp.Or(sent.FileName, d.FileName), cmp.Or(sent.FileType, d.MediaType)
	if blob.Belies(sent) {
		d.State, d.Reason = dossier.Suspect, "its SHA-1 is not the one EJM gives for it"
	}
	return nil
}
