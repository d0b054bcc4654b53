package exporter

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// seasonOf makes a season whose mirror holds two postings of one applicant, with equal-opportunity data, a file and a letter.
func seasonOf(t *testing.T) *Season {
	t.Helper()
	season, err := CreateSeason(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { season.Close() })
	putDocument(t, season.Mirror, ejm.KindFile, 77)
	putDocument(t, season.Mirror, ejm.KindLetter, 78)
	fetched(t, season, 1, "Seoul")
	return season
}

func putDocument(t *testing.T, m *mirror.Mirror, kind ejm.Kind, blobid ejm.ID) {
	t.Helper()
	w, err := m.NewDocument(kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(w, "%%PDF-1.4 %s", blobid); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(blobid, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
}

// fetched adds a snapshot of a day in which the applicant's institution is as given.
func fetched(t *testing.T, season *Season, day int, institution string) {
	t.Helper()
	taken := time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC)
	w, err := season.Mirror.NewSnapshot(mirror.SnapshotInfo{Taken: taken, API: "https://api.example"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(method mirror.Method, record string) {
		if err := w.Add(method, json.RawMessage(record)); err != nil {
			t.Fatal(err)
		}
	}
	since := taken.Format(time.RFC3339)
	add(mirror.Applicants, fmt.Sprintf(`{"aid": 5, "fname": "Min-Jung", "lname": "Lee", "gender": "secret-gender", "degreeinst": %q}`, institution))
	for posid, appid := range map[int]int{9012: 100, 9013: 200} {
		w.SetPosting(ejm.ID(posid), mirror.PostingState{Title: "Professor", Applications: 1, Held: true})
		add(mirror.Applications, fmt.Sprintf(`{"appid": %d, "aid": 5, "posid": %d, "fname": "Min-Jung", "lname": "Lee",
			"files": [{"file_id": 7, "type_id": 10, "name": "cv", "description": "Curriculum vitae", "blobid": 77}],
			"recommendations": [{"recid": 8, "letterid": 9, "lname": "Quillfeather", "email": "quill@example.org", "blobid": 78}]}`, appid, posid))
		add(mirror.Documents, fmt.Sprintf(`{"kind": "file", "appid": %d, "posid": %d, "id": 7, "blobid": 77, "state": "held", "since": %q}`, appid, posid, since))
		add(mirror.Documents, fmt.Sprintf(`{"kind": "letter", "appid": %d, "posid": %d, "id": 9, "recid": 8, "blobid": 78, "state": "held", "since": %q}`, appid, posid, since))
	}
	if _, isNew, err := w.Commit(); err != nil || !isNew {
		t.Fatalf("the snapshot is new: %v, %v", isNew, err)
	}
}

func databaseOptions(t *testing.T, season *Season, edition string) Options {
	t.Helper()
	e, err := season.Editions().Load(edition)
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Edition: e, Documents: true, Tool: "ejmx test", Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Sink: ledger.Discard,
	}
}

func makeDatabase(t *testing.T, season *Season, o Options, posids ...ejm.ID) (path string) {
	t.Helper()
	path, err := Database(t.Context(), season, posids, o)
	if err != nil {
		t.Fatal(err)
	}
	derived, err := season.Mirror.Derived("databases")
	if err != nil {
		t.Fatal(err)
	}
	defer derived.Close()
	if left, err := os.ReadDir(derived.Name()); err != nil || len(left) > 0 {
		t.Errorf("%v is left in the mirror, %v", left, err)
	}
	return path
}

func value(t *testing.T, path, query string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var text sql.NullString
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	return text.String
}

func TestDatabaseHoldsThePostings(t *testing.T) {
	season := seasonOf(t)
	o := databaseOptions(t, season, "committee")
	path := makeDatabase(t, season, o, 9013, 9012, 9012)
	if want := filepath.Join(season.Dir, "postings", "season.sqlite"); path != want {
		t.Errorf("it lies at %s, want %s", path, want)
	}
	for query, want := range map[string]string{
		"SELECT group_concat(posid, ' ') FROM (SELECT posid FROM postings ORDER BY posid)":                                                        "9012 9013",
		"SELECT group_concat(appid, ' ') FROM (SELECT appid FROM applications ORDER BY appid)":                                                    "100 200",
		"SELECT count(*) || ' ' || max(degreeinst) FROM applicants":                                                                               "1 Seoul",
		"SELECT count(*) FROM documents WHERE state = 'stored'":                                                                                   "4",
		"SELECT email FROM letters LIMIT 1":                                                                                                       "quill@example.org",
		"SELECT max(changes_since) FROM postings":                                                                                                 "",
		"SELECT folder || '/' || path FROM documents JOIN applications USING (appid) JOIN postings USING (posid) WHERE appid = 100 AND place = 1": "9012-professor/documents/Lee Min-Jung 100/1 Curriculum vitae.pdf",
	} {
		if got := value(t, path, query); got != want {
			t.Errorf("%s\ngives %q, want %q", query, got, want)
		}
	}
	o.Documents = false
	if got := value(t, makeDatabase(t, season, o, 9012), "SELECT count(path) FROM documents"); got != "0" {
		t.Errorf("%s paths lead to originals that are not exported", got)
	}
}

func TestDatabaseObeysTheEdition(t *testing.T) {
	season := seasonOf(t)
	path := makeDatabase(t, season, databaseOptions(t, season, "no-letters"), 9012, 9013)
	if filepath.Base(path) != "season.no-letters.sqlite" {
		t.Errorf("it is called %s", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret-gender", "Quillfeather", "quill@example.org"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%q is in the file", secret)
		}
	}
	if got := value(t, path, "SELECT count(*) FROM documents"); got != "2" {
		t.Errorf("%s documents, want two files", got)
	}
}

func TestDatabaseIsReplacedOnlyWhenItChanges(t *testing.T) {
	season := seasonOf(t)
	o := databaseOptions(t, season, "committee")
	var last ledger.Entry
	o.Sink = func(e ledger.Entry) { last = e }
	path := makeDatabase(t, season, o, 9012)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	makeDatabase(t, season, o, 9012)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) || last.Outcome != ledger.Kept {
		t.Errorf("unchanged, it was written again (%v, %v)", last.Outcome, err)
	}
	fetched(t, season, 2, "Busan")
	makeDatabase(t, season, o, 9012)
	if got := value(t, path, "SELECT item || ': ' || before || ' to ' || after FROM changes"); got != "Degree institution: Seoul to Busan" {
		t.Errorf("the changes are %q", got)
	}
	if got := value(t, path, "SELECT changes_since FROM postings"); got != "20261101T090000Z" || last.Outcome != ledger.Done {
		t.Errorf("since %s, %v", got, last.Outcome)
	}
	if err := os.WriteFile(path, []byte("somebody's own"), 0o600); err != nil {
		t.Fatal(err)
	}
	makeDatabase(t, season, o, 9012)
	kept := strings.TrimSuffix(path, ".sqlite") + " (kept 2026-11-24).sqlite"
	if data, err := os.ReadFile(kept); err != nil || string(data) != "somebody's own" {
		t.Errorf("what somebody put there is %q, %v", data, err)
	}
	if value(t, path, "SELECT count(*) FROM applications") != "1" {
		t.Error("the database did not come back")
	}
	if names := folderNames(t, filepath.Dir(path)); !slices.Equal(names, []string{filepath.Base(kept), "season.sqlite"}) {
		t.Errorf("the folder holds %q", names)
	}
}

func folderNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestDatabaseOfSome(t *testing.T) {
	season := seasonOf(t)
	fetched(t, season, 2, "Busan")
	o := databaseOptions(t, season, "committee")
	o.Only = func(d *dossier.Dossier) bool { return d.AppID == 200 }
	path := makeDatabase(t, season, o, 9012, 9013)
	if filepath.Base(path) != "season.selection.sqlite" {
		t.Errorf("it is called %s", path)
	}
	if got := value(t, path, "SELECT group_concat(appid) FROM applications") + " " + value(t, path, "SELECT group_concat(appid) FROM changes"); got != "200 200" {
		t.Errorf("applications and changes are of %s", got)
	}
}

func TestDatabaseNeedsWhatWasFetched(t *testing.T) {
	season := seasonOf(t)
	_, err := Database(t.Context(), season, []ejm.ID{9012, 1}, databaseOptions(t, season, "committee"))
	var missing *NotFetchedError
	if !errors.As(err, &missing) || missing.Posting != 1 {
		t.Errorf("the error is %v", err)
	}
}

// What a killed run left of applicants' data in the mirror goes away with the next.
func TestDatabaseClearsWhatAKilledRunLeft(t *testing.T) {
	season := seasonOf(t)
	derived, err := season.Mirror.Derived("databases")
	if err != nil {
		t.Fatal(err)
	}
	defer derived.Close()
	if err := derived.MkdirAll("database-1", dirMode); err != nil {
		t.Fatal(err)
	}
	if err := derived.WriteFile("database-1/built", []byte("half"), fileMode); err != nil {
		t.Fatal(err)
	}
	makeDatabase(t, season, databaseOptions(t, season, "committee"), 9012)
}
