package workbook

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// Opinion is what one reviewer says of one candidate.
type Opinion struct {
	AppID    ejm.ID
	Name     string // of the candidate, as the file that it came in has it
	Reviewer string
	Rating   string // as typed: "4", "4.5", "A−"; "" for none
	Notes    string
}

// Opinions are what a workbook's reviewers typed on the sheet Candidates. A row without a reviewer's name is by reviewer,
// usually the name of the file.
func (t *Typed) Opinions(reviewer string) []Opinion {
	typed := t.sheets["Candidates"]
	if typed == nil {
		return nil
	}
	var opinions []Opinion
	for _, key := range typed.order {
		r := typed.rows[key]
		appid, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			continue // a row that a person added has no number to join it by
		}
		o := Opinion{
			AppID: ejm.ID(appid), Name: r.name, Reviewer: r.words(headerReviewer), Rating: r.words(headerRating), Notes: r.words(headerNotes),
		}
		if o.Reviewer == "" {
			o.Reviewer = reviewer
		}
		if o.Rating != "" || o.Notes != "" {
			opinions = append(opinions, o)
		}
	}
	return opinions
}

func (r *typedRow) words(header string) string {
	c := r.cells[fold(header)]
	if c == nil {
		return ""
	}
	return strings.TrimSpace(c.value.words())
}

// Merged are the ratings of several reviewers, joined.
type Merged struct {
	Reviewers  []string // sorted
	Candidates []Rated  // best mean first, then by name
}

// Rated is one candidate with what each reviewer says.
type Rated struct {
	AppID   ejm.ID
	Name    string
	Ratings map[string]string // as typed, by reviewer
	Notes   map[string]string // by reviewer
	Count   int               // how many ratings are numbers
	Mean    float64           // of those; 0 for none
	Spread  float64           // between the highest and the lowest
}

// disagreement is the spread from which reviewers should talk to each other, on a scale of 1 to 5.
const disagreement = 2

// Disagree reports whether the reviewers are far apart.
func (r *Rated) Disagree() bool { return r.Spread >= disagreement }

// Merge joins opinions to one line a candidate. Where one reviewer gives two, the later one counts, and notes are joined.
func Merge(opinions []Opinion) *Merged {
	byID := map[ejm.ID]*Rated{}
	reviewers := map[string]bool{}
	for _, o := range opinions {
		r := byID[o.AppID]
		if r == nil {
			r = &Rated{AppID: o.AppID, Ratings: map[string]string{}, Notes: map[string]string{}}
			byID[o.AppID] = r
		}
		r.Name = cmp.Or(r.Name, o.Name)
		reviewers[o.Reviewer] = true
		if o.Rating != "" {
			r.Ratings[o.Reviewer] = o.Rating
		}
		if o.Notes != "" && o.Notes != r.Notes[o.Reviewer] {
			r.Notes[o.Reviewer] = join(r.Notes[o.Reviewer], o.Notes)
		}
	}
	m := &Merged{Reviewers: slices.Sorted(maps.Keys(reviewers))}
	for _, r := range byID {
		r.reckon()
		m.Candidates = append(m.Candidates, *r)
	}
	slices.SortFunc(m.Candidates, func(a, b Rated) int {
		return cmp.Or(cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.Name, b.Name), cmp.Compare(a.AppID, b.AppID))
	})
	return m
}

func (r *Rated) reckon() {
	low, high, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, reviewer := range slices.Sorted(maps.Keys(r.Ratings)) {
		n, err := strconv.ParseFloat(strings.ReplaceAll(r.Ratings[reviewer], ",", "."), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			continue
		}
		r.Count++
		sum += n
		low, high = min(low, n), max(high, n)
	}
	if r.Count > 0 {
		r.Mean, r.Spread = sum/float64(r.Count), high-low
	}
}

// Write writes the joined ratings as a workbook: a column a reviewer, mean, spread and disagreements. taken is the time it
// is marked with.
func (m *Merged) Write(w io.Writer, tool string, taken time.Time) error {
	b, err := newBook("Ratings", tool, taken)
	if err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	defer b.file.Close()
	if err := b.sheet(m.sheet()); err != nil {
		return fmt.Errorf("ratings: %w", err)
	}
	return b.finish(w)
}

func (m *Merged) sheet() *sheet {
	headers := headerNames{}
	s := &sheet{
		name: "Ratings", frozen: 2, empty: "Nobody has rated anyone yet.",
		columns: []column{
			{header: headers.take(headerName), narrow: 18, wide: 34},
			{header: headers.take(headerApplication), format: identity, narrow: 11, wide: 14},
			{header: headers.take("Mean"), format: decimal, narrow: 9, wide: 9},
			{header: headers.take("Spread"), format: decimal, narrow: 9, wide: 9},
			{header: headers.take("Ratings"), format: integer, narrow: 9, wide: 9},
			{header: headers.take("Disagreement"), narrow: 15, wide: 15},
		},
		rules: []rule{{"Disagreement", `{Disagreement}<>""`, toneProblem}},
	}
	for _, reviewer := range m.Reviewers {
		s.columns = append(s.columns, column{header: headers.take(reviewer), narrow: 11, wide: 18})
	}
	s.columns = append(s.columns, column{header: headers.take(headerNotes), narrow: 40, wide: 90, wrap: true})
	for i := range m.Candidates {
		s.rows = append(s.rows, m.row(&m.Candidates[i]))
	}
	return s
}

func (m *Merged) row(r *Rated) []cell {
	row := []cell{text(r.Name), number(r.AppID), {}, {}, number(r.Count), {}}
	if r.Count > 0 {
		row[2], row[3] = cell{kind: kindNumber, number: r.Mean}, cell{kind: kindNumber, number: r.Spread}
	}
	if r.Disagree() {
		row[5] = text("talk about it")
	}
	var notes []string
	for _, reviewer := range m.Reviewers {
		rating := text(r.Ratings[reviewer])
		if n, err := strconv.ParseFloat(r.Ratings[reviewer], 64); err == nil {
			rating = cell{kind: kindNumber, number: n}
		}
		row = append(row, rating)
		if r.Notes[reviewer] != "" {
			notes = append(notes, reviewer+": "+r.Notes[reviewer])
		}
	}
	return append(row, text(strings.Join(notes, "\n")))
}
