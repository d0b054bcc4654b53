package replay_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

// samples are the hand-written replies and how the server is made to answer in their form.
var samples = []struct {
	file, path, quirks string
	list               mirror.Method // that its records are put into
	documents          ejm.Kind      // that its records are, if they are
}{
	{"applications/array", "/api/applications", "plain", mirror.Applications, ""},
	{"applications/empty", "/api/applications", "plain", mirror.Applications, ""},
	{"applications/keyed", "/api/applications", "keyed", mirror.Applications, ""},
	{"applications/listed", "/api/applications", "older", mirror.Applications, ""},
	{"applications/one", "/api/applications/620310", "plain", mirror.Applications, ""},
	{"applications/one_array", "/api/applications/620310", "array", mirror.Applications, ""},
	{"applications/one_keyed", "/api/applications/620310", "keyed", mirror.Applications, ""},
	{"applicants/array", "/api/applicants", "plain", mirror.Applicants, ""},
	{"applicants/keyed", "/api/applicants", "keyed", mirror.Applicants, ""},
	{"applicants/listed", "/api/applicants", "older", mirror.Applicants, ""},
	{"applicants/flags", "/api/applicants", "plain", mirror.Applicants, ""},
	{"applicants/one", "/api/applicants/38848", "plain", mirror.Applicants, ""},
	{"applicants/one_array", "/api/applicants/38848", "array", mirror.Applicants, ""},
	{"files/array", "/api/files", "plain", mirror.Files, ""},
	{"files/keyed", "/api/files", "keyed", mirror.Files, ""},
	{"files/listed", "/api/files", "older", mirror.Files, ""},
	{"file/bare", "/api/files/828205", "plain", mirror.Files, ejm.KindFile},
	{"file/array", "/api/files/828205", "array", mirror.Files, ejm.KindFile},
	{"file/keyed", "/api/files/828205", "keyed", mirror.Files, ejm.KindFile},
	{"file/older", "/api/files/828205", "older", mirror.Files, ejm.KindFile},
	{"file/carriage_returns", "/api/files/828205", "lines,content-first", mirror.Files, ejm.KindFile},
	{"file/link", "/api/files/828209", "plain", mirror.Files, ""},
	{"letters/array", "/api/letters", "plain", mirror.Letters, ""},
	{"letters/keyed", "/api/letters", "keyed", mirror.Letters, ""},
	{"letters/listed", "/api/letters", "older", mirror.Letters, ""},
	{"letter/bare", "/api/letters/90213", "plain", mirror.Letters, ejm.KindLetter},
	{"letter/array", "/api/letters/90213", "array", mirror.Letters, ejm.KindLetter},
	{"letter/keyed", "/api/letters/90213", "keyed", mirror.Letters, ejm.KindLetter},
	{"letter/older", "/api/letters/90213", "older", mirror.Letters, ejm.KindLetter},
	{"conferences/array", "/api/conferences", "plain", mirror.Conferences, ""},
	{"placement_officers/array", "/api/placement_officers", "plain", mirror.PlacementOfficers, ""},
	{"ads/array", "/data/zz_public/json/Ads", "plain", mirror.Ads, ""},
}

// What the records of a sample are served as is the sample, for every form that was written by hand.
func TestEachSamplesFormCanBeServed(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "testdata", "api", filepath.FromSlash(sample.file)+".json"))
			if err != nil {
				t.Fatal(err)
			}
			quirks, err := replay.ParseQuirks(sample.quirks)
			if err != nil {
				t.Fatal(err)
			}
			p := playMirror(t, sampleMirror(t, sample.list, sample.documents, unwrapped(text)), replay.Options{Quirks: quirks})
			_, got := p.get(t, sample.path)
			if !reflect.DeepEqual(withoutError(decoded(t, got)), withoutError(decoded(t, text))) {
				t.Errorf("served  %s\nby hand %s", got, text)
			}
		})
	}
}

// withoutError leaves out the "error": false that a sample may carry around its records, which another quirk adds.
func withoutError(reply any) any {
	if object, ok := reply.(map[string]any); ok && object["error"] == false {
		delete(object, "error")
	}
	return reply
}

// unwrapped gives the records in a sample, whatever their envelope.
func unwrapped(text []byte) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil {
		return list
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return nil
	}
	for _, key := range []string{"applications", "applicants", "files", "letters", "0"} {
		inner, ok := object[key]
		if _, isRecord := object["appid"]; !ok || isRecord {
			continue
		}
		if key == "0" {
			list = append(list, inner)
			if second, ok := object["1"]; ok {
				list = append(list, second)
			}
			return list
		}
		return unwrapped(inner)
	}
	return []json.RawMessage{text}
}

// sampleMirror holds the records, as documents with their contents where they are some.
func sampleMirror(t *testing.T, list mirror.Method, kind ejm.Kind, records []json.RawMessage) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	s, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if kind != "" {
			record = putSample(t, m, kind, record)
		}
		if err := s.Add(list, record); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	return m
}

// putSample stores a document of a sample and gives its record without the contents.
func putSample(t *testing.T, m *mirror.Mirror, kind ejm.Kind, record json.RawMessage) json.RawMessage {
	t.Helper()
	var known struct {
		BlobID  ejm.ID `json:"blobid"`
		Content string `json:"filecontent"`
	}
	var fields map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(record, &known), json.Unmarshal(record, &fields)); err != nil {
		t.Fatal(err)
	}
	delete(fields, "filecontent")
	rest, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	data, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(known.Content))
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.NewDocument(kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(known.BlobID, rest); err != nil {
		t.Fatal(err)
	}
	return rest
}
