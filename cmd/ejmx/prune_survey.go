package main

import (
	"fmt"
	"io"

	"github.com/ejmx/ejmx/exporter"
)

// mostShown is how many files of a kind are listed for people; --json has them all.
const mostShown = 20

// tellDue says what disposing would delete and what it would leave.
func tellDue(w io.Writer, s *exporter.Survey) {
	fmt.Fprintf(w, "\ndue: posting %s. Disposing of it would delete %s and all records that no other posting needs, altogether %s",
		ids(s.Due), plural(s.Documents, "document"), size(s.Bytes))
	if s.Shared > 0 {
		fmt.Fprintf(w, "; %s of its applicants stay, because other postings need them", plural(s.Shared, "document"))
	}
	fmt.Fprintln(w)
	list(w, "with these exports", s.Exports)
	list(w, "with these archives", s.Archives)
	list(w, "changed by people, and deleted all the same", s.Changed)
	list(w, "put there by people, and deleted only with --include-others", s.Others)
	var remaining []string
	for _, r := range s.Remaining {
		remaining = append(remaining, fmt.Sprintf("%s in %s: %s", r.Name, r.Place, r.Why))
	}
	list(w, "copies that would still exist", remaining)
	list(w, "not looked into, because people put it into the season's folder", s.NotExamined)
}

func list(w io.Writer, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s:\n", title)
	for i, item := range items {
		if i == mostShown {
			fmt.Fprintf(w, "    and %d more\n", len(items)-i)
			return
		}
		fmt.Fprintf(w, "    %s\n", oneLine(item, 200))
	}
}
