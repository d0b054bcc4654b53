package foreign

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLinearMemory(t *testing.T) {
	const most = 1 << 20
	var l linear
	for range 2 { // the second has nothing of the first
		m := l.Allocate(0, most)
		small := m.Reallocate(wasmPage)
		large := m.Reallocate(2 * wasmPage)
		if len(small) != wasmPage || len(large) != 2*wasmPage || &small[0] != &large[0] {
			t.Fatalf("%d bytes became %d, or moved", len(small), len(large))
		}
		if slices.Max(large) != 0 {
			t.Error("the memory is not empty")
		}
		for i := range large {
			large[i] = 0xFF
		}
		if held := l.held.Load(); held != 2*wasmPage {
			t.Errorf("%d bytes are held, want %d", held, 2*wasmPage)
		}
		if m.Reallocate(most+wasmPage) != nil {
			t.Error("there is more than the most")
		}
		m.Free()
		if held := l.held.Load(); held != 0 {
			t.Errorf("%d bytes are held after all was given back", held)
		}
	}
	if l.Allocate(0, math.MaxInt64).Reallocate(wasmPage) != nil {
		t.Error("there is memory where no addresses are left")
	}
}

func TestLinearMemoryIsRestored(t *testing.T) {
	var l linear
	l.Allocate(0, 8*wasmPage)
	defer func() { l.last.Free() }()
	m := l.last
	b := m.Reallocate(4 * wasmPage)
	b[0], b[wasmPage+7] = 1, 2
	if m.restore() {
		t.Error("what was never kept was restored")
	}
	if err := m.keep(); err != nil {
		t.Fatal(err)
	}
	if len(m.beginning) != 2*wasmPage {
		t.Errorf("%d bytes are kept, want those that hold something", len(m.beginning))
	}
	before := bytes.Clone(b)
	for i := range b {
		b[i] = 0xFF
	}
	if !m.restore() || !bytes.Equal(b, before) {
		t.Error("the memory is not what it was")
	}
	b[len(b)-1] = 1 // memory that was given back can be written to
	if m.Reallocate(5 * wasmPage); m.restore() {
		t.Error("memory that has grown was restored")
	}
}

// testEngine gives a worker whose PDFium has been started.
func testEngine(t testing.TB) *worker {
	t.Helper()
	job := Job{Limits: Limits{Memory: 256 << 20}, Cache: filepath.Join(os.TempDir(), "ejmx-test-cache")} // compiled once
	w := &worker{}
	var err error
	if w.engine, err = newEngine(job, &w.memory); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

// TestNoDocumentChangesAnother takes the words of a document before and after those of others, sound and broken ones.
func TestNoDocumentChangesAnother(t *testing.T) {
	w := testEngine(t)
	const text = "Fiscal policy and the ﬁrst of many words"
	others := []string{strings.Repeat("Other words. ", 20_000), text, "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>", "%PDF-1.4"}
	limits := Limits{Memory: 256 << 20, Pages: 1000}
	take := func(text string) ([]string, error) {
		return w.words(t.Context(), Job{Way: Words, Limits: limits}, inMemory([]byte(text), limits))
	}
	first, err := take(text)
	if err != nil || len(first) != 1 || !strings.Contains(first[0], "Fiscal policy") {
		t.Fatalf("got %q, %v", first, err)
	}
	held := w.memory.held.Load()
	for _, other := range others {
		_, otherErr := take(other)
		var failure *Failure
		if otherErr != nil && !errors.As(otherErr, &failure) {
			t.Errorf("%.20q: %v", other, otherErr)
		}
		if again, err := take(text); err != nil || !slices.Equal(first, again) {
			t.Errorf("after %.20q: got %q, %v, before %q", other, again, err, first)
		}
		if now := w.memory.held.Load(); now != held {
			t.Errorf("after %.20q PDFium holds %d bytes, before %d", other, now, held)
		}
	}
}

// TestInstanceIsWhatItWas takes the words of a document after something has been done to the instance that reads it, and
// compares its memory with that of an instance that nothing was done to.
func TestInstanceIsWhatItWas(t *testing.T) {
	const text = "Fiscal policy and the first of many words"
	limits := Limits{Memory: 256 << 20, Pages: 1000}
	page, err := typesetText(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	fresh := testEngine(t)
	if _, err := fresh.session(t.Context(), Job{}); err != nil {
		t.Fatal(err)
	}
	untouched := fresh.memory.last
	scribble := func(w *worker, _ *session) {
		for i := range w.memory.last.space[:w.memory.last.used] {
			w.memory.last.space[i] = 0xA5
		}
	}
	for name, do := range map[string]struct {
		harm    func(w *worker, s *session)
		another bool // whether the instance cannot be had back
	}{
		"nothing": {func(*worker, *session) {}, false},
		"a document left open": {func(_ *worker, s *session) {
			if d, err := s.open(page); err != nil || d.wordsOf(0) == "" {
				t.Errorf("%v", err)
			}
		}, false},
		"memory written over": {scribble, false},
		"memory written over under a document": {func(w *worker, s *session) {
			if _, err := s.open(page); err != nil {
				t.Error(err)
			}
			scribble(w, s)
		}, false},
		"memory that grew": {func(w *worker, _ *session) {
			w.memory.last.Reallocate(w.memory.last.used + wasmPage)
		}, true},
		"a stack not taken down": {func(w *worker, _ *session) { w.engine.globals[0] += 16 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := testEngine(t)
			s, err := w.session(t.Context(), Job{})
			if err != nil {
				t.Fatal(err)
			}
			module := w.engine.witness.module
			do.harm(w, s)
			s.close()
			words, err := w.words(t.Context(), Job{Way: Words, Limits: limits}, inMemory(page, limits))
			if err != nil || len(words) != 1 || !strings.HasPrefix(words[0], text) {
				t.Errorf("got %q, %v", words, err)
			}
			if another := w.engine.witness.module != module; another != do.another {
				t.Errorf("another instance: %v", another)
			}
			now := w.memory.last
			if !bytes.Equal(now.space[:now.used], untouched.space[:untouched.used]) || !slices.Equal(w.engine.witness.globals(), fresh.engine.globals) {
				t.Error("the instance is not what it was")
			}
			if held := w.memory.held.Load(); held != int64(untouched.used) {
				t.Errorf("%d bytes are held, want those of one instance: %d", held, untouched.used)
			}
		})
	}
}

// TestNothingIsDrawnWhenTimeIsUp is about what comes between PDFium's calls, in which nothing ends it.
func TestNothingIsDrawnWhenTimeIsUp(t *testing.T) {
	w := testEngine(t)
	page, err := typesetText(t.Context(), []byte("a page"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	s, err := w.session(ctx, Job{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	d, err := s.open(page)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if !d.canDraw() {
		t.Fatal("nothing can be drawn")
	}
	cancel()
	var failure *Failure
	if _, _, err := d.draw(0, compareResolution); !errors.As(err, &failure) || failure.Reason != Slow {
		t.Errorf("got %v", err)
	}
}
