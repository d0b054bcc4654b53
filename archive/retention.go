package archive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Period is how long records are kept: whole years, months, weeks or days of the calendar.
type Period struct {
	Years, Months, Days int
	text                string
}

var period = regexp.MustCompile(`^([1-9]\d{0,3})([ymwd])$`)

// ParsePeriod reads "2y", "6m", "4w" or "28d".
func ParsePeriod(s string) (Period, error) {
	m := period.FindStringSubmatch(s)
	if m == nil {
		return Period{}, fmt.Errorf("retention: %q is no period: a number and y, m, w or d is, such as 2y or 28d", s)
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
	Keep Period // from the day the posting closed; the zero Period keeps for ever
	Hold string // why nothing is disposed of for now; "" without a hold
}

// Holding is a posting with its close and the rule that applies to it.
type Holding struct {
	Posting string
	Closed  time.Time // the zero time when it has not closed
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
		return Due{Holding: h, Reason: "the posting has not closed"}
	case h.Rule.Keep == Period{}:
		return Due{Holding: h, Reason: "no retention rule"}
	}
	return Due{Holding: h, On: h.Rule.Keep.After(h.Closed)}
}

// By reports whether the holding may be disposed of at the time given.
func (d Due) By(now time.Time) bool { return !d.On.IsZero() && !now.Before(d.On) }

// Certificate says what was disposed of. It holds no personal data: counts and checksums, no names.
type Certificate struct {
	Schema       int           `json:"schema"` // 1
	Organization string        `json:"organization"`
	Postings     []string      `json:"postings"`
	Rule         string        `json:"rule"`   // "2y from the posting's close on 2024-11-24"
	By           string        `json:"by"`     // the person or account that gave the order
	Time         time.Time     `json:"time"`   // UTC
	Tool         string        `json:"tool"`   // "ejmx 0.1.0"
	Totals       DisposedTotal `json:"totals"` // what was deleted
	SHA256       []string      `json:"sha256"` // of each document and archive deleted, sorted, hex
	Remaining    []string      `json:"copies_elsewhere"`
}

// DisposedTotal counts what was deleted.
type DisposedTotal struct {
	Applications int   `json:"applications"`
	Documents    int   `json:"documents"`
	Archives     int   `json:"archives"`
	Files        int   `json:"files"` // all of them, derived ones and exports included
	Bytes        int64 `json:"bytes"`
}

// WriteJSON writes the certificate as JSON; the same certificate gives the same bytes.
func (c Certificate) WriteJSON(w io.Writer) error {
	c.Schema, c.Time = 1, c.Time.UTC()
	c.SHA256 = slices.Compact(slices.Sorted(slices.Values(c.SHA256)))
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}
