package sqlite_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/outside"
)

// hostile is a season with texts that programs stumble over.
func hostile(t *testing.T) string {
	t.Helper()
	p := season()
	p[0].Dossiers[0].Name.Last = "L\x00e\xffe" + strings.Repeat("'", 1<<20)
	p[0].Dossiers[0].Documents[0].Label = "=cmd|' /C calc'!A0\r\n"
	return saved(t, write(t, p))
}

func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	return strings.TrimSpace(strings.ReplaceAll(string(out), "\r\n", "\n"))
}

func TestSQLiteItselfFindsItSound(t *testing.T) {
	sqlite3 := outside.Tool(t, "sqlite3")
	file := hostile(t)
	for query, want := range map[string]string{
		"PRAGMA integrity_check":   "ok",
		"PRAGMA foreign_key_check": "",
		"PRAGMA application_id":    "1701473656",
		"SELECT length(last_name) FROM applicants WHERE last_name LIKE 'L%e''%'": "1048581",
		"SELECT count(*) FROM documents JOIN letters USING (document_no)":        "2",
	} {
		if got := run(t, sqlite3, "-readonly", file, query); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	_, examples := blocks(t)
	for _, query := range examples {
		if run(t, sqlite3, "-readonly", file, query) == "" {
			t.Errorf("nothing answers\n%s", query)
		}
	}
}

func TestPythonReadsEveryValue(t *testing.T) {
	python := outside.Tool(t, "python3")
	got := run(t, python, "-c", `
import sqlite3, sys
season = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
tables = [name for name, in season.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
for table in tables:
    print(table, len(season.execute("SELECT * FROM " + table).fetchall()))
print(season.execute("PRAGMA integrity_check").fetchall(), season.execute("PRAGMA foreign_key_check").fetchall())
`, hostile(t))
	want := strings.Join([]string{
		"answers 2", "applicants 2", "applications 3", "changes 2", "documents 5", "interviews 1", "letters 2", "postings 3", "questions 2",
		"[('ok',)] []",
	}, "\n")
	if got != want {
		t.Errorf("Python sees\n%s\nwant\n%s", got, want)
	}
}
