package dossier

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/abreast"
)

// Source is everything the mirror holds of one posting, before any edition was asked. Only the exporter and [Gate] see
// it.
type Source struct {
	PosID        ejm.ID
	Title        string
	Ad           ejm.Ad // the last one known; the zero Ad where there never was one
	API          string
	Tool         string
	Snapshot     Snapshot
	Applications []Application
	Interviews   []Interview
	Open         func(kind ejm.Kind, blobid ejm.ID) (fs.File, error)
}

// Application is one application with all its documents: files in EJM's order, then letters.
type Application struct {
	ejm.Application
	Applicant ejm.Applicant
	AsOf      time.Time  // the snapshot at which EJM's record became what it is
	Documents []Document // without Label numbers, Content, Path and Placed, which the gate gives
}

// Gate cuts a posting to what an edition may show. It is the only way from the mirror to an output.
func Gate(src *Source, edition *Edition) (*Posting, error) {
	p := &Posting{
		PosID: src.PosID, Title: src.Title, API: src.API, Tool: src.Tool, Snapshot: src.Snapshot, Edition: edition,
		Institution: src.Ad.Name, Department: src.Ad.Department, URL: src.Ad.URL, Deadline: src.Ad.DeadlineDate,
		Questions: edition.questions(src.Applications),
	}
	p.Dossiers = make([]*Dossier, len(src.Applications))
	err := abreast.Each(len(src.Applications), runtime.GOMAXPROCS(0), func(i int) error {
		p.Dossiers[i] = edition.dossier(&src.Applications[i], p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.Files = newDocumentFS(src.Open, p.Dossiers)
	sortDossiers(p.Dossiers)
	shown := map[ejm.ID]bool{}
	for _, d := range p.Dossiers {
		shown[d.AppID] = true
	}
	for _, v := range src.Interviews {
		if edition.Interviews && shown[v.AppID] {
			p.Interviews = append(p.Interviews, v)
		}
	}
	return p, nil
}

// sortDossiers orders by last name, first name and appid as a reader expects it: by the rules of the Unicode collation
// algorithm, so that Ångström stands with the As.
func sortDossiers(dossiers []*Dossier) {
	collator := collate.New(language.Und, collate.IgnoreCase)
	var buffer collate.Buffer
	type key struct{ last, first string }
	keys := map[*Dossier]key{}
	for _, d := range dossiers {
		keys[d] = key{
			string(collator.KeyFromString(&buffer, cut(d.Name.Last))),
			string(collator.KeyFromString(&buffer, cut(d.Name.First))),
		}
		buffer.Reset()
	}
	slices.SortFunc(dossiers, func(a, b *Dossier) int {
		return cmp.Or(
			cmp.Compare(keys[a].last, keys[b].last),
			cmp.Compare(keys[a].first, keys[b].first),
			cmp.Compare(a.AppID, b.AppID),
		)
	})
}

// cut keeps collation keys of hostile names short.
func cut(name string) string {
	if len(name) > 200 {
		return strings.ToValidUTF8(name[:200], "")
	}
	return name
}

func (e *Edition) dossier(a *Application, p *Posting) *Dossier {
	name := Name{First: a.FirstName, Middle: a.Applicant.MiddleName, Last: a.LastName}
	d := &Dossier{
		AppID: a.AppID, AID: a.AID, Name: name, Applied: a.AppDate, Changed: a.ChangeDate, AsOf: a.AsOf,
		Facts:   e.facts(a.Applicant, a.DegreeInst),
		Answers: e.answers(a.Questions, p.Questions),
	}
	d.FileName = candidateName(e, name, d.Fact("degreeinst"), a.AppID.String())
	d.Documents = e.documents(a.Documents)
	d.Excluded = len(a.Documents) - len(d.Documents)
	names := pathNames{folder: path.Join("documents", d.FileName), taken: map[string]bool{}}
	order := map[ejm.Kind]int{}
	for i := range d.Documents {
		doc := &d.Documents[i]
		order[doc.Kind]++
		if doc.State.HasBytes() {
			doc.Content = contentName(doc.Kind, doc.BlobID)
			doc.Path = names.name(orderLabel(doc, order[doc.Kind]), extension(doc))
		}
	}
	return d
}

// orderLabel is a document's label with its place: "1 Curriculum vitae", "L1 Letter Prof. Kim".
func orderLabel(d *Document, order int) string {
	if d.Kind == ejm.KindLetter {
		return fmt.Sprintf("L%d %s", order, d.Label)
	}
	return fmt.Sprintf("%d %s", order, d.Label)
}

// facts are the applicant's fields that the edition names and the applicant filled.
func (e *Edition) facts(a ejm.Applicant, degreeInst string) []Fact {
	var facts []Fact
	text := a.Texts()
	for _, key := range e.Applicant {
		value, _ := text(key)
		if value == "" && key == "degreeinst" {
			value = degreeInst // an application carries it too, an applicant's record may be missing
		}
		if value = strings.TrimSpace(value); value != "" {
			facts = append(facts, Fact{Key: key, Label: FieldLabel(key), Value: value})
		}
	}
	return facts
}

// documents are those that the edition names, files in its order, then letters.
func (e *Edition) documents(all []Document) []Document {
	rank := func(d Document) int {
		for i, word := range e.Documents {
			if word != "*" && (word == d.TypeName || word == d.TypeID.String()) {
				return i
			}
		}
		return slices.Index(e.Documents, "*")
	}
	var files, letters []Document
	for _, d := range all {
		switch {
		case d.Kind == ejm.KindLetter && e.Letters:
			letters = append(letters, d)
		case d.Kind == ejm.KindFile && rank(d) >= 0:
			files = append(files, d)
		}
	}
	slices.SortStableFunc(files, func(a, b Document) int { return cmp.Compare(rank(a), rank(b)) })
	return append(files, letters...)
}

// questions are the posting's questions that the edition may show, by EJM's sort order.
func (e *Edition) questions(applications []Application) []Question {
	type placed struct {
		Question
		order int64
	}
	seen := map[ejm.ID]placed{}
	for _, a := range applications {
		for _, q := range a.Questions {
			if _, known := seen[q.ID]; !known && e.showsAnswer(q.ID) {
				seen[q.ID] = placed{Question{ID: q.ID, Text: strings.TrimSpace(q.Question), Type: q.TypeID}, q.SortOrder}
			}
		}
	}
	ordered := slices.SortedFunc(maps.Values(seen), func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.ID, b.ID))
	})
	questions := make([]Question, len(ordered))
	for i, q := range ordered {
		questions[i] = q.Question
	}
	return questions
}

func (e *Edition) showsAnswer(id ejm.ID) bool {
	return slices.Contains(e.Answers, "*") || slices.Contains(e.Answers, id.String())
}

// answers joins what an applicant answered to each question; the boxes of one question come as several entries.
func (e *Edition) answers(given []ejm.Question, questions []Question) []Answer {
	texts := map[ejm.ID][]string{}
	for _, q := range given {
		if text := answerText(q); text != "" && !slices.Contains(texts[q.ID], text) {
			texts[q.ID] = append(texts[q.ID], text)
		}
	}
	var answers []Answer
	for _, q := range questions {
		if len(texts[q.ID]) > 0 {
			answers = append(answers, Answer{QuestionID: q.ID, Text: strings.Join(texts[q.ID], "; ")})
		}
	}
	return answers
}

// answerText is an answer for people. EJM gives the words in response_text; where it does not, response may be a JSON text
// of chosen options ({"16694":"1"}), of which the chosen ids are all there is to show.
func answerText(q ejm.Question) string {
	if text := strings.TrimSpace(q.ResponseText); text != "" {
		return text
	}
	text := strings.TrimSpace(q.Response)
	var chosen map[string]any
	if json.Unmarshal([]byte(text), &chosen) != nil {
		return text
	}
	var options []string
	for _, option := range slices.Sorted(maps.Keys(chosen)) {
		if ticked(chosen[option]) {
			options = append(options, option)
		}
	}
	return strings.Join(options, "; ")
}

// ticked reports whether a check-box's value says that it was chosen.
func ticked(value any) bool {
	text := fmt.Sprint(value)
	on, err := strconv.ParseBool(text)
	return on || err != nil && value != nil && text != ""
}
