package replay_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// played is a server of a small season over a real connection.
type played struct {
	*replay.Server
	mirror *mirror.Mirror
	url    string
	token  string
}

// shared is the season of most tests: small, with two days after the first. Servers only read it.
var shared *mirror.Mirror

func TestMain(m *testing.M) {
	code, err := withSeason(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withSeason(run func() int) (code int, err error) {
	dir, err := os.MkdirTemp("", "replay-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if shared, err = mirror.Create(dir); err != nil {
		return 0, err
	}
	defer shared.Close()
	if err := season.Write(shared, season.Options{Applications: 6, DocumentBytes: 3000, Days: 2}); err != nil {
		return 0, err
	}
	return run(), nil
}

// play serves the shared season from its first day.
func play(t testing.TB, options replay.Options) *played {
	t.Helper()
	return playMirror(t, shared, options)
}

func playMirror(t testing.TB, m *mirror.Mirror, options replay.Options) *played {
	t.Helper()
	if options.Snapshot == "" {
		options.Snapshot = "20261124T090000Z"
	}
	server, err := replay.New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	token, err := server.Token()
	if err != nil {
		t.Fatal(err)
	}
	return &played{Server: server, mirror: m, url: web.URL, token: token}
}

// get asks for a path with the token in the header.
func (p *played) get(t testing.TB, path string) (status int, body []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	return send(t, request)
}

func send(t testing.TB, request *http.Request) (status int, body []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func (p *played) snapshot(t testing.TB) *mirror.Snapshot {
	t.Helper()
	s, err := p.mirror.Snapshot(p.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p *played) records(t testing.TB, method mirror.Method) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for record, err := range p.snapshot(t).Records(method) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(record))
	}
	return all
}

// decoded reads JSON, numbers as they are written.
func decoded(t testing.TB, text []byte) any {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var value any
	if err := in.Decode(&value); err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	return value
}

// errorOf is the "error" of a reply, "" for none.
func errorOf(t testing.TB, body []byte) string {
	t.Helper()
	reply, _ := decoded(t, body).(map[string]any)
	text, _ := reply["error"].(string)
	return text
}

// id is a number of a record as text.
func id(t testing.TB, record []byte, key string) string {
	t.Helper()
	fields, _ := decoded(t, record).(map[string]any)
	number, _ := fields[key].(json.Number)
	return number.String()
}

func TestListsAreTheMirrorsByteForByte(t *testing.T) {
	p := play(t, replay.Options{})
	paths := map[mirror.Method]string{
		mirror.Applications: "/api/applications", mirror.Applicants: "/api/applicants", mirror.Files: "/api/files",
		mirror.Letters: "/api/letters", mirror.Conferences: "/api/conferences", mirror.PlacementOfficers: "/api/placement_officers",
		mirror.Ads: "/data/zz_public/json/Ads",
	}
	for method, path := range paths {
		records := p.records(t, method)
		want := "[" + string(bytes.Join(slices.Collect(toBytes(records)), []byte(","))) + "]"
		for _, slash := range []string{"", "/"} {
			if status, got := p.get(t, path+slash); status != 200 || string(got) != want {
				t.Errorf("%s%s: status %d, %d bytes, want %d", path, slash, status, len(got), len(want))
			}
		}
		if len(records) == 0 {
			t.Errorf("%s: the season has none", path)
		}
	}
}

func toBytes(records []json.RawMessage) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, record := range records {
			if !yield(record) {
				return
			}
		}
	}
}

func TestSingleRecordsAreTheMirrors(t *testing.T) {
	p := play(t, replay.Options{})
	for _, row := range []struct {
		method     mirror.Method
		path, key  string
		throughApp string
	}{
		{mirror.Applications, "/api/applications/", "appid", ""},
		{mirror.Applicants, "/api/applicants/", "aid", ""},
		{mirror.Applications, "/api/document/", "appid", "/application/"},
	} {
		for _, record := range p.records(t, row.method) {
			if status, got := p.get(t, row.path+id(t, record, row.key)+row.throughApp); status != 200 || !bytes.Equal(got, record) {
				t.Errorf("%s %s: status %d\n%s\n%s", row.path, id(t, record, row.key), status, got, record)
			}
		}
	}
}

func TestApplicantOfAnApplication(t *testing.T) {
	p := play(t, replay.Options{})
	for _, application := range p.records(t, mirror.Applications) {
		_, got := p.get(t, "/api/document/"+id(t, application, "appid")+"/applicant")
		if id(t, got, "aid") != id(t, application, "aid") {
			t.Errorf("application of %s gives applicant %s", id(t, application, "aid"), id(t, got, "aid"))
		}
	}
}

func TestInterviewsAreThoseOfTheConferenceWithoutOurKey(t *testing.T) {
	p := play(t, replay.Options{})
	interviews := 0
	for _, conference := range p.records(t, mirror.Conferences) {
		_, got := p.get(t, "/api/conferences/"+id(t, conference, "conference_id"))
		for _, one := range decoded(t, got).([]any) {
			interviews++
			if _, ours := one.(map[string]any)["ejmx_conference_id"]; ours {
				t.Error("the reply has our own key")
			}
		}
	}
	if want := len(p.records(t, mirror.Interviews)); interviews != want || want == 0 {
		t.Errorf("%d interviews, the mirror has %d", interviews, want)
	}
}

// eachDocument calls check for every document of the season that has contents.
func (p *played) eachDocument(t testing.TB, check func(kind ejm.Kind, id, blobid string)) {
	t.Helper()
	for _, application := range p.records(t, mirror.Applications) {
		fields := decoded(t, application).(map[string]any)
		for list, key := range map[string]string{"files": "file_id", "recommendations": "letterid"} {
			for _, entry := range fields[list].([]any) {
				blobid, has := entry.(map[string]any)["blobid"].(json.Number)
				if !has {
					continue
				}
				kind := ejm.KindFile
				if list != "files" {
					kind = ejm.KindLetter
				}
				check(kind, entry.(map[string]any)[key].(json.Number).String(), blobid.String())
			}
		}
	}
}

// inList takes the records out of whichever envelope a list is in.
func inList(t testing.TB, body []byte) []any {
	t.Helper()
	reply := decoded(t, body)
	if object, ok := reply.(map[string]any); ok {
		if _, keyed := object["0"]; !keyed {
			for _, list := range object {
				return list.([]any)
			}
		}
		var list []any
		for n := range len(object) {
			list = append(list, object[fmt.Sprint(n)])
		}
		return list
	}
	return reply.([]any)
}

// opened takes one document's reply out of whichever envelope it is in.
func opened(t testing.TB, kind ejm.Kind, body []byte) map[string]any {
	t.Helper()
	reply := decoded(t, body)
	if list, ok := reply.([]any); ok && len(list) == 1 {
		reply = list[0]
	}
	object, _ := reply.(map[string]any)
	if keyed, ok := object["0"].(map[string]any); ok {
		return keyed
	}
	if inner, ok := object[string(kind)+"s"].([]any); ok && len(inner) == 1 {
		return inner[0].(map[string]any)
	}
	return object
}

// content is the bytes in a document's reply.
func content(t testing.TB, document map[string]any) []byte {
	t.Helper()
	text, _ := document["filecontent"].(string)
	data, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (p *played) stored(t testing.TB, kind ejm.Kind, blobid string) []byte {
	t.Helper()
	var number ejm.ID
	if err := json.Unmarshal([]byte(blobid), &number); err != nil {
		t.Fatal(err)
	}
	file, err := p.mirror.OpenDocument(kind, number)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDocumentsComeWholeInEveryQuirk(t *testing.T) {
	for _, name := range append([]string{"plain", "all", "array,keyed,older,lines,slashes"}, replay.QuirkNames()...) {
		quirks, err := replay.ParseQuirks(name)
		if err != nil {
			t.Fatal(err)
		}
		p := play(t, replay.Options{Quirks: quirks})
		n := 0
		p.eachDocument(t, func(kind ejm.Kind, id, blobid string) {
			n++
			_, body := p.get(t, "/api/"+string(kind)+"s/"+id)
			document := opened(t, kind, body)
			if !bytes.Equal(content(t, document), p.stored(t, kind, blobid)) {
				t.Errorf("%s: %s %s came with other bytes", name, kind, id)
			}
		})
		if n < 20 {
			t.Fatalf("only %d documents", n)
		}
	}
}

func TestAllDocumentsOfAnApplicationAtOnce(t *testing.T) {
	p := play(t, replay.Options{Quirks: replay.AllQuirks()})
	for _, application := range p.records(t, mirror.Applications) {
		for kind, key := range map[string]string{"files": "file_id", "letters": "letterid"} {
			_, body := p.get(t, "/api/document/"+id(t, application, "appid")+"/"+kind+"/")
			for _, one := range inList(t, body) {
				document := one.(map[string]any)
				if document[key] == nil || document["path"] == nil && len(content(t, document)) == 0 {
					t.Errorf("%s of %s: %v has no number or no content", kind, id(t, application, "appid"), slices.Collect(maps.Keys(document)))
				}
			}
		}
	}
}

func TestALinkHasItsAddressAlone(t *testing.T) {
	p := play(t, replay.Options{})
	links := 0
	for _, file := range p.records(t, mirror.Files) {
		if decoded(t, file).(map[string]any)["path"] == nil {
			continue
		}
		links++
		_, body := p.get(t, "/api/files/"+id(t, file, "file_id"))
		if got := decoded(t, body).(map[string]any); len(got) != 3 || got["path"] == "" || got["file_id"] == nil || got["type_id"] == nil {
			t.Errorf("a link comes as %s", body)
		}
	}
	if links == 0 {
		t.Error("the season has no links")
	}
}

func TestNothingCanBeChanged(t *testing.T) {
	p := play(t, replay.Options{})
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodHead} {
		request, err := http.NewRequestWithContext(t.Context(), method, p.url+"/data/zz_public/json/Ads", nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := send(t, request); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, status)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	p := play(t, replay.Options{})
	for _, path := range []string{"applications/1", "applicants/1", "files/1", "letters/1", "conferences/1", "document/1/files", "document/1/applicant"} {
		if status, body := p.get(t, "/api/"+path); status != 200 || errorOf(t, body) != "no results returned" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/", "/api", "/api/", "/api/files/x", "/api/files/-1", "/api/files/1/2", "/api/../mirror", "/file/77/", "/api/document/1/mirror"} {
		if status, body := p.get(t, path); status != 404 || bytes.Contains(body, []byte("href")) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
