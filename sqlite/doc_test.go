package sqlite_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
)

var sqlBlock = regexp.MustCompile("(?s)```sql\n(.*?)```")

// blocks are the SQL texts of docs/sql.md: the tables, then examples.
func blocks(t *testing.T) (schema string, examples []string) {
	t.Helper()
	doc, err := os.ReadFile("../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	found := sqlBlock.FindAllStringSubmatch(strings.ReplaceAll(string(doc), "\r\n", "\n"), -1)
	if len(found) < 2 {
		t.Fatal("docs/sql.md holds no SQL")
	}
	for _, f := range found[1:] {
		examples = append(examples, f[1])
	}
	return found[0][1], examples
}

func TestDocumentedTablesAreThoseOfTheFile(t *testing.T) {
	documented, _ := blocks(t)
	db := open(t, write(t, season()))
	inFile := column(t, db, "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
	if got := strings.Join(inFile, "\n\n") + "\n"; got != documented {
		t.Errorf("the file holds\n%s\ndocs/sql.md says\n%s", got, documented)
	}
}

func TestExamplesOfTheDocAnswer(t *testing.T) {
	_, examples := blocks(t)
	db := open(t, write(t, season()))
	for _, query := range examples {
		rows, err := db.QueryContext(t.Context(), query)
		if err != nil {
			t.Errorf("%v in\n%s", err, query)
			continue
		}
		if !rows.Next() {
			t.Errorf("nothing (%v) answers\n%s", rows.Err(), query)
		}
		rows.Close()
	}
}

// Every field that an edition can name has its column, and the columns that are no field are the known ones.
func TestApplicantsHasAColumnForEachField(t *testing.T) {
	db := open(t, write(t, nil))
	columns := map[string]bool{}
	for _, name := range column(t, db, "SELECT name FROM pragma_table_info('applicants')") {
		columns[name] = true
		switch name {
		case "aid", "first_name", "middle_name", "last_name":
		default:
			if dossier.FieldLabel(name) == "" {
				t.Errorf("no edition can name %q", name)
			}
		}
	}
	doc, err := os.ReadFile("../docs/editions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(doc), "\nFields: ")
	paragraph, _, _ := strings.Cut(after, "\n\n")
	fields := 0
	for _, quoted := range regexp.MustCompile("(?s)`(.*?)`").FindAllStringSubmatch(paragraph, -1) {
		for field := range strings.FieldsSeq(quoted[1]) {
			fields++
			if !columns[field] {
				t.Errorf("applicants has no column %q", field)
			}
		}
	}
	if fields != len(columns)-4 {
		t.Errorf("docs/editions.md names %d fields, applicants has %d", fields, len(columns)-4)
	}
}
