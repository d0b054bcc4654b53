package mirror

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestLockedBy(t *testing.T) {
	m, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, held, err := m.LockedBy(); held || err != nil {
		t.Errorf("nobody holds the lock, and held is %v, %v", held, err)
	}
	unlock, err := m.Lock(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if holder, held, err := m.LockedBy(); !held || err != nil || holder.PID != os.Getpid() {
		t.Errorf("held by %+v, %v, %v", holder, held, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestRuns(t *testing.T) {
	m, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for range m.Runs() {
		t.Error("there is a run before the first")
	}
	if err := m.AppendRun(Run{Snapshot: "a"}); err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(m.Dir(), "log.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.WriteString(`{"snapshot": "half` + "\n"); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.AppendRun(Run{Snapshot: "b"}); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for run, err := range m.Runs() {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, run.Snapshot)
	}
	if !slices.Equal(seen, []string{"a", "b"}) {
		t.Errorf("the runs are %q", seen)
	}
}
