package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/internal/lazy"
)

// Retention is what a season's settings say of how long things are kept:
//
//	[retention]
//	keep = "2y"                       # from the day a posting closed
//	hold = "litigation, 2 March"      # a hold on everything
//
//	[retention.posting.9012]
//	keep = "5y"
//	closed = "2024-12-15"
//	hold = "charge filed"
//
// The zero Retention keeps everything for ever.
type Retention struct {
	Keep     Period                 `toml:"keep"`
	Hold     string                 `toml:"hold"`
	Postings map[string]PostingRule `toml:"posting"` // by the posting's id
}

// PostingRule is what the settings say of one posting. What it leaves out is as it is for all.
type PostingRule struct {
	Keep   Period `toml:"keep"`
	Hold   string `toml:"hold"`
	Closed Day    `toml:"closed"` // the day it closed, where EJM's advertisement does not tell or is wrong
}

// Rule is the rule for one posting. A hold on everything holds also a posting with a rule of its own.
func (r Retention) Rule(posting string) Rule {
	own := r.Postings[posting]
	rule := Rule{Keep: r.Keep}
	if own.Keep != (Period{}) {
		rule.Keep = own.Keep
	}
	rule.Hold = strings.Join(slices.DeleteFunc([]string{r.Hold, own.Hold}, func(why string) bool { return why == "" }), "; ")
	return rule
}

// Closed is the day on which a posting closed by the settings, the zero time where they do not tell.
func (r Retention) Closed(posting string) time.Time { return r.Postings[posting].Closed.Time }

var postingID = lazy.Pattern(`^[1-9]\d*$`)

// Check finds what is wrong with the settings beyond their types.
func (r Retention) Check() error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(r.Postings)) {
		if !postingID().MatchString(id) {
			errs = append(errs, fmt.Errorf("[retention.posting.%s]: %q is no posting's id", id, id))
		}
	}
	return errors.Join(errs...)
}

// Day is a day of the calendar, in UTC.
type Day struct{ time.Time }

// UnmarshalText reads "2024-12-15", also with a time after it, which does not count.
func (d *Day) UnmarshalText(text []byte) error {
	day, _, _ := strings.Cut(string(text), "T")
	parsed, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return fmt.Errorf("%q is no day: one is written like 2024-12-15", text)
	}
	d.Time = parsed
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Day) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil || text == "" {
		*d = Day{}
		return err
	}
	return d.UnmarshalText([]byte(text))
}

// MarshalText writes it as "2024-12-15", the zero day as nothing.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON writes it as text.
func (d Day) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// String is the day as "2024-12-15", "" for the zero day.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}
