package main

import (
	"context"

	"github.com/ejmx/ejmx/ejm"
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

// status says what the season holds.
func (d *desk) status() ([]ui.Fact, error) {
	s := d.settings()
	postings, err := d.postings()
	if err != nil {
		return nil, err
	}
	facts := []ui.Fact{{Label: "Season", Value: s.season}, {Label: "Postings", Value: plural(len(postings), "posting")}}
	for _, p := range postings {
		facts = append(facts, ui.Fact{
			Label: "Posting " + p.ID.String(), Value: plural(p.Applications, "application") + ", fetched " + firstOf(p.Fetched, "never"), Worry: p.Fetched == "",
		})
	}
	return facts, nil
}
