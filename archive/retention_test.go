package archive_test

import (
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPeriodAfter(t *testing.T) {
	for _, c := range []struct{ keep, from, want string }{
		{"2y", "2024-11-24", "2026-11-24"},
		{"1y", "2024-02-29", "2025-02-28"},
		{"1m", "2026-01-31", "2026-02-28"},
		{"6m", "2026-08-31", "2027-02-28"},
		{"4w", "2026-01-01", "2026-01-29"},
		{"28d", "2026-12-20", "2027-01-17"},
	} {
		p, err := archive.ParsePeriod(c.keep)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.After(day(c.from)); !got.Equal(day(c.want)) {
			t.Errorf("%s from %s: %s, want %s", c.keep, c.from, got.Format(time.DateOnly), c.want)
		}
	}
	for _, bad := range []string{"", "2", "y", "0d", "-1y", "2 y", "1.5y", "99999d", "2Y"} {
		if _, err := archive.ParsePeriod(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSchedule(t *testing.T) {
	keep, err := archive.ParsePeriod("2y")
	if err != nil {
		t.Fatal(err)
	}
	all := archive.Schedule([]archive.Holding{
		{"held", day("2020-01-01"), archive.Rule{Keep: keep, Hold: "charge filed"}},
		{"late", day("2024-11-25"), archive.Rule{Keep: keep}},
		{"open", time.Time{}, archive.Rule{Keep: keep}},
		{"due", day("2024-11-24"), archive.Rule{Keep: keep}},
		{"no rule", day("2000-01-01"), archive.Rule{}},
	})
	due := map[string]bool{}
	for _, d := range all {
		due[d.Posting] = d.By(day("2026-11-24"))
	}
	if all[0].Posting != "due" || all[1].Posting != "late" {
		t.Errorf("order %+v", all)
	}
	for name, want := range map[string]bool{"held": false, "late": false, "open": false, "due": true, "no rule": false} {
		if due[name] != want {
			t.Errorf("%s: due %v", name, due[name])
		}
	}
}
