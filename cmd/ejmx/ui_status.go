package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ui"
)

// missing is ejmx missing for one posting, with the reminders.
func (d *desk) missing(id ejm.ID) (ui.Missing, error) {
	o := missingOptions{settings: d.settings(), postings: postingFlags{ids: []int64{int64(id)}}, within: 14}
	all, edition, err := o.find(d.env)
	if err != nil {
		return ui.Missing{}, err
	}
	m := all[0]
	letters, files := m.Count()
	shown := ui.Missing{Said: toCome(letters, files, edition) + ".", Table: ui.Table{Columns: []string{"Candidate", "Missing", "Institution", "E-mail", "State"}}}
	for _, a := range m.Awaited {
		writer := a.By()
		shown.Table.Rows = append(shown.Table.Rows, []string{
			oneLine(a.Listed, 80), oneLine(a.Label, 80), oneLine(writer.Institution, 80), oneLine(writer.Email, 80), stateWords[a.State],
		})
	}
	for _, x := range m.Expiring {
		shown.Soon = append(shown.Soon, x.On+": "+expiry(x))
	}
	for _, r := range reminders(all) {
		shown.Mails = append(shown.Mails, ui.Mail{To: r.To, Name: r.Name, Subject: r.Subject, Text: r.Text})
	}
	return shown, nil
}

// doctor is ejmx doctor.
func (d *desk) doctor(ctx context.Context) ([]ui.Check, error) {
	s := d.settings()
	c := &checkup{env: d.env, settings: &s}
	if err := c.all(ctx); err != nil {
		return nil, err
	}
	var checks []ui.Check
	for _, one := range c.checks {
		checks = append(checks, ui.Check{Name: one.Name, Found: one.Says, Todo: one.Do, State: string(one.Verdict)})
	}
	return checks, nil
}

// status is ejmx status; nothing where there is no season yet.
func (d *desk) status(ctx context.Context) ([]ui.Fact, error) {
	s := d.settings()
	season, err := d.open()
	if season == nil {
		return nil, err
	}
	if err := season.Close(); err != nil {
		return nil, err
	}
	status, err := readStatus(ctx, d.env, &s)
	if err != nil {
		return nil, err
	}
	facts := []ui.Fact{status.lastFetch(d.env.now())}
	for _, p := range status.Postings {
		state := fmt.Sprintf("%s: %s, last fetched %s", p.Title, plural(p.Applications, "application"), firstOf(forPeople(p.Fetched, time.RFC3339), "never"))
		if p.Retired {
			state += "; retired on EJM"
		}
		if p.Failed > 0 {
			state += fmt.Sprintf("; %s did not come, the next run asks for them again", plural(p.Failed, "document"))
		}
		facts = append(facts, ui.Fact{Label: "Posting " + p.PosID.String(), Value: state, Worry: p.Failed > 0})
	}
	isDue := slices.ContainsFunc(status.Retention, func(r exporter.Retained) bool { return r.IsDue })
	return append(facts,
		ui.Fact{Label: "On the disk", Value: fmt.Sprintf("mirror %s, exports %s, archives %s; %s free",
			size(status.Bytes.Mirror), size(status.Bytes.Postings), size(status.Bytes.Archives), size(status.Bytes.Free))},
		ui.Fact{Label: "Archives", Value: plural(len(status.Archives), "archive")},
		ui.Fact{Label: "To be disposed of", Value: status.disposal(), Worry: isDue},
	), nil
}

// lastFetch is the last run that asked EJM, as a fact.
func (s *seasonStatus) lastFetch(now time.Time) ui.Fact {
	fact := ui.Fact{Label: "Last fetch", Value: "never"}
	if s.Run == nil {
		return fact
	}
	fact.Value = forPeople(s.Run.Began.Format(time.RFC3339), time.RFC3339) + " (" + ago(now.Sub(s.Run.Began)) + " ago)"
	fact.Worry = s.Run.Error != "" || s.Run.Failed > 0
	switch {
	case s.Run.Error != "":
		fact.Value += "; it stopped early: " + s.Run.Error
	case s.Run.Failed > 0:
		fact.Value += fmt.Sprintf("; %s did not come, the next run asks for them again", plural(s.Run.Failed, "document or list"))
	}
	return fact
}
