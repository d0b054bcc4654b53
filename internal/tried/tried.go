// Package tried collects what tests try, for docs/reliability.md: a test that passes makes itself a row of the table there.
//
//	kills := tried.Often(8, 200)
//	…
//	tried.Row(t, "Killed", "kill -9 during a fetch", "at random moments, seeded", kills, "the mirror verifies clean")
//
// A test that fails or is skipped makes none, so that the table tells of nothing that was not seen.
package tried

import (
	"encoding/json"
	"os"
	"testing"
)

// Attribute is the key under which a row stands among what go test -json tells of a test.
const Attribute = "reliability"

// Trial is a row of the table.
type Trial struct {
	Group  string `json:"group"`  // the table it stands in
	What   string `json:"what"`   // the fault or attack
	How    string `json:"how"`    // how it was tried
	Times  int    `json:"times"`  // how often
	Result string `json:"result"` // what was seen, each time
}

// Row makes a test a row of the table, if it passed so far: call it last.
func Row(t testing.TB, group, what, how string, times int, result string) {
	t.Helper()
	if t.Failed() || t.Skipped() {
		return
	}
	if times <= 0 {
		t.Errorf("%s was never tried", what)
		return
	}
	row, err := json.Marshal(Trial{group, what, how, times, result})
	if err != nil {
		t.Fatal(err)
	}
	t.Attr(Attribute, string(row))
}

// Fully reports whether things are to be tried as often as the table says, which takes minutes, and not just a few times.
func Fully() bool { return os.Getenv("EJMX_TORTURE") == "1" }

// Often is how often to try: a few times, or fully.
func Often(few, fully int) int {
	if Fully() {
		return fully
	}
	return few
}
