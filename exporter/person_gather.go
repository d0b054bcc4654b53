package exporter

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// gatherer puts together what the snapshots tell of a person, from the oldest to the newest.
type gatherer struct {
	*Person
	documents    map[mirror.Reference]*PersonDocument
	applications map[ejm.ID]PersonApplication
	interviews   map[ejm.ID]dossier.Interview
	files        map[ejm.ID]bool // file_ids of the person's
	letters      map[ejm.ID]bool // letterids written for the person
	labels       map[mirror.Reference]string
}

// read takes in what one snapshot has. Applications come first: the other lists depend on them.
func (g *gatherer) read(s *mirror.Snapshot) error {
	for _, method := range mirror.Methods {
		for raw, err := range s.Records(method) {
			if err != nil {
				return err
			}
			theirs, err := g.take(s, method, raw)
			if err != nil {
				return fmt.Errorf("snapshot %s, %s: %w", s.ID, method, err)
			}
			if theirs {
				g.keep(s.ID, method, raw)
			}
		}
	}
	return nil
}

// keep notes a record. One that is as in an earlier snapshot is kept once.
func (g *gatherer) keep(snapshot string, method mirror.Method, raw json.RawMessage) {
	g.From, g.To = cmp.Or(g.From, snapshot), snapshot
	records := g.Records[method]
	for i := range records {
		if string(records[i].Record) == string(raw) {
			records[i].To = snapshot
			return
		}
	}
	g.Records[method] = append(records, HeldRecord{snapshot, snapshot, slices.Clone(raw)})
}

// take reports whether a record is of the person, and takes in what it says.
func (g *gatherer) take(s *mirror.Snapshot, method mirror.Method, raw json.RawMessage) (bool, error) {
	switch method {
	case mirror.Applications:
		return taken(raw, func(a ejm.Application) bool { return a.AID == g.AID }, func(a ejm.Application) { g.application(s, a) })
	case mirror.Applicants:
		return taken(raw, func(a ejm.Applicant) bool { return a.AID == g.AID }, g.applicant)
	case mirror.Files:
		return taken(raw, func(f ejm.File) bool { return f.AID == g.AID || g.files[f.FileID] }, nil)
	case mirror.Letters:
		return taken(raw, func(l ejm.Letter) bool { return g.letters[l.LetterID] }, nil)
	case mirror.Interviews:
		return taken(raw, func(v ejm.Interview) bool { _, theirs := g.applications[v.AppID]; return v.AID == g.AID || theirs }, g.interview)
	case mirror.Documents:
		return taken(raw, func(v mirror.Version) bool { _, theirs := g.applications[v.AppID]; return theirs }, g.version)
	}
	return false, nil
}

// taken decodes a record, asks whether it is the person's, and if so does something with it.
func taken[T any](raw json.RawMessage, theirs func(T) bool, do func(T)) (bool, error) {
	var record T
	if err := json.Unmarshal(raw, &record); err != nil || !theirs(record) {
		return false, err
	}
	if do != nil {
		do(record)
	}
	return true, nil
}

func (g *gatherer) applicant(a ejm.Applicant) {
	g.Name = cmp.Or(fullName(a.FirstName, a.MiddleName, a.LastName), g.Name)
	if a.Email != "" && !slices.Contains(g.Emails, a.Email) {
		g.Emails = append(g.Emails, a.Email)
	}
}

func (g *gatherer) application(s *mirror.Snapshot, a ejm.Application) {
	g.Name = cmp.Or(g.Name, fullName(a.FirstName, a.LastName))
	one := PersonApplication{
		AppID: a.AppID, PosID: a.PosID, Title: cmp.Or(a.AdTitle, s.Postings[a.PosID].Title), Applied: a.AppDate, Until: s.ID,
		Answers: []PersonAnswer{}, Links: []string{}, Asked: []string{},
	}
	for _, q := range a.Questions {
		one.Answers = append(one.Answers, PersonAnswer{q.Question, cmp.Or(q.ResponseText, q.Response)})
	}
	for _, f := range a.Files {
		if f.IsLink() {
			one.Links = append(one.Links, f.Path)
			continue
		}
		g.files[f.FileID] = f.FileID != 0
		g.refer(mirror.Reference{Kind: ejm.KindFile, BlobID: f.BlobID}, a.AppID, cmp.Or(f.Description, f.Name, "File"), s)
	}
	for _, r := range a.Recommendations {
		one.Asked = append(one.Asked, fullName(r.FirstName, r.LastName))
		g.letters[r.LetterID] = r.LetterID != 0
		g.refer(mirror.Reference{Kind: ejm.KindLetter, BlobID: r.BlobID}, a.AppID, fullName("Letter", r.FirstName, r.LastName), s)
	}
	g.applications[a.AppID] = one
}

// refer notes that an application has a document.
func (g *gatherer) refer(of mirror.Reference, appid ejm.ID, label string, s *mirror.Snapshot) {
	if of.BlobID == 0 {
		return
	}
	g.labels[of] = label
	d := g.document(of, appid)
	d.Since = cmp.Or(d.Since, s.Taken.Format("2006-01-02T15:04:05Z"))
}

func (g *gatherer) document(of mirror.Reference, appid ejm.ID) *PersonDocument {
	d := g.documents[of]
	if d == nil {
		d = &PersonDocument{Kind: of.Kind, BlobID: of.BlobID}
		g.documents[of] = d
	}
	if !slices.Contains(d.AppIDs, appid) {
		d.AppIDs = append(d.AppIDs, appid)
	}
	return d
}

// version takes in what the register says of a version of a document, also of those that EJM lists no more.
func (g *gatherer) version(v mirror.Version) {
	if v.Kind == mirror.KindApplication || v.BlobID == 0 {
		return
	}
	d := g.document(mirror.Reference{Kind: v.Kind, BlobID: v.BlobID}, v.AppID)
	d.Since, d.Until = cmp.Or(v.Since, d.Since), v.Until
}

func (g *gatherer) interview(v ejm.Interview) {
	g.interviews[v.ID] = dossier.Interview{
		ID: v.ID, AppID: v.AppID, AID: v.AID, Group: v.Name, Start: v.StartDatetime, End: v.EndDatetime, Description: v.Description,
		Place: joined(v.RoomLabel, v.RoomNumber, v.HotelFullName, v.Address, v.City),
	}
}

// settle puts what was gathered in order, and adds what the mirror knows of each document's bytes.
func (g *gatherer) settle(m *mirror.Mirror) error {
	for _, appid := range slices.Sorted(maps.Keys(g.applications)) {
		g.Applications = append(g.Applications, g.applications[appid])
	}
	for _, id := range slices.Sorted(maps.Keys(g.interviews)) {
		g.Interviews = append(g.Interviews, g.interviews[id])
	}
	for of, d := range g.documents {
		d.Label = cmp.Or(g.labels[of], map[ejm.Kind]string{ejm.KindFile: "File", ejm.KindLetter: "Letter"}[of.Kind])
		if err := d.weigh(m); err != nil {
			return err
		}
		if of.Kind == ejm.KindLetter {
			g.Letters = append(g.Letters, *d)
		} else {
			g.Person.Documents = append(g.Person.Documents, *d)
		}
	}
	for _, documents := range [][]PersonDocument{g.Person.Documents, g.Letters} {
		slices.SortFunc(documents, func(a, b PersonDocument) int { return cmp.Compare(a.BlobID, b.BlobID) })
	}
	return nil
}

func (d *PersonDocument) weigh(m *mirror.Mirror) error {
	blob, err := m.Document(d.Kind, d.BlobID)
	if errors.Is(err, fs.ErrNotExist) {
		d.Problem, d.Record = "it is not in the mirror: it was never fetched, or was lost", json.RawMessage("null")
		return nil
	}
	if err != nil {
		return err
	}
	sent := blob.Sent()
	d.Bytes, d.SHA256, d.Record = blob.Size, blob.SHA256, blob.Record
	folder := "documents"
	if d.Kind == ejm.KindLetter {
		folder = confidentialFolder + "/letters"
	}
	d.Path = folder + "/" + dossier.SafeName(d.Label, " "+d.BlobID.String()+dossier.Extension(sent.FileName, sent.FileType), 80)
	return nil
}
