package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/sqlite"
)

// season is a small season with one of everything: an applicant of two postings, each state of a document, a letter to come.
func season() []sqlite.Posting {
	taken := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	lee := dossier.Name{First: "Min-Jung", Last: "Lee"}
	edition := &dossier.Edition{Name: "committee"}
	assistant := &dossier.Posting{
		PosID: 9012, Title: "Assistant Professor", Institution: "University of Somewhere", Deadline: "2026-11-30 23:59:59", Edition: edition,
		Snapshot:  dossier.Snapshot{ID: "20261124T090000Z", Taken: taken},
		Questions: []dossier.Question{{ID: 5, Text: "May we call you?", Type: "radio"}, {ID: 4, Text: "Which fields?", Type: "check-boxes"}},
		Dossiers: []*dossier.Dossier{
			{
				AppID: 620310, AID: 38848, Name: lee, Applied: "2026-11-02 10:00:00", AsOf: taken,
				Facts:   []dossier.Fact{{Key: "email", Value: "lee@example.org"}, {Key: "degreeinst", Value: "Somewhere"}},
				Answers: []dossier.Answer{{QuestionID: 5, Text: "Yes"}, {QuestionID: 4, Text: "Macro; Labour"}},
				Documents: []dossier.Document{
					{
						Kind: ejm.KindFile, ID: 828205, TypeID: 10, TypeName: "cv", Label: "Curriculum vitae", State: dossier.Stored, BlobID: 77123,
						Bytes: 183201, SHA256: "aa", Path: "documents/Lee Min-Jung 620310/1 Curriculum vitae.pdf",
					},
					{Kind: ejm.KindFile, ID: 828209, TypeID: 25, Label: "Video", State: dossier.Link, URL: "https://example.org/talk"},
					{
						Kind: ejm.KindLetter, ID: 90213, RecID: 43, Label: "Letter Prof. Ng", State: dossier.Failed, Reason: "HTTP 503 after 5 tries",
						Writer: &dossier.Writer{First: "Ada", Last: "Ng", Email: "ng@example.org"},
					},
					{Kind: ejm.KindLetter, RecID: 41, Label: "Letter Prof. Kim", State: dossier.NotSubmitted, Writer: &dossier.Writer{First: "Jo", Last: "Kim"}},
				},
			},
			{AppID: 620999, Name: dossier.Name{First: "No", Last: "Number"}, AsOf: taken},
		},
		Interviews: []dossier.Interview{
			{ID: 7, AppID: 620310, ConferenceID: 3, Conference: "ASSA 2027", Group: "Macro", Start: "2027-01-03 09:00:00", Place: "Room 12"},
			{ID: 8, AppID: 111, Conference: "of somebody who is not among the applications"},
		},
	}
	lecturer := &dossier.Posting{
		PosID: 9013, Title: "Lecturer", Edition: edition, Snapshot: dossier.Snapshot{ID: "20261101T090000Z", Taken: taken.AddDate(0, 0, -23)},
		Dossiers: []*dossier.Dossier{{
			AppID: 620400, AID: 38848, Name: lee, AsOf: taken, Facts: []dossier.Fact{{Key: "email", Value: "old@example.org"}, {Key: "fax", Value: "1"}},
			Documents: []dossier.Document{{Kind: ejm.KindFile, ID: 828301, TypeName: "jmpaper", Label: "Paper", State: dossier.Suspect, Bytes: 0}},
		}},
	}
	return []sqlite.Posting{
		{Posting: assistant, Since: "20261101T090000Z", Folder: "9012-assistant-professor", Changes: []dossier.Change{
			{AppID: 620310, Name: "Min-Jung Lee", What: "new", After: "2026-11-02 10:00:00"},
			{AppID: 620001, Name: "Gone Away", What: "withdrawn", Before: "2026-10-02 10:00:00"},
		}},
		{Posting: lecturer},
		{Posting: &dossier.Posting{PosID: 9014, Edition: edition}},
	}
}

func all(postings []sqlite.Posting) iter.Seq2[sqlite.Posting, error] {
	return func(yield func(sqlite.Posting, error) bool) {
		for _, p := range postings {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func write(t testing.TB, postings []sqlite.Posting) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := sqlite.Write(t.Context(), &b, t.TempDir(), all(postings)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// saved puts a database into a file.
func saved(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "season.sqlite")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func open(t testing.TB, data []byte) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", saved(t, data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// column gives the texts of a query's first column; NULL is "NULL".
func column(t testing.TB, db *sql.DB, query string, arguments ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query, arguments...)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if !text.Valid {
			text.String = "NULL"
		}
		texts = append(texts, text.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
