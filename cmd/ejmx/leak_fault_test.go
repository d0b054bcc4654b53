package main

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// TestNoGoroutineOutlivesACommand runs commands that end well, badly and not at all as they should. It is not parallel to
// others: theirs would be seen.
func TestNoGoroutineOutlivesACommand(t *testing.T) {
	u := newUser(t)
	s := serve(t, season.Options{Applications: 2, Postings: 1, DocumentBytes: 1000}, replay.Options{})
	u.signIn(s)
	dir := filepath.Join(u.home, "season")
	commands := [][]string{
		{"fetch", "--all"},
		{"fetch", "--posting", "1"},
		{"export", "--all", "--sqlite", "--csv"},
		{"export", "--all", "--offline"},
		{"packets", "--all"},
		{"archive", "--all"},
		{"verify", dir},
		{"verify", filepath.Join(dir, "nothing")},
		{"postings"},
		{"changes", "--all"},
		{"missing", "--all"},
		{"status"},
		{"register"},
		{"prune"},
		{"ratings", "merge", "nothing.xlsx"},
		{"fetch", "--all", "--api", "http://127.0.0.1:1"},
		{"nonsense"},
	}
	before := goleak.IgnoreCurrent()
	for _, args := range commands {
		u.run(args...)
		// Connections that the test's own server keeps open for a while are its own.
		err := goleak.Find(before, goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"))
		if err != nil {
			t.Errorf("ejmx %q: %v", args, err)
		}
	}
	tried.Row(t, "Interrupted", "goroutines that outlive a command", "goleak after every command, with those that fail", len(commands), "none")
}
