package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/sqlite"
)

func TestRows(t *testing.T) {
	db := open(t, write(t, season()))
	for query, want := range map[string][]string{
		"SELECT title FROM postings ORDER BY posid":                                                                         {"Assistant Professor", "Lecturer", "NULL"},
		"SELECT folder FROM postings ORDER BY posid":                                                                        {"9012-assistant-professor", "NULL", "NULL"},
		"SELECT email FROM applicants ORDER BY aid":                                                                         {"NULL", "lee@example.org"},
		"SELECT fax FROM applicants WHERE aid = 38848":                                                                      {"NULL"}, // an older snapshot fills no gap
		"SELECT posid || ' ' || aid || ' ' || name FROM applications":                                                       {"9012 38848 Min-Jung Lee", "9013 38848 Min-Jung Lee", "9012 -620999 No Number"},
		"SELECT place || ' ' || state FROM documents WHERE appid = 620310":                                                  {"1 stored", "2 link", "3 failed", "4 not_submitted"},
		"SELECT bytes FROM documents ORDER BY document_no":                                                                  {"183201", "NULL", "NULL", "NULL", "0"},
		"SELECT file_id FROM documents ORDER BY document_no":                                                                {"828205", "828209", "NULL", "NULL", "828301"},
		"SELECT d.label || ' ' || recid || ' ' || email FROM letters l JOIN documents d USING (document_no) WHERE letterid": {"Letter Prof. Ng 43 ng@example.org"},
		"SELECT letterid FROM letters WHERE recid = 41":                                                                     {"NULL"},
		"SELECT question || ' ' || answer FROM questions JOIN answers USING (posid, question_id) ORDER BY place":            {"May we call you? Yes", "Which fields? Macro; Labour"},
		"SELECT conference || ' ' || location FROM interviews":                                                              {"ASSA 2027 Room 12"},
		"SELECT what FROM changes ORDER BY change_no":                                                                       {"new", "withdrawn"},
		"PRAGMA user_version":                            {"1"},
		"PRAGMA integrity_check":                         {"ok"},
		"SELECT \"table\" FROM pragma_foreign_key_check": nil,
	} {
		if got := column(t, db, query); !slices.Equal(got, want) {
			t.Errorf("%s\ngives %q, want %q", query, got, want)
		}
	}
}

// In each table whose rows are looked for here, an edition has kept out what the season's rows hold.
func TestWhatIsNotGivenIsNotThere(t *testing.T) {
	p := season()[0]
	p.Questions, p.Interviews, p.Changes = nil, nil, nil
	p.Dossiers[0].Documents = p.Dossiers[0].Documents[:1]
	p.Dossiers[0].Answers, p.Dossiers[0].Facts = nil, nil
	data := write(t, []sqlite.Posting{p})
	for _, secret := range []string{"Prof. Ng", "ng@example.org", "May we call", "Labour", "Room 12", "lee@example.org", "Gone Away"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%q is in the file", secret)
		}
		if !bytes.Contains(write(t, season()), []byte(secret)) {
			t.Errorf("%q is not in the whole file, so that it is looked for in vain", secret)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first := write(t, season())
	write(t, large(50)) // whatever was in memory before must not show
	if second := write(t, season()); !bytes.Equal(first, second) {
		t.Error("the same postings give other bytes")
	}
	big := write(t, large(200))
	if !bytes.Equal(big, write(t, large(200))) {
		t.Error("the same large postings give other bytes")
	}
}

// large is a posting of n applications.
func large(n int) []sqlite.Posting {
	p := season()[:1]
	lee := p[0].Dossiers[0]
	p[0].Dossiers = nil
	for i := range n {
		d := *lee
		d.AppID, d.AID = ejm.ID(1+i), ejm.ID(1+i*7919%n)
		p[0].Dossiers = append(p[0].Dossiers, &d)
	}
	return p
}

func TestHostileTexts(t *testing.T) {
	long := strings.Repeat("ñ", 1<<19)
	for name, text := range map[string][2]string{
		"quotes":        {`'); DROP TABLE postings; --"`, `'); DROP TABLE postings; --"`},
		"NUL":           {"a\x00b", "a\uFFFDb"},
		"no UTF-8":      {"a\xff\xc3b", "a\uFFFDb"},
		"one megabyte":  {long, long},
		"a number":      {"007", "007"},
		"no name":       {"", "NULL"},
		"a formula":     {"=1+1", "=1+1"},
		"line breaks":   {"a\r\nb", "a\r\nb"},
		"four bytes":    {"𝕏", "𝕏"},
		"looks as blob": {"x'00'", "x'00'"},
	} {
		t.Run(name, func(t *testing.T) {
			p := season()[:1]
			p[0].Dossiers[0].Name.Last = text[0]
			p[0].Dossiers[0].Documents[0].Label = text[0]
			p[0].Changes[0].Before = text[0]
			db := open(t, write(t, p))
			if got := column(t, db, "SELECT last_name FROM applicants WHERE aid = 38848"); got[0] != text[1] {
				t.Errorf("stored %.40q", got)
			}
			if got := column(t, db, "PRAGMA integrity_check"); got[0] != "ok" {
				t.Error(got)
			}
		})
	}
}

// EJM has been seen to list things twice; neither an applicant nor an application may then end the run.
func TestTwiceListedIsOnce(t *testing.T) {
	p := season()
	p[0].Dossiers = append(p[0].Dossiers, p[0].Dossiers[0])
	p[1].Dossiers = append(p[1].Dossiers, p[0].Dossiers[0])
	p[1].Interviews = p[0].Interviews
	db := open(t, write(t, p))
	for query, want := range map[string]string{
		"SELECT count(*) FROM applications":                   "3",
		"SELECT count(*) FROM documents WHERE appid = 620310": "4",
		"SELECT posid FROM applications WHERE appid = 620310": "9012",
		"SELECT count(*) FROM interviews":                     "1",
		"SELECT count(*) FROM pragma_foreign_key_check":       "0",
	} {
		if got := column(t, db, query); got[0] != want {
			t.Errorf("%s gives %s, want %s", query, got[0], want)
		}
	}
}

func TestNoPostings(t *testing.T) {
	db := open(t, write(t, nil))
	if got := column(t, db, "SELECT count(*) FROM postings"); got[0] != "0" {
		t.Errorf("%s postings", got[0])
	}
}

func TestFaultsAreToldAndNothingStays(t *testing.T) {
	broken := errors.New("broken")
	unknown := season()[:1]
	unknown[0].Dossiers[0].Facts = []dossier.Fact{{Key: "shoe_size", Value: "44"}}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx      context.Context
		w        io.Writer
		postings []sqlite.Posting
		fault    error // of the postings
		want     string
	}{
		"the postings fail":     {t.Context(), io.Discard, nil, broken, "broken"},
		"the writer fails":      {t.Context(), failing{broken}, season(), nil, "broken"},
		"the context ended":     {ended, io.Discard, season(), nil, "context canceled"},
		"a field has no column": {t.Context(), io.Discard, unknown, nil, `no column for "shoe_size"`},
		"a posting comes twice": {t.Context(), io.Discard, slices.Concat(season(), season()), nil, "posting 9012: postings: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := sqlite.Write(c.ctx, c.w, dir, func(yield func(sqlite.Posting, error) bool) {
				for p, err := range all(c.postings) {
					if !yield(p, err) {
						return
					}
				}
				if c.fault != nil {
					yield(sqlite.Posting{}, c.fault)
				}
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
			expectEmpty(t, dir)
		})
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func expectEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v stays, %v", left, err)
	}
}

// A folder's name may hold what means something in SQLite's addresses of files. Nobody else may look in while it is at work.
func TestStrangeFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "100% #1 mode=ro&x ü")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var seen []os.FileMode
	err := sqlite.Write(t.Context(), io.Discard, dir, func(yield func(sqlite.Posting, error) bool) {
		left, _ := os.ReadDir(dir)
		for _, entry := range left {
			if info, err := entry.Info(); err == nil {
				seen = append(seen, info.Mode().Perm())
			}
		}
		yield(season()[0], nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0]&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("modes while at work: %v", seen)
	}
	expectEmpty(t, dir)
}
