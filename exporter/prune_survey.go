package exporter

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// Survey is what a season holds, and what disposing of the postings that are due would delete and leave. Paths are from the
// season's folder.
type Survey struct {
	Postings    []Retained          `json:"postings"`
	Due         []ejm.ID            `json:"due"`       // those to dispose of
	Documents   int                 `json:"documents"` // that would be deleted
	Shared      int                 `json:"shared"`    // of the due postings' documents, those that other postings need
	Bytes       int64               `json:"bytes"`     // of everything that would be deleted
	Exports     []string            `json:"exports"`   // folders and files that would be deleted
	Archives    []string            `json:"archives"`  // local ones that would be deleted
	Changed     []string            `json:"changed"`   // files in these exports that people changed, which would go too
	Others      []string            `json:"others"`    // files in these exports that people put there
	Remaining   []archive.Remaining `json:"remaining"` // copies that would stay
	NotExamined []string            `json:"not_examined"`
	Begun       *time.Time          `json:"begun,omitempty"` // when a disposal began that was interrupted
	Disposed    []ejm.ID            `json:"disposed"`        // earlier: not fetched again

	plan disposal
}

// NotDueError says that a posting was to be disposed of that is not due.
type NotDueError struct {
	Posting Retained
	Known   bool
}

func (e *NotDueError) Error() string {
	if !e.Known {
		return fmt.Sprintf("the season holds nothing of a posting %s", e.Posting.PosID)
	}
	why := e.Posting.Reason
	if why == "" {
		why = "it is on " + e.Posting.DueOn.String()
	}
	return fmt.Sprintf("posting %s is not due for disposal: %s", e.Posting.PosID, why)
}

// Hint says what to do about it.
func (e *NotDueError) Hint() string {
	return "ejmx prune lists what the season holds and when it is due; the rules are in ejmx.toml under [retention]"
}

// NewSurvey looks at what the season holds. only chooses among the postings that are due; none is all of them. It changes
// nothing; where it is to be acted on, the caller holds the season's lock.
func NewSurvey(season *Season, rules archive.Retention, now time.Time, only []ejm.ID) (*Survey, error) {
	inventory, err := season.Mirror.Inventory()
	if err != nil {
		return nil, err
	}
	s := &Survey{Due: []ejm.ID{}, Exports: []string{}, Archives: []string{}, Changed: []string{}, Others: []string{}, Remaining: []archive.Remaining{}, NotExamined: []string{}, Disposed: []ejm.ID{}}
	if s.Postings, err = retained(season, inventory, rules, now); err != nil {
		return nil, err
	}
	if err := s.choose(only); err != nil {
		return nil, err
	}
	disposed, err := season.Mirror.Disposed()
	if err != nil {
		return nil, err
	}
	for id := range disposed {
		s.Disposed = append(s.Disposed, id)
	}
	slices.Sort(s.Disposed)
	if begun, err := readDisposal(season); err != nil {
		return nil, err
	} else if begun != nil {
		s.Begun = &begun.Certificate.Began
	}
	if len(s.Due) == 0 {
		return s, nil
	}
	s.plan.stays = map[string]bool{}
	return s, s.look(season, inventory)
}

// choose settles which postings are to be disposed of.
func (s *Survey) choose(only []ejm.ID) error {
	for _, id := range only {
		at := slices.IndexFunc(s.Postings, func(r Retained) bool { return r.PosID == id })
		if at < 0 {
			return &NotDueError{Posting: Retained{PosID: id}}
		}
		if !s.Postings[at].IsDue {
			return &NotDueError{Posting: s.Postings[at], Known: true}
		}
	}
	for _, r := range s.Postings {
		if r.IsDue && (len(only) == 0 || slices.Contains(only, r.PosID)) {
			s.Due = append(s.Due, r.PosID)
		}
	}
	return nil
}

// due gives the chosen postings as a set.
func (s *Survey) due() map[ejm.ID]bool {
	set := map[ejm.ID]bool{}
	for _, id := range s.Due {
		set[id] = true
	}
	return set
}

// look finds everything that goes with the postings that are due.
func (s *Survey) look(season *Season, inventory mirror.Inventory) (err error) {
	root, err := os.OpenRoot(season.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if s.plan.Certificate.Organization, err = organization(season.Mirror); err != nil {
		return err
	}
	steps := []func() error{
		func() error { return s.lookAtDocuments(season.Mirror, inventory) },
		func() error { return s.lookAtExports(season, root) },
		func() error { return s.lookAtDerived(season.Mirror) },
		func() error { return s.lookAtArchives(season, root) },
		func() error { return s.lookAtTheRest(root) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	s.draft(inventory)
	return nil
}

// lookAtDocuments finds the documents that no posting needs that stays. One that no snapshot tells of, left by a run that was
// killed, is among them: whose it is cannot be known.
func (s *Survey) lookAtDocuments(m *mirror.Mirror, inventory mirror.Inventory) error {
	needed := inventory.Needed(s.due())
	stored, err := m.Stored()
	if err != nil {
		return err
	}
	for _, d := range stored {
		blob, err := m.Document(d.Kind, d.BlobID)
		if err != nil {
			blob = mirror.Blob{} // its record is damaged: that keeps no document
		}
		if !needed[d] {
			s.Documents++
			s.Bytes += blob.Size
			s.plan.Documents = append(s.plan.Documents, plannedDocument{Reference: d, Size: blob.Size, SHA256: blob.SHA256})
			continue
		}
		s.plan.stays[blob.SHA256] = true
		if slices.ContainsFunc(s.Due, func(id ejm.ID) bool { return inventory[id].Documents[d] }) {
			s.Shared++
		}
	}
	return nil
}

// draft fills in what the certificate can say before the act.
func (s *Survey) draft(inventory mirror.Inventory) {
	c := &s.plan.Certificate
	s.plan.Postings = s.Due
	for _, r := range s.Postings {
		if !slices.Contains(s.Due, r.PosID) {
			continue
		}
		c.Postings = append(c.Postings, archive.DisposedPosting{
			Posting: r.PosID.String(), Title: r.Title, Closed: r.Closed.String(), Keep: r.Keep.String(), Due: r.DueOn.String(), Applications: r.Applications,
		})
		c.Totals.Applications += r.Applications
		for appid := range inventory[r.PosID].Applications {
			s.plan.Applications = append(s.plan.Applications, appid)
		}
	}
	slices.Sort(s.plan.Applications)
	slices.SortFunc(c.Postings, func(a, b archive.DisposedPosting) int {
		return cmp.Or(cmp.Compare(len(a.Posting), len(b.Posting)), cmp.Compare(a.Posting, b.Posting))
	})
	for _, d := range s.plan.Documents {
		if d.SHA256 != "" {
			c.SHA256 = append(c.SHA256, d.SHA256)
		}
	}
	for _, a := range s.plan.Archives {
		c.SHA256 = append(c.SHA256, a.SHA256)
	}
	c.Totals.Documents, c.Totals.Archives, c.Totals.Bytes = s.Documents, len(s.plan.Archives), s.Bytes
	c.Totals.Files = s.plan.files
	c.Shared, c.Remaining, c.NotExamined = s.Shared, s.Remaining, len(s.NotExamined)
}
