package archive

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ejmx/ejmx/internal/lazy"
)

// Period is how long records are kept: whole years, months, weeks or days of the calendar.
type Period struct {
	Years, Months, Days int
	text                string
}

var period = lazy.Pattern(`^([1-9]\d{0,3})([ymwd])$`)

// ParsePeriod reads "2y", "6m", "4w" or "28d".
func ParsePeriod(s string) (Period, error) {
	m := period().FindStringSubmatch(s)
	if m == nil {
		return Period{}, fmt.Errorf("%q is no period: a number and y, m, w or d is, such as 2y or 28d", s)
	}
	n, _ := strconv.Atoi(m[1]) // four digits, as the pattern has it
	p := Period{text: s}
	switch m[2] {
	case "y":
		p.Years = n
	case "m":
		p.Months = n
	case "w":
		p.Days = 7 * n
	case "d":
		p.Days = n
	}
	return p, nil
}

// String is the period as it was read.
func (p Period) String() string { return p.text }

// MarshalText gives the period as it was read.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads what [ParsePeriod] does.
func (p *Period) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePeriod(string(text))
	return err
}

// After gives the first day on which the period from t is over. From the last day of a month, months and years end on the
// last day of a month that is shorter: a month after 31 January is the end of February, never March.
func (p Period) After(t time.Time) time.Time {
	t = t.UTC()
	first := time.Date(t.Year()+p.Years, t.Month()+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1+p.Days)
}

// Rule says how long one posting's records are kept.
type Rule struct {
	Keep Period `json:"keep"`           // from the day the posting closed; the zero Period keeps for ever
	Hold string `json:"hold,omitempty"` // why nothing is disposed of for now; "" without a hold
}

// Holding is a posting with its close and the rule that applies to it.
type Holding struct {
	Posting string
	Closed  time.Time // the zero time when that is not known
	Rule    Rule
}

// Due is when a holding may be disposed of. Reason says why there is no such day, in words for people.
type Due struct {
	Holding
	On     time.Time // the zero time when nothing is to be disposed of
	Reason string
}

// Schedule gives every holding with the day on which it is due, the earliest first and those without a day last. Is it due
// by now? [Due.By] answers.
func Schedule(holdings []Holding) []Due {
	all := make([]Due, 0, len(holdings))
	for _, h := range holdings {
		all = append(all, h.due())
	}
	slices.SortStableFunc(all, func(a, b Due) int {
		if a.On.IsZero() != b.On.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.On.IsZero()]
		}
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Posting, b.Posting))
	})
	return all
}

func (h Holding) due() Due {
	switch {
	case h.Rule.Hold != "":
		return Due{Holding: h, Reason: "on hold: " + h.Rule.Hold}
	case h.Closed.IsZero():
		return Due{Holding: h, Reason: "the day on which it closed is not known"}
	case h.Rule.Keep == Period{}:
		return Due{Holding: h, Reason: "no retention rule"}
	}
	return Due{Holding: h, On: h.Rule.Keep.After(h.Closed)}
}

// By reports whether the holding may be disposed of at the time given.
func (d Due) By(now time.Time) bool { return !d.On.IsZero() && !now.Before(d.On) }
