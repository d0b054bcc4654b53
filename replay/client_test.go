package replay_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

// TestTheClientReadsTheServer has every method of the client read from the server, in each form that EJM has been seen to
// send and with each way to get in, what the mirror holds. The two share no code that reads records.
func TestTheClientReadsTheServer(t *testing.T) {
	for _, quirk := range append([]string{"plain", "all"}, replay.QuirkNames()...) {
		quirks, err := replay.ParseQuirks(quirk)
		if err != nil {
			t.Fatal(err)
		}
		p := play(t, replay.Options{Quirks: quirks})
		for way, config := range map[string]ejm.Config{
			"key and secret": {Key: p.Credentials().Key, Secret: p.Credentials().Secret},
			"pasted token":   {Token: p.token},
		} {
			t.Run(quirk+" "+way, func(t *testing.T) {
				config.BaseURL = p.url
				client, err := ejm.New(config)
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				p.checkLists(t, client)
				p.checkSingles(t, client)
			})
		}
	}
}

// checkLists reads every list.
func (p *played) checkLists(t *testing.T, c *ejm.Client) {
	ctx := t.Context()
	sameRecords(t, c.Applications(ctx), p.records(t, mirror.Applications))
	sameRecords(t, c.Applicants(ctx), p.records(t, mirror.Applicants))
	sameRecords(t, c.Files(ctx), p.records(t, mirror.Files))
	sameRecords(t, c.Letters(ctx), p.records(t, mirror.Letters))
	sameRecords(t, c.Conferences(ctx), p.records(t, mirror.Conferences))
	sameRecords(t, c.PlacementOfficers(ctx), p.records(t, mirror.PlacementOfficers))
	sameRecords(t, c.Ads(ctx), p.records(t, mirror.Ads))
	var interviews iter.Seq2[ejm.Interview, error] = func(yield func(ejm.Interview, error) bool) {
		for _, conference := range p.records(t, mirror.Conferences) {
			for v, err := range c.Interviews(ctx, typed[ejm.Conference](t, conference).ConferenceID) {
				if !yield(v, err) {
					return
				}
			}
		}
	}
	sameRecords(t, interviews, p.records(t, mirror.Interviews))
}

// checkSingles reads every record and every document by its id, and the documents of every application.
func (p *played) checkSingles(t *testing.T, c *ejm.Client) {
	ctx := t.Context()
	for _, record := range p.records(t, mirror.Applications) {
		want := typed[ejm.Application](t, record)
		sameRecord(t, want)(c.Application(ctx, want.AppID))
		sameRecord(t, want)(c.DocumentApplication(ctx, want.AppID))
		person, err := c.DocumentApplicant(ctx, want.AppID)
		if err != nil || person.AID != want.AID {
			t.Errorf("the applicant of application %s: %s, %v", want.AppID, person.AID, err)
		}
		files, letters := map[ejm.ID]ejm.ID{}, map[ejm.ID]ejm.ID{}
		for _, f := range want.Files {
			if f.FileID != 0 && f.BlobID != 0 {
				files[f.FileID] = f.BlobID
			}
		}
		for _, r := range want.Recommendations {
			if r.Arrived() {
				letters[r.LetterID] = r.BlobID
			}
		}
		p.checkDocuments(ctx, t, c, want.AppID, ejm.KindFile, files)
		p.checkDocuments(ctx, t, c, want.AppID, ejm.KindLetter, letters)
	}
	for _, record := range p.records(t, mirror.Applicants) {
		want := typed[ejm.Applicant](t, record)
		sameRecord(t, want)(c.Applicant(ctx, want.AID))
	}
}

// checkDocuments reads documents, given by id and blobid, all at once and one by one.
func (p *played) checkDocuments(ctx context.Context, t *testing.T, c *ejm.Client, appid ejm.ID, kind ejm.Kind, want map[ejm.ID]ejm.ID) {
	read := func(documents iter.Seq2[*ejm.Document, error]) (n int) {
		for d, err := range documents {
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(d.Body)
			if err != nil {
				t.Fatal(err)
			}
			if !d.HasContent {
				continue
			}
			n++
			if d.BlobID != want[d.ID] || !bytes.Equal(data, p.stored(t, kind, want[d.ID].String())) || len(d.Odd) > 0 {
				t.Errorf("%s %s of application %s: blob %s, %d bytes, odd %v", kind, d.ID, appid, d.BlobID, len(data), d.Odd)
			}
		}
		return n
	}
	if len(want) > 0 {
		if n := read(c.Documents(ctx, appid, kind)); n != len(want) {
			t.Errorf("application %s: %d of %d %ss", appid, n, len(want), kind)
		}
	}
	for id := range want {
		if n := read(c.Document(ctx, kind, id)); n != 1 {
			t.Errorf("%s %s gives %d documents", kind, id, n)
		}
	}
}

func typed[T any](t *testing.T, record json.RawMessage) (value T) {
	t.Helper()
	if err := json.Unmarshal(record, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// sameRecords compares a list with the mirror's records, as the client's types have them.
func sameRecords[T any](t *testing.T, list iter.Seq2[T, error], want []json.RawMessage) {
	t.Helper()
	n := 0
	for got, err := range list {
		if err != nil || n == len(want) {
			t.Errorf("%T after %d of %d: %v", got, n, len(want), err)
			return
		}
		sameRecord(t, typed[T](t, want[n]))(got, nil)
		n++
	}
	if n != len(want) {
		t.Errorf("%d records of %T, want %d", n, *new(T), len(want))
	}
}

// sameRecord compares what a method gives with a record: all fields, but not the text they were read from, which the quirks
// change.
func sameRecord[T any](t *testing.T, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ejm.Record{}, "Raw"), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v, and it is not as the mirror has it (-mirror +client):\n%s", err, diff)
		}
	}
}
