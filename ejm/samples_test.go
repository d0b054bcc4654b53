package ejm

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The document of every sample.
const (
	sampleSize = 79
	sampleSHA1 = "98555b68fa0ff381c38af30822ed469f535a4d1c"
)

// sample is a hand-written reply of testdata/api.
func sample(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "api", name))
	if err != nil {
		t.Fatal(err)
	}
	return text(string(data))
}

// answering is a client of a server that gives this sample at path.
func answering(t *testing.T, path, name string) *Client {
	t.Helper()
	return clientOf(t, serverOf(t, map[string]http.HandlerFunc{path: sample(t, name)}))
}

func collect[T any](t *testing.T, records iter.Seq2[T, error]) (all []T) {
	t.Helper()
	for record, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
	return all
}

func TestSampleApplications(t *testing.T) {
	for _, form := range []string{"array", "keyed", "listed"} {
		t.Run(form, func(t *testing.T) {
			c := answering(t, "/api/applications", "applications/"+form+".json")
			all := collect(t, c.Applications(t.Context()))
			equal(t, all, []Application{leeApplication, wangApplication})
			if !bytes.Contains(all[1].Raw, []byte(`"preferred_name":"Wang Li"`)) {
				t.Errorf("a key unknown to us is lost: %s", all[1].Raw)
			}
		})
	}
	if none := collect(t, answering(t, "/api/applications", "applications/empty.json").Applications(t.Context())); len(none) > 0 {
		t.Errorf("an empty list gives %v", none)
	}
}

func TestSampleApplication(t *testing.T) {
	for _, form := range []string{"one", "one_array", "one_keyed"} {
		t.Run(form, func(t *testing.T) {
			name := "applications/" + form + ".json"
			a, err := answering(t, "/api/applications/620310", name).Application(t.Context(), 620310)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, a, leeApplication)
			a, err = answering(t, "/api/document/620310/application", name).DocumentApplication(t.Context(), 620310)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, a, leeApplication)
		})
	}
}

func TestSampleApplicants(t *testing.T) {
	for _, form := range []string{"array", "keyed", "listed"} {
		t.Run(form, func(t *testing.T) {
			all := collect(t, answering(t, "/api/applicants", "applicants/"+form+".json").Applicants(t.Context()))
			if len(all) != 2 {
				t.Fatalf("%d applicants", len(all))
			}
			checkPerson(t, all[0])
			if p := all[1]; p.AID != 38849 || p.LastName != "王" || p.IsContactOK || p.StatusInactiveDate != "" || p.SecondaryFields != nil || len(p.Odd) > 0 {
				t.Errorf("the second is %+v", p)
			}
		})
	}
	for _, form := range []string{"one", "one_array"} {
		p, err := answering(t, "/api/applicants/38848", "applicants/"+form+".json").Applicant(t.Context(), 38848)
		if err != nil {
			t.Fatal(err)
		}
		checkPerson(t, p)
		p, err = answering(t, "/api/document/620310/applicant", "applicants/"+form+".json").DocumentApplicant(t.Context(), 620310)
		if err != nil {
			t.Fatal(err)
		}
		checkPerson(t, p)
	}
}

// checkPerson compares every field with what the sample says, by EJM's own names.
func checkPerson(t *testing.T, p Applicant) {
	t.Helper()
	want := map[string]string{
		"aid": "38848", "id": "38848", "enrolldate": "2023-09-01 10:00:00", "changedate": "2025-11-20 08:00:00",
		"email": "min-jung.lee@example.org", "fname": "Min-Jung", "mname": "", "lname": "Lee", "country": "CA",
		"phone": "+1 514 555 0100", "fax": "", "url": "https://lee.example.org/", "category_id": "2",
		"categories": "Macro; Monetary", "primary_field": "Macroeconomics", "degreetype": "PhD",
		"degreeinst": "Université de Montréal", "degreebegyear": "2020", "degreeendyear": "2026",
		"curpos": "PhD candidate", "curinst": "Université de Montréal", "ethnic": "", "ethnicity": "not said",
		"race": "not said", "gender": "F", "is_contactok": "yes", "ackdate": "", "nationality": "KR", "status": "active",
		"statusinactivedate": "", "last_revised_time": "2025-11-20 08:00:00", "secondary_fields": "Finance; Labor",
		"conferences": "ASSA 2026",
	}
	text := p.Texts()
	for _, key := range ApplicantFields() {
		got, known := text(key)
		if wanted, listed := want[key]; !listed || !known || got != wanted {
			t.Errorf("%s is %q (known: %v), want %q", key, got, known, wanted)
		}
	}
	if len(ApplicantFields()) != len(want) {
		t.Errorf("%d fields, want %d", len(ApplicantFields()), len(want))
	}
	if !slices.Equal(p.SecondaryFields, []Named{{12, "Finance"}, {7, "Labor"}}) {
		t.Errorf("secondary fields %v: EJM's order is lost", p.SecondaryFields)
	}
}

func TestSampleDocument(t *testing.T) {
	for _, form := range []string{"bare", "array", "keyed", "older", "line_breaks", "carriage_returns"} {
		t.Run("file "+form, func(t *testing.T) {
			c := answering(t, "/api/files/828205", "file/"+form+".json")
			checkDocuments(t, c.Document(t.Context(), KindFile, 828205), 828205)
		})
	}
	for _, form := range []string{"bare", "array", "keyed", "older"} {
		t.Run("letter "+form, func(t *testing.T) {
			c := answering(t, "/api/letters/90213", "letter/"+form+".json")
			checkDocuments(t, c.Document(t.Context(), KindLetter, 90213), 90213)
		})
	}
	for form, id := range map[string]ID{"link": 828209, "link_nulls": 828210} {
		t.Run(form, func(t *testing.T) {
			c := answering(t, fmt.Sprintf("/api/files/%d", id), "file/"+form+".json")
			checkDocuments(t, c.Document(t.Context(), KindFile, id), id)
		})
	}
	for _, form := range []string{"array", "keyed", "older"} {
		t.Run("all files "+form, func(t *testing.T) {
			c := answering(t, "/api/document/620310/files", "document_files/"+form+".json")
			checkDocuments(t, c.Documents(t.Context(), 620310, KindFile), 828205, 828209)
		})
	}
	for _, form := range []string{"array", "keyed", "older"} {
		t.Run("all letters "+form, func(t *testing.T) {
			c := answering(t, "/api/document/620310/letters", "document_letters/"+form+".json")
			checkDocuments(t, c.Documents(t.Context(), 620310, KindLetter), 90213)
		})
	}
	checkDocuments(t, answering(t, "/api/document/620310/files", "document_files/empty.json").Documents(t.Context(), 620310, KindFile))
}

// checkDocuments reads documents and compares them with the samples' one PDF, or their links.
func checkDocuments(t *testing.T, documents iter.Seq2[*Document, error], want ...ID) {
	t.Helper()
	var got []ID
	for d, err := range documents {
		if err != nil {
			t.Fatal(err)
		}
		hash := sha1.New()
		n, err := io.Copy(hash, d.Body)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.ID)
		if bytes.Contains(d.Raw, []byte("filecontent\":\"")) || !json.Valid(d.Raw) {
			t.Errorf("raw record %s", d.Raw)
		}
		if d.TypeID == 25 || d.TypeID == 75 {
			if d.HasContent || n != 0 || d.Path == "" || d.BlobID != 0 {
				t.Errorf("the link is %+v", d)
			}
			continue
		}
		if sum := hex.EncodeToString(hash.Sum(nil)); n != sampleSize || sum != sampleSHA1 || !d.HasContent || d.FileType != "application/pdf" {
			t.Errorf("%d bytes with SHA-1 %s in %+v", n, sum, d)
		}
		if d.Kind == KindFile && (d.SHA1 != sampleSHA1 || d.FileSize != sampleSize || d.BlobID != 77123) || d.Kind == KindLetter && d.BlobID != 88001 {
			t.Errorf("the document is %+v", d)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("documents %v, want %v", got, want)
	}
}

func TestSampleLists(t *testing.T) {
	for _, form := range []string{"array", "keyed", "listed"} {
		t.Run(form, func(t *testing.T) {
			equal(t, collect(t, answering(t, "/api/files", "files/"+form+".json").Files(t.Context())), sampleFiles)
			equal(t, collect(t, answering(t, "/api/letters", "letters/"+form+".json").Letters(t.Context())), sampleLetters)
		})
	}
	equal(t, collect(t, answering(t, "/api/conferences", "conferences/array.json").Conferences(t.Context())), sampleConferences)
	equal(t, collect(t, answering(t, "/api/conferences/31", "interviews/array.json").Interviews(t.Context(), 31)), sampleInterviews)
	equal(t, collect(t, answering(t, "/api/placement_officers", "placement_officers/array.json").PlacementOfficers(t.Context())), sampleOfficers)
	ads := collect(t, answering(t, "/data/zz_public/json/Ads", "ads/array.json").Ads(t.Context()))
	equal(t, ads, sampleAds)
	if ads[0].PosID() != 9012 {
		t.Errorf("the ad's posting is %s", ads[0].PosID())
	}
}

// TestSampleFlags reads a flag in each form that EJM gives it.
func TestSampleFlags(t *testing.T) {
	for i, person := range collect(t, answering(t, "/api/applicants", "applicants/flags.json").Applicants(t.Context())) {
		if person.AID != ID(i+1) || person.IsContactOK != (i < 3) || len(person.Odd) > 0 {
			t.Errorf("applicant %d is %+v", i+1, person)
		}
	}
}

// TestAnotherThanAskedFor has EJM answer with a record that nobody asked for.
func TestAnotherThanAskedFor(t *testing.T) {
	_, err := answering(t, "/api/applications/620399", "applications/one.json").Application(t.Context(), 620399)
	if !errors.Is(err, ErrBadContent) {
		t.Errorf("another application: %v", err)
	}
	_, err = answering(t, "/api/applicants/38000", "applicants/one.json").Applicant(t.Context(), 38000)
	if !errors.Is(err, ErrBadContent) {
		t.Errorf("another applicant: %v", err)
	}
}

func TestSampleErrors(t *testing.T) {
	for name, want := range map[string]struct {
		err     error
		refused Refused
	}{
		"expired_token.json":        {ErrRefused, RefusedToken},
		"invalid_request.json":      {ErrInvalidRequest, ""},
		"no_results.json":           {ErrNoResults, ""},
		"database.json":             {ErrUnavailable, ""},
		"unauthorized_address.json": {ErrRefused, RefusedAddress},
		"unauthorized.json":         {ErrRefused, RefusedRequest},
		"unknown.json":              {ErrUnavailable, ""},
		"web_page.html":             {ErrNotAPI, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := answering(t, "/api/letters/1", "errors/"+name)
			var last error
			for _, err := range c.Document(t.Context(), KindLetter, 1) {
				last = err
			}
			var e *Error
			if !errors.As(last, &e) || !errors.Is(last, want.err) || e.Refused != want.refused {
				t.Errorf("error %v (%+v)", last, e)
			}
		})
	}
}

func TestSampleTokens(t *testing.T) {
	const granted = "Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJlam14In0.c2lnbmF0dXJl"
	for _, name := range []string{"granted", "granted_strings"} {
		t.Run(name, func(t *testing.T) {
			var sent string
			c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{
				"/token/": sample(t, "token/"+name+".json"),
				"/api/applications": func(w http.ResponseWriter, r *http.Request) {
					sent = r.Header.Get("Authorization")
					io.WriteString(w, `[]`)
				},
			}))
			if collect(t, c.Applications(t.Context())); sent != granted {
				t.Errorf("sent %q", sent)
			}
		})
	}
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/token/": sample(t, "token/refused.json")}))
	for _, err := range c.Applications(t.Context()) {
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrRefused) || e.Refused != RefusedCredentials {
			t.Errorf("error %v", err)
		}
	}
}
