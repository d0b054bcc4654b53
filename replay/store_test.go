package replay_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

// mirrorOf makes a mirror of one application with one letter of so many bytes.
func mirrorOf(t testing.TB, size int64) (*mirror.Mirror, string) {
	t.Helper()
	dir := t.TempDir()
	m, err := mirror.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	w, err := m.NewDocument(ejm.KindLetter)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte("letter of recommendation\n"), 1<<10)
	for left := size; left > 0; left -= int64(len(block)) {
		if _, err := w.Write(block[:min(left, int64(len(block)))]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(7, json.RawMessage(`{"letterid":5,"blobid":7,"filetype":"application/pdf"}`)); err != nil {
		t.Fatal(err)
	}
	s, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(mirror.Applications, json.RawMessage(`{"appid":1,"aid":2,"files":[],"recommendations":[{"recid":3,"letterid":"5","blobid":"7"}]}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	return m, dir
}

// A letter of any size costs the server no memory: what is allocated while so many megabytes go by is a small part of that.
func TestLargeDocumentsCostNoMemory(t *testing.T) {
	const size = 32 << 20
	m, _ := mirrorOf(t, size)
	p := playMirror(t, m, replay.Options{Quirks: replay.AllQuirks()})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/letters/5", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || n < size*4/3 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/4 {
		t.Errorf("%d bytes were allocated to serve %d", allocated, size)
	}
}

func TestDamagedDocumentsAreNotServedAsIfWhole(t *testing.T) {
	m, dir := mirrorOf(t, 100_000)
	content := filepath.Join(dir, "letter", "7", "7", "content")
	data, err := os.ReadFile(content)
	if err != nil {
		t.Fatal(err)
	}
	data[50_000] ^= 1
	if err := os.WriteFile(content, data, 0o600); err != nil {
		t.Fatal(err)
	}
	p := playMirror(t, m, replay.Options{})
	for _, path := range []string{"/api/letters/5", "/api/document/1/letters"} {
		if got := p.try(t, path, 5*time.Second); !errors.Is(got.err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v, %d bytes", path, got.err, len(got.body))
		}
	}
}

func TestAnEmptyDocumentAndAnAbsentList(t *testing.T) {
	m, _ := mirrorOf(t, 0)
	p := playMirror(t, m, replay.Options{})
	_, body := p.get(t, "/api/letters/5")
	if text, ok := decoded(t, body).(map[string]any)["filecontent"].(string); !ok || text != "" {
		t.Errorf("%s", body)
	}
	if _, body := p.get(t, "/api/applicants"); string(body) != "[]" {
		t.Errorf("applicants: %s", body)
	}
	if status, _ := p.get(t, "/api/placement_officers"); status != 404 {
		t.Errorf("placement officers: status %d", status)
	}
	if _, body := p.get(t, "/api/document/1/files"); errorOf(t, body) != "no results returned" {
		t.Errorf("files: %s", body)
	}
}

// Two documents with the same bytes have numbers of their own, whichever of them the mirror fetched.
func TestSharedBytesKeepTheirNumber(t *testing.T) {
	m, _ := mirrorOf(t, 30)
	s, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(mirror.Applications, json.RawMessage(`{"appid":1,"recommendations":[{"letterid":5,"blobid":7},{"letterid":6,"blobid":7}]}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	p := playMirror(t, m, replay.Options{Snapshot: "20261125T090000Z"})
	_, body := p.get(t, "/api/letters/6")
	want := `{"letterid":6,"blobid":7,"filetype":"application/pdf","filecontent":"` +
		base64.StdEncoding.EncodeToString(p.stored(t, ejm.KindLetter, "7")) + `"}`
	if string(body) != want {
		t.Errorf("%s\nwant %s", body, want)
	}
}
