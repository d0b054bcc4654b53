package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/workbook"
)

// missingOptions are the flags of ejmx missing.
type missingOptions struct {
	settings
	postings postingFlags
	within   int // days
	csv      bool
	mails    bool
}

func newMissing(e *env) *cobra.Command {
	var o missingOptions
	c := &cobra.Command{
		Use:   "missing --posting ID… | --all",
		Short: "List the letters still to come, and what expires soon",
		Long: `Missing lists what candidates asked for or announced and EJM does not have yet, letters above all, as the mirror has it: run
ejmx fetch first to bring it up to date. Below it stands what will be gone soon: letters that expire, and postings whose ad
ends and which may then be retired on EJM.

With --mail-text it writes a reminder for each writer whose letter has not come, to be looked at and sent by you: ejmx sends
nothing. It says what the edition may show and no more: one without letters says nothing of letters.`,
		Example: `  ejmx missing --posting 9012
  ejmx missing --all --csv > missing.csv
  ejmx missing --posting 9012 --mail-text > reminders.txt
  ejmx missing --all --within 30`,
		RunE: func(c *cobra.Command, _ []string) error { return runMissing(c, e, &o) },
	}
	o.sharedFlags(c)
	o.postings.add(c)
	f := c.Flags()
	f.StringVar(&o.edition, "edition", "", "whose view to tell it in (default committee)")
	f.IntVar(&o.within, "within", 14, "how many days ahead to look for what expires")
	f.BoolVar(&o.csv, "csv", false, "print a CSV file instead of tables")
	f.BoolVar(&o.mails, "mail-text", false, "print an e-mail's text for each writer instead of tables")
	return c
}

func runMissing(c *cobra.Command, e *env, o *missingOptions) error {
	switch {
	case o.within < 0:
		return &usageError{errors.New("--within is a number of days")}
	case o.csv && (o.json || o.mails):
		return &usageError{errors.New("use --csv by itself: it prints a table and nothing else")}
	}
	if err := o.resolve(e); err != nil {
		return err
	}
	o.offline = true // the mirror alone is asked
	if err := o.postings.choose(c.Context(), e, &o.settings); err != nil {
		return err
	}
	all, edition, err := o.find(e)
	if err != nil {
		return err
	}
	switch {
	case o.json:
		object := map[string]any{"edition": edition.Name, "within_days": o.within, "postings": all}
		if o.mails {
			object["mails"] = reminders(all)
		}
		return printJSON(e.stdout, object)
	case o.csv:
		return writeMissingCSV(e.stdout, all)
	case o.mails:
		return tellReminders(e.stdout, reminders(all))
	}
	for _, m := range all {
		if o.quiet && len(m.Awaited)+len(m.Expiring) == 0 {
			continue
		}
		if err := tellMissing(e.stdout, m, edition, o.within); err != nil {
			return err
		}
	}
	return nil
}

// find looks for what is missing of the postings asked for.
func (o *missingOptions) find(e *env) ([]*exporter.Missing, *dossier.Edition, error) {
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return nil, nil, err
	}
	defer season.Close()
	edition, err := season.Editions().Load(o.edition)
	if err != nil {
		return nil, nil, err
	}
	postings, err := o.postings.chosen()
	if o.postings.all {
		postings, err = heldPostings(season.Mirror)
	}
	if err != nil {
		return nil, nil, err
	}
	all := []*exporter.Missing{}
	for _, posid := range postings {
		m, err := exporter.FindMissing(season, posid, edition, e.now(), time.Duration(o.within)*24*time.Hour)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, m)
	}
	return all, edition, nil
}

// tellMissing prints a posting's tables.
func tellMissing(w io.Writer, m *exporter.Missing, edition *dossier.Edition, within int) error {
	letters, files := m.Count()
	fmt.Fprintf(w, "%s  %s: %s\n", m.PosID, oneLine(m.Title, 80), toCome(letters, files, edition))
	if len(m.Awaited) > 0 {
		lines := table{indent: "  "}
		lines.add("APPLICATION", "CANDIDATE", "MISSING", "INSTITUTION", "E-MAIL", "STATE")
		for _, a := range m.Awaited {
			writer := a.By()
			lines.add(a.AppID.String(), oneLine(a.Listed, 30), oneLine(a.Label, 40), oneLine(writer.Institution, 30),
				oneLine(writer.Email, 40), stateWords[a.State])
		}
		if err := lines.print(w); err != nil {
			return err
		}
	}
	if len(m.Expiring) > 0 {
		fmt.Fprintf(w, "  within %s:\n", plural(within, "day"))
	}
	for _, x := range m.Expiring {
		fmt.Fprintf(w, "    %s  %s\n", x.On, expiry(x))
	}
	_, err := fmt.Fprintln(w)
	return err
}

// toCome is what is missing in one sentence.
func toCome(letters, files int, edition *dossier.Edition) string {
	words := plural(letters, "letter") + " to come"
	switch {
	case !edition.Letters:
		words = "the edition " + edition.Name + " does not show letters"
	case letters == 0:
		words = "every letter is there"
	}
	if files > 0 {
		words += ", and " + plural(files, "file") + " without contents"
	}
	return words
}

// stateWords are the states of what is missing, for people.
var stateWords = map[dossier.State]string{dossier.NotSubmitted: "not sent", dossier.Withdrawn: "withdrawn"}

// expiry is what will be gone, for people.
func expiry(x exporter.Expiring) string {
	if x.What == exporter.AdEnds {
		return "the posting's ad ends; fetch and archive before the posting is retired on EJM"
	}
	return oneLine(fmt.Sprintf("%s for %s (application %s) expires on EJM", x.Label, x.Candidate, x.AppID), 120)
}

// writeMissingCSV prints everything as one table, for Excel: UTF-8 with a byte-order mark, CRLF (RFC 4180). No cell can run.
func writeMissingCSV(w io.Writer, all []*exporter.Missing) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"Posting", "Title", "What", "On", "Application", "Candidate", "Document", "Writer", "Institution", "Department", "E-mail"}}
	for _, m := range all {
		for _, a := range m.Awaited {
			writer := a.By()
			rows = append(rows, []string{
				m.PosID.String(), m.Title, stateWords[a.State], "", a.AppID.String(), a.Listed, a.Label, writer.Name, writer.Institution, writer.Department, writer.Email,
			})
		}
		for _, x := range m.Expiring {
			rows = append(rows, []string{m.PosID.String(), m.Title, x.What, x.On, number(x.AppID), x.Candidate, x.Label, "", "", "", ""})
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = workbook.Inert(cell)
		}
	}
	return errors.Join(out.WriteAll(rows), out.Error())
}

// number is an id for a cell, nothing for none.
func number(id ejm.ID) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// reminder is an e-mail's text for one writer.
type reminder struct {
	To      string `json:"to"` // the address; "" where EJM has none
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// wanted is a letter that a reminder asks for.
type wanted struct {
	posting *exporter.Missing
	of      exporter.Awaited
}

// reminders makes one e-mail for each writer, whatever number of letters is awaited from them. Writers are told apart by
// their address. Letters that were withdrawn are not asked for.
func reminders(all []*exporter.Missing) []reminder {
	byWriter := map[string][]wanted{}
	var order []string
	for _, m := range all {
		for _, a := range m.Awaited {
			if a.Writer == nil || a.State != dossier.NotSubmitted {
				continue
			}
			key := strings.ToLower(firstOf(strings.TrimSpace(a.Writer.Email), a.Writer.Name))
			if byWriter[key] == nil {
				order = append(order, key)
			}
			byWriter[key] = append(byWriter[key], wanted{m, a})
		}
	}
	mails := []reminder{}
	for _, key := range order {
		mails = append(mails, remind(byWriter[key]))
	}
	return mails
}

// remind writes the e-mail for the letters awaited from one writer.
func remind(letters []wanted) reminder {
	writer := letters[0].of.By()
	mail := reminder{To: oneLine(writer.Email, 200), Name: oneLine(writer.Name, 100)}
	one := letters[0].posting
	mail.Subject = "Letters of recommendation: " + oneLine(position(one), 120)
	if len(letters) == 1 {
		mail.Subject = "Letter of recommendation for " + oneLine(letters[0].of.Candidate, 80)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Dear %s,\n\nyour letter has not reached us yet for:\n\n", firstOf(mail.Name, "colleague"))
	for _, l := range letters {
		candidate := l.of.Candidate
		if l.of.Degree != "" {
			candidate += " (" + l.of.Degree + ")"
		}
		fmt.Fprintf(&b, "  - %s\n    %s, posting %s on EconJobMarket\n", oneLine(candidate, 120), oneLine(position(l.posting), 160), l.posting.PosID)
	}
	b.WriteString("\nPlease send it through EconJobMarket, by the request that you had from there. If you have sent it since, please forgive this\nreminder.\n\nWith thanks,\n")
	mail.Text = b.String()
	return mail
}

// position is a posting in words for people outside: its title, and whose it is where the ad tells.
func position(m *exporter.Missing) string {
	parts := []string{firstOf(m.Title, "posting "+m.PosID.String())}
	for _, part := range []string{m.Department, m.Institution} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// tellReminders prints the e-mails, a line of dashes between them.
func tellReminders(w io.Writer, mails []reminder) error {
	if len(mails) == 0 {
		_, err := fmt.Fprintln(w, "No letter is awaited: there is nobody to write to.")
		return err
	}
	for i, mail := range mails {
		if i > 0 {
			fmt.Fprintf(w, "\n%s\n\n", strings.Repeat("-", 72))
		}
		to := mail.Name
		if mail.To != "" {
			to = fmt.Sprintf("%s <%s>", mail.Name, mail.To)
		}
		if _, err := fmt.Fprintf(w, "To: %s\nSubject: %s\n\n%s", to, mail.Subject, mail.Text); err != nil {
			return err
		}
	}
	return nil
}
