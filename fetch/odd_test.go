package fetch_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// fetchFrom fetches everything from a server that has just these answers; all else is 404.
func fetchFrom(t *testing.T, answers map[string]string) (*fetch.Result, *ledger.Book, *mirror.Mirror) {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		if !known {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(web.Close)
	client, err := ejm.New(ejm.Config{BaseURL: web.URL, Token: "a-pasted-token"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	var book ledger.Book
	result, err := fetch.Run(t.Context(), client, m, fetch.Selection{All: true, Workers: 4, Now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}, book.Add)
	if err != nil {
		t.Fatal(err)
	}
	return result, &book, m
}

// minimal is an API with one application, and neither placement officers nor ads, which EJM may not have.
func minimal(application string) map[string]string {
	return map[string]string{
		"/api/applications": "[" + application + "]", "/api/applicants": "[]", "/api/files": "[]",
		"/api/letters": "[]", "/api/conferences": "[]",
	}
}

func TestAbsentMethodsAreEmptyLists(t *testing.T) {
	result, book, _ := fetchFrom(t, minimal(`{"appid":1,"aid":2,"posid":9012,"fname":"Ada","lname":"Roy","adtitle":"Professor"}`))
	if result.Failed != 0 || result.FailedLists != 0 || len(book.Problems()) > 0 {
		t.Errorf("without placement officers and ads: %+v, %v", result, book.Problems())
	}
	if officers := result.Snapshot.Files[mirror.PlacementOfficers]; officers.Records != 0 {
		t.Errorf("placement officers: %+v", officers)
	}
}

// TestOddFieldsAreTold has EJM send fields in forms never seen: what can be read is, nobody's record is lost, and people
// are told.
func TestOddFieldsAreTold(t *testing.T) {
	answers := minimal(`{"appid":1,"aid":2,"posid":9012,"fname":"Ada","lname":{"latin":"Roy"},
		"files":[{"file_id":7,"blobid":8,"type_id":10,"description":"CV","created_at":["now"]},{"file_id":9,"blobid":"x","type_id":10}]}`)
	answers["/api/files/7"] = `{"file_id":7,"blobid":8,"type_id":10,"filename":["cv.pdf"],"filecontent":"QUJD"}`
	result, book, m := fetchFrom(t, answers)
	if result.Documents != 1 || !m.Has(ejm.KindFile, 8) {
		t.Fatalf("%+v, %v", result, book.Problems())
	}
	var told []string
	for _, note := range book.Notes() {
		told = append(told, note.String())
	}
	all := strings.Join(told, "\n")
	for _, field := range []string{"lname", "files[].created_at", "files[].blobid", "filename"} {
		if !strings.Contains(all, field) {
			t.Errorf("nothing says that %s is odd:\n%s", field, all)
		}
	}
	for record, err := range result.Snapshot.Records(mirror.Applications) {
		if err != nil || !strings.Contains(string(record), `"lname":{"latin":"Roy"}`) {
			t.Errorf("the record is %s, %v", record, err)
		}
	}
}
