package exporter

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
)

func TestWhatIsDue(t *testing.T) {
	p := newPrunable(t)
	year := must(archive.ParsePeriod("1y"))
	due := func(r archive.Retention, now time.Time) map[ejm.ID]Retained {
		all := map[ejm.ID]Retained{}
		for _, one := range must(Due(p.Season, r, now)) {
			all[one.PosID] = one
		}
		return all
	}
	closed := due(rules(), later)[p.a].Closed
	if closed.IsZero() {
		t.Fatal("the advertisement does not say when the posting closed")
	}
	dayBefore := twoYears.After(closed.Time).Add(-time.Second)
	for name, c := range map[string]struct {
		rules  archive.Retention
		now    time.Time
		due    bool
		reason string
	}{
		"the day before":         {rules(), dayBefore, false, ""},
		"on the day":             {rules(), dayBefore.Add(time.Second), true, ""},
		"no rule":                {archive.Retention{}, later, false, "no retention rule"},
		"a hold on everything":   {archive.Retention{Keep: twoYears, Hold: "audit"}, later, false, "on hold: audit"},
		"a hold on this":         {rules(p.a), later, false, "on hold: charge filed"},
		"a hold on the other":    {rules(p.b), later, true, ""},
		"a shorter rule":         {archive.Retention{Keep: twoYears, Postings: map[string]archive.PostingRule{p.a.String(): {Keep: year}}}, year.After(closed.Time), true, ""},
		"closed by ejmx.toml":    {archive.Retention{Keep: year, Postings: map[string]archive.PostingRule{p.a.String(): {Closed: archive.Day{Time: later}}}}, later, false, ""},
		"a rule of its own only": {archive.Retention{Postings: map[string]archive.PostingRule{p.a.String(): {Keep: year}}}, later, true, ""},
	} {
		if got := due(c.rules, c.now)[p.a]; got.IsDue != c.due || got.Reason != c.reason {
			t.Errorf("%s: due %v on %s, reason %q", name, got.IsDue, got.DueOn, got.Reason)
		}
	}
	if _, err := NewSurvey(p.Season, rules(p.a), later, []ejm.ID{p.a}); err == nil || !strings.Contains(err.Error(), "charge filed") {
		t.Errorf("a posting on hold was to be disposed of: %v", err)
	}
	if one := must(NewSurvey(p.Season, rules(), later, []ejm.ID{p.a})); !slices.Equal(one.Due, []ejm.ID{p.a}) {
		t.Errorf("asked for one, %v are due", one.Due)
	}
}

func TestUnknownCloseIsNeverDue(t *testing.T) {
	season := seasonOf(t) // without advertisements
	for _, one := range must(Due(season, archive.Retention{Keep: twoYears}, later)) {
		if one.IsDue || !strings.Contains(one.Reason, "not known") {
			t.Errorf("%s: due %v, %q", one.PosID, one.IsDue, one.Reason)
		}
	}
	day := archive.Day{Time: time.Date(2025, 1, 15, 0, 0, 0, 0, time.UTC)}
	named := archive.Retention{Keep: twoYears, Postings: map[string]archive.PostingRule{"9012": {Closed: day}}}
	if survey := must(NewSurvey(season, named, later, nil)); !slices.Equal(survey.Due, []ejm.ID{9012}) {
		t.Errorf("due: %v", survey.Due)
	}
}
