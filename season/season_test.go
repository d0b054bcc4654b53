package season

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/jpeg"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// written writes a season into a folder of the test's own.
func written(t testing.TB, options Options) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	if err := Write(m, options); err != nil {
		t.Fatal(err)
	}
	return m
}

// demo is the default season, written once for all tests that look at it.
var demo = sync.OnceValues(func() (*mirror.Mirror, error) {
	dir, err := os.MkdirTemp("", "season-*")
	if err != nil {
		return nil, err
	}
	m, err := mirror.Create(dir)
	if err != nil {
		return nil, err
	}
	return m, Write(m, Options{})
})

func TestMain(tests *testing.M) {
	code := tests.Run()
	if m, err := demo(); err == nil {
		_ = m.Close()
		_ = os.RemoveAll(m.Dir())
	}
	os.Exit(code)
}

func theDemo(t testing.TB) *mirror.Mirror {
	t.Helper()
	m, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// record is any of a season's records.
type record map[string]any

func (r record) list(key string) []record {
	var list []record
	for _, one := range r[key].([]any) {
		list = append(list, one.(map[string]any))
	}
	return list
}

func recordsOf(t testing.TB, s *mirror.Snapshot, method mirror.Method) []record {
	t.Helper()
	var all []record
	for r, err := range mirror.Records[record](s, method) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func snapshots(t testing.TB, m *mirror.Mirror) []*mirror.Snapshot {
	t.Helper()
	all, err := m.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tree gives every file of a folder.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheSameSeasonEachTime(t *testing.T) {
	options := Options{Applications: 4, Postings: 3, Days: 1, Seed: 5}
	one, two := tree(t, written(t, options).Dir()), tree(t, written(t, options).Dir())
	if !maps.Equal(one, two) || len(one) < 40 {
		t.Errorf("two seasons of one seed differ, or are small: %d and %d files", len(one), len(two))
	}
}

func TestAnotherSeedIsAnotherSeason(t *testing.T) {
	options := Options{Applications: 4, DocumentBytes: 2000}
	one := tree(t, written(t, options).Dir())
	options.Seed++
	for name, data := range tree(t, written(t, options).Dir()) {
		if strings.Contains(name, "applications") && one[name] == data {
			t.Error("another seed makes the same applications")
		}
	}
}

func TestLaterDaysLeaveTheFirstAlone(t *testing.T) {
	short, long := written(t, Options{Applications: 9, DocumentBytes: 2000}), written(t, Options{Applications: 9, DocumentBytes: 2000, Days: 3})
	all := tree(t, long.Dir())
	for name, data := range tree(t, short.Dir()) {
		if all[name] != data {
			t.Errorf("%s differs", name)
		}
	}
}

func TestADayGoesBy(t *testing.T) {
	m := written(t, Options{Applications: 12, Postings: 2, DocumentBytes: 2000, Days: 4})
	all := snapshots(t, m)
	if len(all) != 5 {
		t.Fatalf("%d snapshots", len(all))
	}
	seen := map[string]bool{}
	for i := range all[1:] {
		compare(seen, recordsOf(t, all[i], mirror.Applications), recordsOf(t, all[i+1], mirror.Applications))
	}
	if a, b := len(all[0].Postings), len(all[4].Postings); b >= a {
		t.Errorf("no posting retired: %d, then %d", a, b)
	}
	want := []string{"application gone", "details changed", "file replaced", "letter arrived", "letter replaced", "letter withdrawn"}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("what happened: %v", got)
	}
}

// compare notes what happened between two days.
func compare(seen map[string]bool, before, after []record) {
	now := map[any]record{}
	for _, a := range after {
		now[a["appid"]] = a
	}
	for _, old := range before {
		a, here := now[old["appid"]]
		if !here {
			seen["application gone"] = true
			continue
		}
		if a["changedate"] != old["changedate"] {
			seen["details changed"] = true
		}
		for i, f := range a.list("files") {
			if f["blobid"] != old.list("files")[i]["blobid"] {
				seen["file replaced"] = true
			}
		}
		for i, r := range a.list("recommendations") {
			switch was := old.list("recommendations")[i]["blobid"]; {
			case was == r["blobid"]:
			case was == nil:
				seen["letter arrived"] = true
			case r["blobid"] == nil:
				seen["letter withdrawn"] = true
			default:
				seen["letter replaced"] = true
			}
		}
	}
}

func TestTheDemosSeasonHasWhatRealOnesHave(t *testing.T) {
	m := theDemo(t)
	s := snapshots(t, m)[0]
	applications := recordsOf(t, s, mirror.Applications)
	if len(applications) != 24 {
		t.Errorf("%d applications", len(applications))
	}
	has, names, blobs := map[string]bool{}, map[string]any{}, map[any]any{}
	for _, a := range applications {
		name := a["fname"].(string) + " " + a["lname"].(string)
		if aid, known := names[name]; known && aid != a["aid"] {
			has["two of one name"] = true
		}
		names[name] = a["aid"]
		has["one name only"] = has["one name only"] || strings.HasPrefix(name, " ")
		for script, table := range map[string]*unicode.RangeTable{
			"Greek": unicode.Greek, "Cyrillic": unicode.Cyrillic, "Arabic": unicode.Arabic, "Hebrew": unicode.Hebrew, "Han": unicode.Han,
			"Hangul": unicode.Hangul, "Devanagari": unicode.Devanagari,
		} {
			has[script] = has[script] || strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(table, r) })
		}
		for _, f := range a.list("files") {
			has["link"] = has["link"] || f["blobid"] == nil && f["path"] != ""
			if first, known := blobs[f["blobid"]]; known && first != a["appid"] && f["blobid"] != nil {
				has["shared"] = true
			}
			blobs[f["blobid"]] = a["appid"]
			if f["file_id"] == nil {
				t.Error("a file without a number, though nobody asked for it")
			}
		}
		for _, r := range a.list("recommendations") {
			has["not arrived"] = has["not arrived"] || r["blobid"] == nil
		}
		ids := map[any]bool{}
		for _, q := range a.list("questions") {
			has["question of "+q["type_id"].(string)] = true
			has["several entries"] = has["several entries"] || ids[q["id"]]
			has["JSON text"] = has["JSON text"] || strings.HasPrefix(q["response"].(string), "{")
			ids[q["id"]] = true
		}
	}
	for _, what := range []string{
		"two of one name", "one name only", "link", "shared", "not arrived", "several entries", "JSON text", "Greek", "Cyrillic", "Arabic", "Hebrew",
		"Han", "Hangul", "Devanagari", "question of text", "question of check-boxes", "question of radio", "question of multiple-choice",
	} {
		if !has[what] {
			t.Errorf("the season lacks: %s", what)
		}
	}
	for _, method := range mirror.Methods {
		if n := s.Files[method].Records; n == 0 && method != mirror.Documents {
			t.Errorf("no %s", method)
		}
	}
	checkDocuments(t, m, s)
}

// checkDocuments looks at the bytes of every document of a season.
func checkDocuments(t *testing.T, m *mirror.Mirror, s *mirror.Snapshot) {
	t.Helper()
	total, kinds := int64(0), map[string]int{}
	for _, f := range recordsOf(t, s, mirror.Files) {
		if f["blobid"] == nil {
			continue
		}
		blobid := ejm.ID(f["blobid"].(float64))
		blob, err := m.Document(ejm.KindFile, blobid)
		if err != nil {
			t.Fatal(err)
		}
		total += blob.Size
		if blob.SHA1 != f["sha1_hash"] || blob.Size != int64(f["filesize"].(float64)) {
			t.Errorf("file %s is listed with another size or hash", blobid)
		}
		kinds[f["filetype"].(string)]++
		data := bytesOf(t, m, ejm.KindFile, blobid)
		switch f["filetype"] {
		case typeJPEG:
			if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
				t.Error(err)
			}
		case typeDOCX:
			checkWordDocument(t, data)
		}
	}
	if kinds[typePDF] < 50 || kinds[typeJPEG] == 0 || kinds[typeDOCX] == 0 {
		t.Errorf("files: %v", kinds)
	}
	if total < 20<<20 || total > 40<<20 {
		t.Errorf("the files have %d MB in all, want about 30", total>>20)
	}
}

func bytesOf(t testing.TB, m *mirror.Mirror, kind ejm.Kind, blobid ejm.ID) []byte {
	t.Helper()
	file, err := m.OpenDocument(kind, blobid)
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

// checkWordDocument checks that each part is XML. Word processors want no more.
func checkWordDocument(t *testing.T, data []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		in := xml.NewDecoder(r)
		for err == nil {
			_, err = in.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
	if len(z.File) < 3 {
		t.Errorf("%d parts", len(z.File))
	}
}

// The keys of every record are those of EJM's documentation, by hand.
func TestRecordsHaveEJMsKeys(t *testing.T) {
	m := written(t, Options{Applications: 9, DocumentBytes: 2000})
	s := snapshots(t, m)[0]
	for method, want := range map[mirror.Method]string{
		mirror.Applications: "aid adtitle appdate appid changedate degreeinst files fname lname posid questions recommendations",
		mirror.Applicants: "aid id enrolldate changedate email fname mname lname country phone fax url category_id categories primary_field degreetype " +
			"degreeinst degreebegyear degreeendyear curpos curinst ethnic ethnicity race gender is_contactok ackdate nationality status " +
			"statusinactivedate last_revised_time secondary_fields conferences",
		mirror.Files:   "file_id aid path blobid type_id filename filesize filetype sha1_hash",
		mirror.Letters: "letterid blobid a_rid date expiry_date name notes created_at updated_at",
		mirror.Conferences: "conference_id name city country start_date end_date url id room_number room_label description code hotel_name " +
			"hotel_full_name address longitude latitude",
		mirror.Interviews: "id group_id name location_id description interviewee_id start_datetime end_datetime fname lname degreeinst appid aid " +
			"room_label room_number hotel_full_name address city ejmx_conference_id",
		mirror.PlacementOfficers: "department name fname lname email urlplacement",
		mirror.Ads: "adtitle adtext startdate enddate deadline_date department name latitude longitude locations position_types categories url logo " +
			"logo_url",
	} {
		keys := strings.Fields(want)
		slices.Sort(keys)
		for _, r := range recordsOf(t, s, method) {
			if got := slices.Sorted(maps.Keys(r)); !slices.Equal(got, keys) {
				t.Errorf("%s: %v\nwant %v", method, got, keys)
				break
			}
		}
	}
}

func TestOddities(t *testing.T) {
	m := written(t, Options{Applications: 2, DocumentBytes: 2000, Odd: true})
	var without int
	for _, a := range recordsOf(t, snapshots(t, m)[0], mirror.Applications) {
		for _, f := range a.list("files") {
			if f["file_id"] == nil {
				without++
			}
		}
	}
	if without == 0 {
		t.Error("every file has a number")
	}
}

func TestPlainDocumentsHaveTheSizeAskedFor(t *testing.T) {
	m := written(t, Options{Applications: 2, DocumentBytes: 50_000})
	for _, f := range recordsOf(t, snapshots(t, m)[0], mirror.Files) {
		if f["filetype"] != typePDF {
			continue
		}
		if size := f["filesize"].(float64); size < 48_000 || size > 52_000 {
			t.Errorf("%v bytes", size)
		}
	}
}

func TestInAFullSeasonEverybodySendsSevenDocuments(t *testing.T) {
	m := written(t, Options{Applications: 30, DocumentBytes: 2000, Full: true})
	seen := 0
	for application, err := range mirror.Records[ejm.Application](snapshots(t, m)[0], mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		documents := 0
		for _, f := range application.Files {
			if m.Has(ejm.KindFile, f.BlobID) {
				documents++
			}
		}
		for _, r := range application.Recommendations {
			if m.Has(ejm.KindLetter, r.BlobID) {
				documents++
			}
		}
		if documents != 7 {
			t.Errorf("application %s has %d documents", application.AppID, documents)
		}
		seen++
	}
	if seen != 30 {
		t.Errorf("%d applications", seen)
	}
}

func TestAnEmptySeason(t *testing.T) {
	if err := Write(written(t, Options{Applications: 1, Postings: 1}), Options{Applications: -1}); err == nil {
		t.Error("made a season of less than no applications")
	}
}

func TestRecordsAreWrittenInOrder(t *testing.T) {
	got := object{{"b", "<&>"}, {"a", object{}}, {"c", nil}, {"d", []object{}}}.raw()
	if want := `{"b":"<&>","a":{},"c":null,"d":[]}`; string(got) != want || !json.Valid(got) {
		t.Errorf("%s, want %s", got, want)
	}
}

func BenchmarkDemo(b *testing.B) {
	for b.Loop() {
		written(b, Options{})
	}
}

func BenchmarkLarge(b *testing.B) {
	for b.Loop() {
		written(b, Options{Applications: 1500, DocumentBytes: 10_000})
	}
}
