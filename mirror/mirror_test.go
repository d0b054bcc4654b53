package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

func newMirror(t *testing.T) *Mirror {
	t.Helper()
	m, err := Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func put(t *testing.T, m *Mirror, blobid ejm.ID, text, record string) Blob {
	t.Helper()
	w, err := m.NewDocument(ejm.KindFile)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	blob, err := w.Commit(blobid, json.RawMessage(record))
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func leftovers(t *testing.T, m *Mirror) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(m.Dir(), "tmp"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestDocuments(t *testing.T) {
	m := newMirror(t)
	blob := put(t, m, 77123, "abc", `{"file_id": 5, "filename": "cv.pdf", "unknown": [1]}`)
	if blob.Size != 3 || blob.SHA1 != "a9993e364706816aba3e25717850c26c9cd0d89d" || blob.Suspect() || blob.Sent().FileName != "cv.pdf" {
		t.Errorf("stored %+v", blob)
	}
	data, err := os.ReadFile(filepath.Join(m.Dir(), "file", "77", "77123", "content"))
	if err != nil || string(data) != "abc" {
		t.Errorf("on disk %q, %v", data, err)
	}
	if again := put(t, m, 77123, "other bytes", `{}`); again.SHA256 != blob.SHA256 {
		t.Errorf("a blob changed: %+v", again)
	}
	if !m.Has(ejm.KindFile, 77123) || m.Has(ejm.KindLetter, 77123) || m.Has(ejm.KindFile, 7) {
		t.Error("Has is wrong")
	}
	if _, err := m.Document(ejm.KindLetter, 77123); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a document that is not there: %v", err)
	}
	if !put(t, m, 8, "abc", `{"sha1_hash": "FFFF"}`).Suspect() || put(t, m, 9, "abc", `{"sha1_hash": "A9993E364706816ABA3E25717850C26C9CD0D89D"}`).Suspect() {
		t.Error("Suspect is wrong")
	}
	if put(t, m, 10, "", `{"sha1_hash": 5}`).Sent().SHA1 != "" {
		t.Error("a number is no hash")
	}
	if left := leftovers(t, m); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	if runtime.GOOS != "windows" {
		assertModes(t, m.Dir())
	}
}

// assertModes makes sure that nobody but the owner can read anything.
func assertModes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAbortedDocumentLeavesNothing(t *testing.T) {
	m := newMirror(t)
	w, err := m.NewDocument(ejm.KindLetter)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "half a lett")
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	w, err = m.NewDocument(ejm.KindLetter)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(0, nil); err == nil {
		t.Error("a document without a blobid was stored")
	}
	if left := leftovers(t, m); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func snap(t *testing.T, m *Mirror, taken time.Time, posting ejm.ID, lines ...string) (*Snapshot, bool) {
	t.Helper()
	w, err := m.NewSnapshot(SnapshotInfo{Taken: taken, API: "https://x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := w.Add(Applications, json.RawMessage(line)); err != nil {
			t.Fatal(err)
		}
	}
	w.SetPosting(posting, PostingState{Title: "T", Applications: len(lines), Held: true})
	s, isNew, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return s, isNew
}

func TestSnapshots(t *testing.T) {
	m := newMirror(t)
	if latest, err := m.Latest(); latest != nil || err != nil {
		t.Fatalf("an empty mirror has %v, %v", latest, err)
	}
	first, isNew := snap(t, m, noon, 1, "{\"appid\": 1,\n \"x\": \"é\\/\"}", `{"appid":2}`)
	if !isNew || first.ID != "20261124T120000Z" {
		t.Errorf("first snapshot %v, %v", first, isNew)
	}
	var lines []string
	for line, err := range first.Records(Applications) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	if strings.Join(lines, "\n") != `{"appid":1,"x":"é\/"}`+"\n"+`{"appid":2}` {
		t.Errorf("records\n%s", strings.Join(lines, "\n"))
	}
	if _, isNew := snap(t, m, noon.Add(time.Hour), 1, `{"appid":1,"x":"é\/"}`, `{"appid":2}`); isNew {
		t.Error("nothing had changed, but there is a new snapshot")
	}
	second, isNew := snap(t, m, noon.Add(-time.Hour), 2, `{"appid": 3}`)
	if !isNew || second.ID <= first.ID {
		t.Errorf("with a clock set back: %s after %s", second.ID, first.ID)
	}
	if held, err := m.Holding(1); err != nil || held.ID != first.ID {
		t.Errorf("posting 1 is held by %v, %v", held, err)
	}
	if held, err := m.Holding(3); err != nil || held != nil {
		t.Errorf("posting 3 is held by %v, %v", held, err)
	}
	if left := leftovers(t, m); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
}

func TestRestartedListBeginsAnew(t *testing.T) {
	m := newMirror(t)
	w, err := m.NewSnapshot(SnapshotInfo{Taken: noon})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`{"n":1}`, `{"n":2}`} {
		if err := errors.Join(w.Add(Letters, json.RawMessage(line)), w.Restart(Letters), w.Add(Letters, json.RawMessage(line))); err != nil {
			t.Fatal(err)
		}
	}
	s, _, err := w.Commit()
	if err != nil || s.Files[Letters].Records != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestEndedListTakesNoMoreUnlessRestarted(t *testing.T) {
	m := newMirror(t)
	w, err := m.NewSnapshot(SnapshotInfo{Taken: noon})
	if err != nil {
		t.Fatal(err)
	}
	line := json.RawMessage(`{"n":1}`)
	w.End(Letters)
	if err := w.Add(Letters, line); err != nil {
		t.Fatal(err)
	}
	w.End(Letters)
	w.End(Letters)
	if err := w.Add(Letters, line); err == nil {
		t.Error("an ended list takes a record")
	}
	if err := errors.Join(w.Restart(Letters), w.Add(Letters, line), w.Add(Letters, line), w.Add(Files, line)); err != nil {
		t.Fatal(err)
	}
	w.End(Letters)
	s, _, err := w.Commit()
	if err != nil || s.Files[Letters].Records != 2 || s.Files[Files].Records != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if v, err := m.Verify(t.Context(), ledger.Discard); err != nil || len(v.Faults) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"a cut list":      func(dir string) error { return os.Truncate(filepath.Join(dir, "applications.jsonl.zst"), 9) },
		"a missing list":  func(dir string) error { return os.Remove(filepath.Join(dir, "applications.jsonl.zst")) },
		"an emptied list": func(dir string) error { return os.Truncate(filepath.Join(dir, "applications.jsonl.zst"), 0) },
		"a changed record": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "applications.jsonl.zst"), []byte("x"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			s, _ := snap(t, m, noon, 1, `{"appid": 1}`)
			if err := damage(filepath.Join(m.Dir(), "snapshots", s.ID)); err != nil {
				t.Fatal(err)
			}
			var last error
			for _, err := range s.Records(Applications) {
				last = err
			}
			if last == nil {
				t.Error("the damage was not noticed")
			}
		})
	}
}

func TestOpen(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, ErrNone) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
	m := newMirror(t)
	s, _ := snap(t, m, noon, 1, `{}`)
	manifest := filepath.Join(m.Dir(), "snapshots", s.ID, "manifest.json")
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(data), `"format": 1`, `"format": 2`, 1)
	if err := os.WriteFile(manifest, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m.Dir()); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer mirror: %v", err)
	}
}

func TestLock(t *testing.T) {
	m := newMirror(t)
	unlock, err := m.Lock(noon)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := m.Lock(noon); !errors.As(err, &locked) || locked.Holder.PID != os.Getpid() || !strings.Contains(locked.Hint(), "lock") {
		t.Errorf("a second run: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = m.Lock(noon); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLockIsTakenOver(t *testing.T) {
	m := newMirror(t)
	dead := exec.Command(os.Args[0], "-test.run", "^$")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	write := func(h Holder) {
		text, err := json.Marshal(h)
		if err == nil {
			err = os.WriteFile(filepath.Join(m.Dir(), "lock"), text, 0o600)
		}
		if err == nil {
			err = os.MkdirAll(filepath.Join(m.Dir(), "tmp", "half"), 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(Holder{Host: host, PID: dead.Process.Pid})
	unlock, err := m.Lock(noon)
	if err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, m); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	write(Holder{Host: "another host", PID: dead.Process.Pid})
	var locked *LockedError
	if _, err := m.Lock(noon); !errors.As(err, &locked) {
		t.Errorf("another host's lock: %v", err)
	}
}

func TestLogAppends(t *testing.T) {
	m := newMirror(t)
	for range 2 {
		if err := m.AppendRun(Run{Began: noon, Tool: "ejmx", Postings: []string{"all"}}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(m.Dir(), "log.jsonl"))
	if err != nil || strings.Count(string(data), "\n") != 2 {
		t.Errorf("log %q, %v", data, err)
	}
}
