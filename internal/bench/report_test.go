package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReportTellsWhatWasMetAndWhatNot(t *testing.T) {
	lost := fmt.Errorf("%w: mutool is not installed", errMissing)
	report := report{
		Rows: []measured{
			{row{name: "won", work: "w", goal: timesAtLeast(0.75)}, outcome{figures: []float64{0.9, 0.7, 0.8}, detail: "so fast"}, nil},
			{row{name: "slow", work: "w", goal: atMost(2, "s")}, outcome{figures: []float64{3}}, nil},
			{row{name: "wrong", work: "w", goal: atMost(2, "s")}, outcome{figures: []float64{1}, fault: "files were rewritten"}, nil},
			{row{name: "missing", work: "w", goal: atMost(1.5, "×")}, outcome{}, lost},
			{row{name: "broken", work: "w", goal: atMost(1.5, "×")}, outcome{}, errors.New("exit status 1\nand more")},
		},
		Growth: []grown{{100, 2, 80, 0.5}, {400, 7.5, 90, 1}, {1600, 30, 110, 2}},
		Took:   90 * time.Second, Rounds: 3, Machine: thisMachine(),
	}
	docs := t.TempDir()
	if err := os.Mkdir(filepath.Join(docs, "pictures"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := report.write(docs); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| ≥ 0.75 × | 0.80 × (0.70–0.90) | yes | so fast |", "| ≤ 2.00 s | 3.00 s | **no** |  |", "| 1.00 s | **no** | files were rewritten |",
		"| not measured | not measured: mutool is not installed |", "| failed | exit status 1; and more |",
		"slow, wrong, missing, broken.", "| 1600 | 30.0 s | 18.8 ms | 2.00 s | 110 MB |", "3 rounds", "1m30s",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
	drawing, err := os.Open(filepath.Join(docs, "pictures", "growth.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer drawing.Close()
	for d := xml.NewDecoder(drawing); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestRowsAreChosenByTheirBeginnings(t *testing.T) {
	for list, want := range map[string]int{"": len(rows), "fetch": 3, "start,decode": 2, "packets-mutool": 1} {
		if chosen, err := choose(list); err != nil || len(chosen) != want {
			t.Errorf("%q: %d rows, %v", list, len(chosen), err)
		}
	}
	if _, err := choose("fetch,dekode"); err == nil || !strings.Contains(err.Error(), `"dekode"`) {
		t.Errorf("a row that is not there: %v", err)
	}
}

func TestFiguresOfABenchmark(t *testing.T) {
	f, err := figures("goos: linux\nBenchmarkPackets/real-2   10   123456 ns/op   49.5 ms/lines   4.20 qpdf-median-x   12 allocs/op\nPASS\n")
	if err != nil || f["ns/op"] != 123456 || f["qpdf-median-x"] != 4.2 || f["ms/lines"] != 49.5 || f["allocs/op"] != 12 {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := figures("PASS\n"); !errors.Is(err, errMissing) {
		t.Errorf("a benchmark that was skipped: %v", err)
	}
}
