package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// application is what a run keeps in memory of an application: little, since a season has thousands.
type application struct {
	appid, posid ejm.ID
	name         string // "Min-Jung Lee"
	digest       string // of EJM's record
	documents    []document
}

// document is a document that EJM lists.
type document struct {
	kind   ejm.Kind
	id     ejm.ID // file_id or letterid, 0 where EJM gives none
	recid  ejm.ID
	blobid ejm.ID // 0 where there are no contents
	label  string
	link   bool
}

func (a *application) whose() string {
	return fmt.Sprintf("%s (application %s)", a.name, a.appid)
}

// listApplications reads the one list that nothing can be done without.
func (r *run) listApplications(ctx context.Context) error {
	endHeadStart := sync.OnceFunc(func() { close(r.headStartOver) })
	defer endHeadStart()
	defer time.AfterFunc(headStart, endHeadStart).Stop()
	return listInto(ctx, r, mirror.Applications, r.client.Applications, func() { r.applications, r.titles = nil, map[ejm.ID]string{} }, r.note)
}

// headStart is how long the other lists wait for that of the applications at most. On a slow line, or where it has to be asked
// for again, it takes longer, and a server gives up on a client that does not take its answer.
const headStart = 5 * time.Second

// afterApplications gives a list's records once those of the applications have been read, or have had their head start. All
// lists are answered at about the same time, but documents wait for that one alone.
func afterApplications[T any](r *run, list func(context.Context) iter.Seq2[T, error]) func(context.Context) iter.Seq2[T, error] {
	return func(ctx context.Context) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for record, err := range list(ctx) {
				select {
				case <-r.headStartOver:
				case <-ctx.Done():
				}
				if !yield(record, err) {
					return
				}
			}
		}
	}
}

// listOthers has a group read the other lists into the snapshot. Only a refusal is worth ending a run for; a list that does
// not come is a problem in the ledger, and keeps the records it had.
func (r *run) listOthers(ctx context.Context, group *errgroup.Group, failed chan<- mirror.Method) {
	for _, list := range []struct {
		method mirror.Method
		read   func(context.Context) error
	}{
		{mirror.Interviews, r.listInterviews}, // several requests one after the other, so the first to begin
		{mirror.Applicants, func(ctx context.Context) error {
			return listInto(ctx, r, mirror.Applicants, afterApplications(r, r.client.Applicants), nil, nil)
		}},
		{mirror.Files, r.listFiles},
		{mirror.Letters, func(ctx context.Context) error {
			return listInto(ctx, r, mirror.Letters, afterApplications(r, r.client.Letters), nil, nil)
		}},
		{mirror.PlacementOfficers, func(ctx context.Context) error {
			return absentIsEmpty(listInto(ctx, r, mirror.PlacementOfficers, r.client.PlacementOfficers, nil, nil))
		}},
		{mirror.Ads, func(ctx context.Context) error {
			return absentIsEmpty(listInto(ctx, r, mirror.Ads, r.client.Ads, nil, nil))
		}},
	} {
		group.Go(func() error {
			done, err := r.turn(ctx)
			if err != nil {
				return err
			}
			defer done()
			err = list.read(ctx)
			switch {
			case err == nil:
				return nil
			case errors.Is(err, ejm.ErrRefused), errors.Is(err, ejm.ErrNoCredentials), ctx.Err() != nil, !isAPI(err):
				return err
			}
			failed <- list.method
			return r.keepPrevious(list.method, err)
		})
	}
}

// listFiles reads the list of files, which says how large they are.
func (r *run) listFiles(ctx context.Context) error {
	sizes := map[ejm.ID]int64{}
	err := listInto(ctx, r, mirror.Files, afterApplications(r, r.client.Files), func() { clear(sizes) }, func(f ejm.File) error {
		if f.BlobID > 0 && !f.IsLink() && !r.held[key{ejm.KindFile, f.BlobID}] {
			sizes[f.BlobID] = max(0, f.FileSize)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.room.list(sizes)
}

// record is any of EJM's records.
type record interface {
	RawRecord() json.RawMessage
	OddFields() []string
}

// listInto streams one list into the snapshot, from the start again after each passing fault.
func listInto[T record](ctx context.Context, r *run, method mirror.Method, list func(context.Context) iter.Seq2[T, error], restart func(), each func(T) error) error {
	r.sink(ledger.Entry{Stage: ledger.List, Item: string(method), Outcome: ledger.Planned})
	var odd oddities
	err := r.client.Retry(ctx, "the list of "+words(method), func(ctx context.Context) error {
		odd = oddities{}
		if restart != nil {
			restart()
		}
		if err := r.snapshot.Restart(method); err != nil {
			return err
		}
		for record, err := range list(ctx) {
			if errors.Is(err, ejm.ErrNoResults) {
				return nil // EJM's way to say: an empty list
			}
			if err != nil {
				return err
			}
			if err := r.snapshot.Add(method, record.RawRecord()); err != nil {
				return err
			}
			odd.note(record.OddFields())
			if each != nil {
				if err := each(record); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	odd.tell(ledger.List, "the list of "+words(method), "", r.sink)
	r.sink(ledger.Entry{Stage: ledger.List, Item: string(method), Outcome: ledger.Done})
	r.snapshot.End(method)
	return nil
}

// words is a method's name for people.
func words(method mirror.Method) string { return strings.ReplaceAll(string(method), "_", " ") }

// note keeps of an application what the run needs.
func (r *run) note(listed ejm.Application) error {
	if r.leaveOut(listed) {
		return nil
	}
	sum := sha256.Sum256(listed.Raw)
	a := application{appid: listed.AppID, posid: listed.PosID, name: fullName(listed), digest: hex.EncodeToString(sum[:])}
	for _, f := range listed.Files {
		a.documents = append(a.documents, document{
			kind: ejm.KindFile, id: f.FileID, blobid: f.BlobID, label: fileLabel(f), link: f.IsLink(),
		})
	}
	for _, rec := range listed.Recommendations {
		a.documents = append(a.documents, document{
			kind: ejm.KindLetter, id: rec.LetterID, recid: rec.RecID, blobid: rec.BlobID,
			label: strings.TrimSpace("letter of " + rec.FirstName + " " + rec.LastName),
		})
	}
	r.applications = append(r.applications, a)
	if r.titles[a.posid] == "" {
		r.titles[a.posid] = listed.AdTitle
	}
	return nil
}

func fullName(a ejm.Application) string {
	name := strings.Join(strings.Fields(a.FirstName+" "+a.LastName), " ")
	if name == "" {
		return "an applicant without a name"
	}
	return name
}

func fileLabel(f ejm.File) string {
	for _, label := range []string{f.Description, f.Name} {
		if label != "" {
			return label
		}
	}
	return "file"
}

// listInterviews reads the conferences and the interviews of each.
func (r *run) listInterviews(ctx context.Context) error {
	var conferences []ejm.ID
	err := absentIsEmpty(listInto(ctx, r, mirror.Conferences, r.client.Conferences,
		func() { conferences = nil },
		func(c ejm.Conference) error { conferences = append(conferences, c.ConferenceID); return nil }))
	if err != nil {
		return err
	}
	if len(conferences) == 0 {
		return nil
	}
	r.sink(ledger.Entry{Stage: ledger.List, Item: string(mirror.Interviews), Outcome: ledger.Planned})
	for _, id := range conferences {
		if err := r.interviews(ctx, id); err != nil {
			return err
		}
	}
	r.sink(ledger.Entry{Stage: ledger.List, Item: string(mirror.Interviews), Outcome: ledger.Done})
	r.snapshot.End(mirror.Interviews)
	return nil
}

// interviews reads those of one conference, some hundreds at most, and adds them to the snapshot once all have come.
func (r *run) interviews(ctx context.Context, conference ejm.ID) error {
	var records []json.RawMessage
	var odd oddities
	err := r.client.Retry(ctx, "the interviews of conference "+conference.String(), func(ctx context.Context) error {
		records, odd = nil, oddities{}
		for v, err := range r.client.Interviews(ctx, conference) {
			if errors.Is(err, ejm.ErrNoResults) {
				return nil
			}
			if err != nil {
				return err
			}
			odd.note(v.Odd)
			records = append(records, mirror.WithConference(v.Raw, conference))
		}
		return nil
	})
	if err != nil {
		return err
	}
	odd.tell(ledger.List, "the interviews of conference "+conference.String(), "", r.sink)
	for _, record := range records {
		if err := r.snapshot.Add(mirror.Interviews, record); err != nil {
			return err
		}
	}
	return nil
}

// absentIsEmpty takes a method that this EJM does not have for an empty list.
func absentIsEmpty(err error) error {
	if e := (*ejm.Error)(nil); errors.As(err, &e) && (e.Status == 404 || errors.Is(err, ejm.ErrNoResults)) {
		return nil
	}
	return err
}

// isAPI reports whether an error is EJM's or the network's, not ours or the disk's.
func isAPI(err error) bool {
	var e *ejm.Error
	return errors.As(err, &e)
}

// keepPrevious gives a list that did not come the records that it had in the snapshot before.
func (r *run) keepPrevious(method mirror.Method, cause error) error {
	r.sink(ledger.Entry{Stage: ledger.List, Item: "the list of " + words(method), Outcome: ledger.Failed, Err: errors.New(reason(cause))})
	if err := r.snapshot.Restart(method); err != nil || r.previous == nil {
		return err
	}
	for record, err := range r.previous.Records(method) {
		if err != nil {
			return err
		}
		if err := r.snapshot.Add(method, record); err != nil {
			return err
		}
	}
	return nil
}

func addJSON(w *mirror.SnapshotWriter, method mirror.Method, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return w.Add(method, line)
}
