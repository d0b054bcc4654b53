package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/exporter"
)

// The season's folder of archives and the register of what was done with them.
const (
	archivesFolder = "archives"
	registerFile   = "register.jsonl"
)

// restored is the act of putting an archive back.
const restored archive.Act = "restore"

func newRegister(e *env) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "register",
		Short: "Print what was done with the season's archives, and prove that nobody changed it",
		Long: `Register prints every archive, copy, verification, restoring and disposal, and proves that each line is chained to the one
before: a line that was changed, added or taken out is found. What was cut from the end shows only against a copy of the last
line.`,
		Example: `  ejmx register
  ejmx register --season ~/search-2026 --json`,
		RunE: func(*cobra.Command, []string) error { return runRegister(e, &s) },
	}
	s.sharedFlags(c)
	return c
}

func runRegister(e *env, s *settings) error {
	if err := s.resolve(e); err != nil {
		return err
	}
	lines, err := readRegister(s.season)
	if err != nil && !errors.Is(err, archive.ErrChain) {
		return err
	}
	if s.json {
		return errors.Join(err, printJSON(e.stdout, map[string]any{"lines": lines, "proven": err == nil}))
	}
	table := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tACT\tARCHIVE\tSHA-256\tOUTCOME\tPLACE")
	for _, l := range lines {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.16s\t%s\t%s\n",
			l.Time.Format(time.RFC3339), l.Act, visible(l.Archive), l.SHA256, visible(l.Outcome), visible(l.Place))
	}
	return errors.Join(err, table.Flush())
}

// readRegister gives the lines of a season's register and proves its chain; none where nothing was archived yet.
func readRegister(season string) ([]archive.Line, error) { return exporter.Register(season) }

// appendRegister adds a line to a season's register. The season's lock is held.
func appendRegister(season string, line archive.Line) error { return exporter.Note(season, line) }
