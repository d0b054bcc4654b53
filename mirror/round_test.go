package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// flushed notes the order of what a mirror flushes, and fails where it is told to.
type flushed struct {
	mu    sync.Mutex
	names []string // within the mirror
	fails func(name string) bool
}

var errDisk = errors.New("input/output error")

func watch(m *Mirror, fails func(name string) bool) *flushed {
	f := &flushed{fails: fails}
	m.rounds.flushFile = func(file *os.File) error { return errors.Join(f.note(m, file), flushFile(file)) }
	m.rounds.flushFolder = func(dir *os.File) error { return errors.Join(f.note(m, dir), flushFolder(dir)) }
	return f
}

func (f *flushed) note(m *Mirror, file *os.File) error {
	name, err := filepath.Rel(m.Dir(), file.Name())
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names = append(f.names, filepath.ToSlash(name))
	if f.fails != nil && f.fails(name) {
		return errDisk
	}
	return nil
}

// commitAll commits documents of these blobids at the same time and gives the error of each.
func commitAll(t *testing.T, m *Mirror, blobids ...ejm.ID) []error {
	t.Helper()
	errs := make([]error, len(blobids))
	var group sync.WaitGroup
	for i, blobid := range blobids {
		w, err := m.NewDocument(ejm.KindLetter)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(w, "letter %s", blobid)
		group.Go(func() {
			_, errs[i] = w.Commit(blobid, json.RawMessage(`{}`))
		})
	}
	group.Wait()
	return errs
}

func TestRoundFlushesBeforeItShows(t *testing.T) {
	m := newMirror(t)
	f := watch(m, func(name string) bool {
		if shown, err := fs.Glob(m.FS(), "letter/*/*"); strings.HasPrefix(name, "tmp") && (err != nil || len(shown) > 0) {
			t.Errorf("%v are to be seen before %s is flushed", shown, name)
		}
		return false
	})
	if err := errors.Join(commitAll(t, m, 41)...); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, name := range f.names {
		parts := strings.Split(name, "/")
		if parts[0] == "tmp" {
			parts[1] = "…"
		}
		steps = append(steps, path.Join(parts...))
	}
	slices.Sort(steps[3:]) // the folders it came into, in any order
	if want := "tmp/…/content tmp/…/record.json tmp/… letter letter/41"; strings.Join(steps, " ") != want {
		t.Errorf("flushed %s\nwant    %s", strings.Join(steps, " "), want)
	}
}

func TestManyCommitsShareRounds(t *testing.T) {
	m := newMirror(t)
	f := watch(m, nil)
	m.rounds.lead.Lock() // a round is at work while all of them come
	done := make(chan []error)
	blobids := make([]ejm.ID, 50)
	for i := range blobids {
		blobids[i] = ejm.ID(7000 + i)
	}
	go func() { done <- commitAll(t, m, blobids...) }()
	for waiting := 0; waiting < len(blobids); time.Sleep(time.Millisecond) {
		m.rounds.mu.Lock()
		waiting = len(m.rounds.waiting)
		m.rounds.mu.Unlock()
	}
	m.rounds.lead.Unlock()
	if err := errors.Join(<-done...); err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, name := range f.names {
		if !strings.HasPrefix(name, "tmp") {
			folders++
		}
	}
	if folders != 2 {
		t.Errorf("the folders letter and letter/70 were flushed %d times for one round", folders)
	}
	for _, id := range blobids {
		if blob, err := m.Document(ejm.KindLetter, id); err != nil || blob.BlobID != id {
			t.Errorf("letter %s: %+v, %v", id, blob, err)
		}
	}
}

func TestFailedFlushFailsItsDocumentAlone(t *testing.T) {
	m := newMirror(t)
	var unlucky string
	var once sync.Once
	watch(m, func(name string) bool {
		if path.Base(name) == "content" {
			once.Do(func() { unlucky = name })
		}
		return name == unlucky
	})
	errs := commitAll(t, m, 51, 52, 53, 54)
	failed := 0
	for i, err := range errs {
		id := ejm.ID(51 + i)
		if err != nil {
			failed++
		}
		if err != nil && (!errors.Is(err, errDisk) || !strings.Contains(err.Error(), "letter/"+id.String()+"/"+id.String())) {
			t.Errorf("letter %s: %v", id, err)
		}
		if m.Has(ejm.KindLetter, id) != (err == nil) {
			t.Errorf("letter %s: error %v, in the mirror: %v", id, err, m.Has(ejm.KindLetter, id))
		}
	}
	if failed != 1 {
		t.Errorf("%d documents failed: %v", failed, errs)
	}
	if left := leftovers(t, m); len(left) > 0 {
		t.Errorf("left in tmp: %v", left)
	}
}

func TestFailedFolderIsNotAcknowledged(t *testing.T) {
	m := newMirror(t)
	watch(m, func(name string) bool { return name == filepath.Join("letter", "61") })
	errs := commitAll(t, m, 61, 62)
	if !errors.Is(errs[0], errDisk) || errs[1] != nil {
		t.Errorf("errors %v", errs)
	}
}
