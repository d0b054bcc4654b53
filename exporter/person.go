package exporter

import (
	"encoding/json"
	"fmt"
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
