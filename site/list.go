package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// head is what every page shows of the posting.
type head struct {
	Title       string
	Institution string
	Edition     string
	Deadline    string
	Taken       string
	Key         string // names the posting in the browser's store
	Tool        string
}

func (w *writer) head() head {
	p := w.posting
	h := head{
		Title: p.Title, Institution: p.Institution, Deadline: p.Deadline, Tool: p.Tool,
		Key: fmt.Sprintf("ejmx %s %s", p.API, p.PosID),
	}
	if p.Department != "" {
		h.Institution = strings.TrimPrefix(h.Institution+" · "+p.Department, " · ")
	}
	if p.Edition != nil {
		h.Edition = p.Edition.Title
	}
	if !p.Snapshot.Taken.IsZero() {
		h.Taken = p.Snapshot.Taken.UTC().Format(time.DateTime) + " UTC"
	}
	return h
}

// listPage is what index.html shows.
type listPage struct {
	head
	Count   string // "50 candidates"
	Since   string
	Letters bool
	Facts   []listFact // headers of the applicants' fields
	Filters []filter
	Rows    []listRow
	Texts   string // names of the scripts with documents' texts, parted by blanks
}

// listFact is a column of the list with one of the applicants' fields.
type listFact struct{ Label, Class string }

// filter is a choice among the values that candidates have.
type filter struct {
	Label   string
	Options []option
}

type option struct {
	Value string
	Label string
}

type listRow struct {
	AppID    ejm.ID
	Name     string
	Packet   string
	Pages    int
	Facts    []string
	Letters  letterCount
	Applied  string
	News     string // "new", "changed", ""
	Filtered string // the values by filter, as JSON
}

type letterCount struct {
	In, Requested int
}

func (l letterCount) String() string { return fmt.Sprintf("%d / %d", l.In, l.Requested) }

// Missing reports whether a letter has not arrived.
func (l letterCount) Missing() bool { return l.In < l.Requested }

// listFacts are the applicants' fields that the list has room for, where the edition shows them.
var listFacts = []string{"degreeinst", "primary_field", "curpos", "degreeendyear"}

func (w *writer) list() error {
	p := w.posting
	page := listPage{
		head: w.head(), Count: counted(len(p.Dossiers)), Since: sinceWords(w.options.Since), Letters: showsLetters(p),
		Texts: strings.Join(w.texts, " "),
	}
	facts := shownFacts(p)
	for _, key := range facts {
		column := listFact{dossier.FieldLabel(key), "fact"}
		if strings.HasSuffix(key, "year") {
			column.Class = "year"
		}
		page.Facts = append(page.Facts, column)
	}
	news := newsByID(w.options.Changes)
	sources := w.filterSources(facts, news)
	for _, d := range p.Dossiers {
		row := listRow{
			AppID: d.AppID, Name: nameOf(d), Packet: d.Packet.Path, Pages: d.Packet.Pages, Letters: countLetters(d),
			Applied: dayOf(d.Applied), News: news[d.AppID],
		}
		for _, key := range facts {
			row.Facts = append(row.Facts, d.Fact(key))
		}
		filtered, err := json.Marshal(valuesOf(sources, d))
		if err != nil {
			return err
		}
		row.Filtered = string(filtered)
		page.Rows = append(page.Rows, row)
	}
	for _, source := range sources {
		page.Filters = append(page.Filters, filter{source.label, source.options(p)})
	}
	return w.fill("index.html", "index.html", page)
}

// valuesOf gives a candidate's values, one list a filter.
func valuesOf(sources []filterSource, d *dossier.Dossier) [][]string {
	all := make([][]string, len(sources))
	for i, source := range sources {
		all[i] = append([]string{}, source.values(d)...)
	}
	return all
}

func counted(n int) string {
	if n == 1 {
		return "1 candidate"
	}
	return fmt.Sprintf("%d candidates", n)
}

// sinceWords are a snapshot's name as a day: "2026-11-20".
func sinceWords(snapshot string) string {
	t, err := time.Parse("20060102T150405Z", snapshot)
	if err != nil {
		return snapshot
	}
	return t.Format(time.DateOnly)
}

// dayOf is the day of one of EJM's times.
func dayOf(words string) string {
	day, _, _ := strings.Cut(words, " ")
	return day
}

// nameOf is a candidate's name as lists have it; one without is called by the application.
func nameOf(d *dossier.Dossier) string {
	return cmp.Or(d.Name.Listed(), "Application "+d.AppID.String())
}

func showsLetters(p *dossier.Posting) bool { return p.Edition == nil || p.Edition.Letters }

func countLetters(d *dossier.Dossier) letterCount {
	in, requested := d.Letters()
	return letterCount{in, requested}
}

// shownFacts are those of listFacts that any candidate has.
func shownFacts(p *dossier.Posting) []string {
	return slices.DeleteFunc(slices.Clone(listFacts), func(key string) bool {
		return !slices.ContainsFunc(p.Dossiers, func(d *dossier.Dossier) bool { return d.Fact(key) != "" })
	})
}

// newsByID says of each application whether it is new since the previous export, or changed.
func newsByID(changes []dossier.Change) map[ejm.ID]string {
	news := map[ejm.ID]string{}
	for _, c := range changes {
		switch {
		case c.Item == "" && c.What == "new":
			news[c.AppID] = "new"
		case news[c.AppID] == "":
			news[c.AppID] = "changed"
		}
	}
	return news
}

// filterSource is where a filter's values come from.
type filterSource struct {
	label  string
	values func(d *dossier.Dossier) []string
	fixed  []option // instead of the values there are
}

// maxChoices is how many values a question may have to be offered as a filter; one with more is asked for words.
const maxChoices = 25

func (w *writer) filterSources(facts []string, news map[ejm.ID]string) []filterSource {
	var sources []filterSource
	for _, key := range facts {
		if key != "curpos" {
			sources = append(sources, filterSource{label: dossier.FieldLabel(key), values: func(d *dossier.Dossier) []string {
				return []string{d.Fact(key)}
			}})
		}
	}
	if showsLetters(w.posting) {
		sources = append(sources, filterSource{
			label: "Letters", fixed: []option{{"complete", "All in"}, {"missing", "Some missing"}},
			values: func(d *dossier.Dossier) []string {
				if countLetters(d).Missing() {
					return []string{"missing"}
				}
				return []string{"complete"}
			},
		})
	}
	if len(news) > 0 {
		sources = append(sources, filterSource{
			label: "Since " + sinceWords(w.options.Since), fixed: []option{{"new", "New"}, {"changed", "Changed"}},
			values: func(d *dossier.Dossier) []string { return []string{news[d.AppID]} },
		})
	}
	for _, question := range w.posting.Questions {
		source := filterSource{label: question.Text, values: func(d *dossier.Dossier) []string { return choices(d, question) }}
		if n := len(source.options(w.posting)); n > 1 && n <= maxChoices {
			sources = append(sources, source)
		}
	}
	return sources
}

// choices are what a candidate chose among a question's answers.
func choices(d *dossier.Dossier, question dossier.Question) []string {
	for _, answer := range d.Answers {
		if answer.QuestionID == question.ID && question.Type == "check-boxes" {
			return strings.Split(answer.Text, "; ")
		}
		if answer.QuestionID == question.ID {
			return []string{answer.Text}
		}
	}
	return nil
}

// options are the values to choose from, sorted, each with how many candidates have it.
func (s filterSource) options(p *dossier.Posting) []option {
	if s.fixed != nil {
		return s.fixed
	}
	counts := map[string]int{}
	for _, d := range p.Dossiers {
		for _, value := range s.values(d) {
			if value != "" {
				counts[value]++
			}
		}
	}
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	options := make([]option, len(values))
	for i, value := range values {
		options[i] = option{value, fmt.Sprintf("%s (%d)", shorten(value, 60), counts[value])}
	}
	return options
}

func shorten(words string, limit int) string {
	runes := []rune(words)
	if len(runes) <= limit {
		return words
	}
	return string(runes[:limit-1]) + "…"
}
