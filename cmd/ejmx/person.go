package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
)

// personOptions are the flags of ejmx person.
type personOptions struct {
	settings
	aid   int64
	email string
}

func newPerson(e *env) *cobra.Command {
	var o personOptions
	c := &cobra.Command{
		Use:   "person --aid N | --email ADDRESS",
		Short: "Put everything held on one person into one folder, for a data-subject request",
		Long: `Person looks through every snapshot for one person and puts what it finds into a folder: every record as EJM sent it, every
version of every document, applications, answers and interviews, with a page of contents (index.html) that also names the
packets, exports and archives in which the person appears.

Letters of recommendation and what reviewers typed are in the subfolder "confidential", and nowhere else in the folder. Leave it
out if the person may not see it. The folder is persons/AID in the season, or the one that --out names.`,
		Example: `  ejmx person --aid 38848
  ejmx person --email min-jung.lee@example.org --out ~/request-17`,
		RunE: func(*cobra.Command, []string) error { return runPerson(e, &o) },
	}
	o.sharedFlags(c)
	f := c.Flags()
	f.Int64Var(&o.aid, "aid", 0, "the person's number on EJM")
	f.StringVar(&o.email, "email", "", "an address of mail that the person has or had on EJM")
	f.StringVar(&o.out, "out", "", "the folder to make, instead of the season's")
	return c
}

// personSummary is what --json says.
type personSummary struct {
	AID          ejm.ID   `json:"aid"`
	Name         string   `json:"name"`
	Folder       string   `json:"folder"`
	Applications int      `json:"applications"`
	Documents    int      `json:"documents"`
	Letters      int      `json:"letters"`
	Opinions     int      `json:"opinions"`
	Problems     []string `json:"problems"` // documents that could not be had
}

func runPerson(e *env, o *personOptions) error {
	if (o.aid == 0) == (o.email == "") || o.aid < 0 {
		return &usageError{errors.New("say who: --aid NUMBER or --email ADDRESS, not both")}
	}
	if err := o.resolve(e); err != nil {
		return err
	}
	season, err := e.openSeason(&o.settings, false)
	if err != nil {
		return err
	}
	defer season.Close()
	unlock, err := season.Mirror.Lock(e.now())
	if err != nil {
		return err
	}
	summary, err := o.write(e, season)
	if err = errors.Join(err, unlock()); err != nil {
		return err
	}
	return o.tell(e, summary)
}

func (o *personOptions) write(e *env, season *exporter.Season) (summary personSummary, err error) {
	aid := ejm.ID(o.aid)
	if o.email != "" {
		if aid, err = exporter.FindPerson(season, o.email); err != nil {
			return summary, err
		}
	}
	person, err := exporter.HeldOn(season, aid)
	if err != nil {
		return summary, err
	}
	folder := season.PersonFolder(aid)
	if o.out != "" {
		folder = e.path(o.out)
	}
	if err := exporter.WritePerson(season, person, folder, toolName()); err != nil {
		return summary, err
	}
	summary = personSummary{
		AID: aid, Name: person.Name, Folder: folder, Applications: len(person.Applications),
		Documents: len(person.Documents), Letters: len(person.Letters), Opinions: len(person.Opinions), Problems: person.Problems(),
	}
	return summary, nil
}

func (o *personOptions) tell(e *env, s personSummary) error {
	switch {
	case o.json:
		if err := printJSON(e.stdout, s); err != nil {
			return err
		}
	case !o.quiet:
		fmt.Fprintf(e.stdout, "%s (%s): %s, %s; confidential: %s, %s\n  in %s\n", visible(s.Name), s.AID, plural(s.Applications, "application"),
			plural(s.Documents, "document"), plural(s.Letters, "letter"), plural(s.Opinions, "opinion"), s.Folder)
	}
	for _, problem := range s.Problems {
		fmt.Fprintf(e.stderr, "ejmx: %s\n", visible(problem))
	}
	if len(s.Problems) > 0 {
		return errProblems
	}
	return nil
}
