package exporter

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// Person is everything that a season holds on one person: what a data-subject request asks for. What others said of them in
// confidence is apart from the rest.
type Person struct {
	AID          ejm.ID
	Name         string   // by the newest record
	Emails       []string // that records ever had
	From, To     string   // the snapshots that tell of them, first and last
	Records      map[mirror.Method][]HeldRecord
	Applications []PersonApplication
	Interviews   []dossier.Interview
	Documents    []PersonDocument
	Appears      []Appearance
	Letters      []PersonDocument // confidential
	Opinions     []PersonOpinion  // confidential
}

// HeldRecord is a record as EJM sent it, and the first and the last snapshot that have it.
type HeldRecord struct {
	From   string          `json:"from"`
	To     string          `json:"to"`
	Record json.RawMessage `json:"record"`
}

// PersonApplication is an application, as its newest record has it.
type PersonApplication struct {
	AppID   ejm.ID         `json:"appid"`
	PosID   ejm.ID         `json:"posid"`
	Title   string         `json:"title"`
	Applied string         `json:"applied"` // as EJM sent it
	Until   string         `json:"until"`   // the last snapshot that lists it
	Answers []PersonAnswer `json:"answers"`
	Links   []string       `json:"links"` // documents kept elsewhere
	Asked   []string       `json:"asked"` // recommenders, as the applicant named them
}

// PersonAnswer is an answer to one of a posting's own questions.
type PersonAnswer struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// PersonDocument is one version of a document.
type PersonDocument struct {
	Kind    ejm.Kind `json:"kind"`
	BlobID  ejm.ID   `json:"blobid"`
	AppIDs  []ejm.ID `json:"appids"`
	Label   string   `json:"label"`
	Since   string   `json:"since"`           // RFC 3339: when it was first listed
	Until   string   `json:"until,omitempty"` // RFC 3339: when it was first not listed any more
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`
	Path    string   `json:"path"`              // from the folder; "" when it could not be had
	Problem string   `json:"problem,omitempty"` // why not

	Record json.RawMessage `json:"record"` // as EJM sent it, all but the content
}

// UnknownPersonError says that a season holds nothing on a person.
type UnknownPersonError struct {
	AID   ejm.ID
	Email string
}

func (e *UnknownPersonError) Error() string {
	if e.Email != "" {
		return fmt.Sprintf("the season holds nothing on a person with the address %s", e.Email)
	}
	return fmt.Sprintf("the season holds nothing on a person with the number (aid) %s", e.AID)
}

// Hint says where to look.
func (e *UnknownPersonError) Hint() string {
	return "people may have several addresses; the aid stands in report.json, in summary.xlsx and on EJM"
}

// SeveralPersonsError says that an address is several persons'.
type SeveralPersonsError struct {
	Email   string
	Persons map[ejm.ID]string // their names
}

func (e *SeveralPersonsError) Error() string {
	return fmt.Sprintf("%d persons have the address %s", len(e.Persons), e.Email)
}

// Hint names them.
func (e *SeveralPersonsError) Hint() string {
	lines := []string{"say which with --aid:"}
	for _, aid := range slices.Sorted(maps.Keys(e.Persons)) {
		lines = append(lines, fmt.Sprintf("  %s  %s", aid, e.Persons[aid]))
	}
	return strings.Join(lines, "\n")
}

// FindPerson gives the number of the person who ever had an address of mail, whatever its case.
func FindPerson(season *Season, email string) (ejm.ID, error) {
	snapshots, err := season.Mirror.Snapshots()
	if err != nil {
		return 0, err
	}
	found := map[ejm.ID]string{}
	for _, s := range snapshots {
		for a, err := range mirror.Records[ejm.Applicant](s, mirror.Applicants) {
			if err != nil {
				return 0, err
			}
			if strings.EqualFold(strings.TrimSpace(a.Email), strings.TrimSpace(email)) {
				found[a.AID] = fullName(a.FirstName, a.MiddleName, a.LastName)
			}
		}
	}
	switch len(found) {
	case 0:
		return 0, &UnknownPersonError{Email: email}
	case 1:
		return slices.Sorted(maps.Keys(found))[0], nil
	}
	return 0, &SeveralPersonsError{Email: email, Persons: found}
}

func fullName(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// HeldOn gathers everything that a season holds on a person; [UnknownPersonError] says that it holds nothing.
func HeldOn(season *Season, aid ejm.ID) (*Person, error) {
	snapshots, err := season.Mirror.Snapshots()
	if err != nil {
		return nil, err
	}
	g := gatherer{
		Person:    &Person{AID: aid, Records: map[mirror.Method][]HeldRecord{}},
		documents: map[mirror.Reference]*PersonDocument{}, applications: map[ejm.ID]PersonApplication{}, interviews: map[ejm.ID]dossier.Interview{},
		files: map[ejm.ID]bool{}, letters: map[ejm.ID]bool{}, labels: map[mirror.Reference]string{},
	}
	for _, s := range snapshots {
		if err := g.read(s); err != nil {
			return nil, err
		}
	}
	if len(g.Records) == 0 {
		return nil, &UnknownPersonError{AID: aid}
	}
	if err := g.settle(season.Mirror); err != nil {
		return nil, err
	}
	if err := g.Person.lookForCopies(season); err != nil {
		return nil, err
	}
	return g.Person, nil
}

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

// Problems names the documents that could not be had, and why.
func (p *Person) Problems() []string {
	problems := []string{}
	for _, d := range slices.Concat(p.Documents, p.Letters) {
		if d.Problem != "" {
			problems = append(problems, fmt.Sprintf("%s (%s %s): %s", d.Label, d.Kind, d.BlobID, d.Problem))
		}
	}
	return problems
}
