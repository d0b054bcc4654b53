package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/mirror"
)

func newStatus(e *env) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what the season holds, how fresh it is, what is missing and what is due",
		Long: `Status tells of the season's folder: its postings, when each was last fetched, letters to come and documents that failed,
the disk that it takes, its archives, and what the retention rules of ejmx.toml have due for disposal. It asks EJM nothing.`,
		Example: `  ejmx status
  ejmx status --season ~/search-2026 --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runStatus(c.Context(), e, &s) },
	}
	s.sharedFlags(c)
	return c
}

// seasonStatus is what is to know of a season.
type seasonStatus struct {
	Season    string              `json:"season"`
	Snapshot  string              `json:"snapshot"`  // the newest, "" before the first fetch
	Snapshots int                 `json:"snapshots"` // how many there are
	Run       *mirror.Run         `json:"last_run,omitempty"`
	Postings  []statusLine        `json:"postings"`
	Bytes     seasonBytes         `json:"bytes"`
	Archives  []string            `json:"archives"` // names, the oldest first
	Retention []exporter.Retained `json:"retention"`
	AtWork    *mirror.Holder      `json:"at_work,omitempty"` // who holds the lock
}

// statusLine is a posting with what failed of it.
type statusLine struct {
	postingLine
	Failed int `json:"failed"` // documents that were asked for and did not come
}

// seasonBytes is what a season's folders take, by the sizes of their files.
type seasonBytes struct {
	Mirror   int64 `json:"mirror"`
	Postings int64 `json:"postings"`
	Archives int64 `json:"archives"`
	Free     int64 `json:"free"` // on the disk
}

func runStatus(ctx context.Context, e *env, s *settings) error {
	if err := s.resolve(e); err != nil {
		return err
	}
	status, err := readStatus(ctx, e, s)
	if err != nil {
		return err
	}
	if s.json {
		return printJSON(e.stdout, status)
	}
	return status.tell(e.stdout, e.now())
}

// readStatus looks at a season. The settings are resolved.
func readStatus(ctx context.Context, e *env, s *settings) (*seasonStatus, error) {
	season, err := e.openSeason(s, false)
	if err != nil {
		return nil, err
	}
	defer season.Close()
	status := &seasonStatus{Season: s.season, Postings: []statusLine{}, Archives: []string{}}
	for _, look := range []func() error{
		func() error { return status.lookAtRuns(season.Mirror) },
		func() error { return status.lookAtPostings(season.Mirror) },
		func() error { return status.lookAtDisk(ctx, s.season) },
		func() error { return status.lookAtArchives(s.season) },
		func() (err error) {
			status.Retention, err = exporter.Due(season, s.retention, e.now())
			return err
		},
	} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	return status, nil
}

// lookAtRuns finds the newest snapshot, the last run and one at work.
func (s *seasonStatus) lookAtRuns(m *mirror.Mirror) error {
	snapshots, err := m.Snapshots()
	if err != nil {
		return err
	}
	if s.Snapshots = len(snapshots); s.Snapshots > 0 {
		s.Snapshot = snapshots[s.Snapshots-1].ID
	}
	for run, err := range m.Runs() {
		if err != nil {
			return err
		}
		s.Run = &run
	}
	holder, held, err := m.LockedBy()
	if held {
		s.AtWork = &holder
	}
	return err
}

func (s *seasonStatus) lookAtPostings(m *mirror.Mirror) error {
	lines, err := postingLines(m)
	if err != nil {
		return err
	}
	failed, err := failedDocuments(m)
	for _, l := range lines {
		s.Postings = append(s.Postings, statusLine{l, failed[l.PosID]})
	}
	return err
}

// failedDocuments counts, by posting, what was asked for and did not come.
func failedDocuments(m *mirror.Mirror) (map[ejm.ID]int, error) {
	failed := map[ejm.ID]int{}
	latest, err := m.Latest()
	if err != nil || latest == nil {
		return failed, err
	}
	for v, err := range mirror.Records[mirror.Version](latest, mirror.Documents) {
		if err != nil {
			return nil, err
		}
		if v.Current() && v.State == mirror.Failed {
			failed[v.PosID]++
		}
	}
	return failed, nil
}

func (s *seasonStatus) lookAtDisk(ctx context.Context, dir string) error {
	for name, to := range map[string]*int64{"mirror": &s.Bytes.Mirror, "postings": &s.Bytes.Postings, archivesFolder: &s.Bytes.Archives} {
		var err error
		if *to, err = sizeOf(ctx, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	var err error
	s.Bytes.Free, err = freeSpace(dir)
	return err
}

// sizeOf adds up the files below a folder, 0 where there is none. What disappears meanwhile does not count.
func sizeOf(ctx context.Context, dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

func (s *seasonStatus) lookAtArchives(dir string) error {
	entries, err := os.ReadDir(filepath.Join(dir, archivesFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".zip.age") {
			s.Archives = append(s.Archives, name)
		}
	}
	return err
}

// tell prints the status for people.
func (s *seasonStatus) tell(w io.Writer, now time.Time) error {
	fmt.Fprintf(w, "Season %s\n", s.Season)
	s.tellRuns(w, now)
	if len(s.Postings) > 0 {
		fmt.Fprintln(w)
		lines := table{indent: "  "}
		lines.add("POSTING", "TITLE", "APPLICATIONS", "LETTERS", "TO COME", "FAILED", "STATE")
		for _, p := range s.Postings {
			lines.add(p.PosID.String(), oneLine(p.Title, 50), strconv.Itoa(p.Applications), strconv.Itoa(p.Letters), strconv.Itoa(p.Outstanding),
				strconv.Itoa(p.Failed), p.state())
		}
		if err := lines.print(w); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\n  Disk      mirror %s, exports %s, archives %s; %s free\n",
		size(s.Bytes.Mirror), size(s.Bytes.Postings), size(s.Bytes.Archives), size(s.Bytes.Free))
	archives := "none yet"
	if n := len(s.Archives); n > 0 {
		archives = plural(n, "archive") + ", the last by name " + visible(s.Archives[n-1])
	}
	fmt.Fprintf(w, "  Archives  %s\n", archives)
	_, err := fmt.Fprintf(w, "  Disposal  %s\n", s.disposal())
	return err
}

func (s *seasonStatus) tellRuns(w io.Writer, now time.Time) {
	switch {
	case s.AtWork != nil:
		fmt.Fprintf(w, "  a run is at work: process %d on %s, since %s\n", s.AtWork.PID, visible(s.AtWork.Host), s.AtWork.Since.Format(time.RFC3339))
	case s.Run == nil:
		fmt.Fprintln(w, "  nothing was fetched yet; ejmx fetch or ejmx export does")
	}
	if s.Run == nil {
		return
	}
	fmt.Fprintf(w, "  last fetch %s (%s ago), snapshot %s, one of %d\n", s.Run.Began.Format(time.RFC3339), ago(now.Sub(s.Run.Began)), s.Snapshot, s.Snapshots)
	switch {
	case s.Run.Error != "":
		fmt.Fprintf(w, "  ! it stopped early: %s\n", oneLine(s.Run.Error, 200))
	case s.Run.Failed > 0:
		fmt.Fprintf(w, "  ! %s did not come; the next run asks for them again\n", plural(s.Run.Failed, "document or list"))
	}
}

// ago is a time that has passed, roughly.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return plural(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Hours()/24), "day")
}

// disposal says what the retention rules have due, in a sentence.
func (s *seasonStatus) disposal() string {
	var due []ejm.ID
	next := ""
	for _, r := range s.Retention {
		switch {
		case r.IsDue:
			due = append(due, r.PosID)
		case next == "" && !r.DueOn.IsZero():
			next = fmt.Sprintf("posting %s will be, on %s", r.PosID, r.DueOn.Format(time.DateOnly))
		}
	}
	switch {
	case len(due) > 0:
		return fmt.Sprintf("due: posting %s; ejmx prune shows what that would delete", ids(due))
	case next != "":
		return "nothing is due; " + next
	}
	return "nothing is due, by the retention rules in ejmx.toml"
}
