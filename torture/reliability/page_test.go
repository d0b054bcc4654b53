package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
)

// TestPageTellsOfTheTestsThereAre holds the page against the tests: every row has its test, every test its row.
func TestPageTellsOfTheTestsThereAre(t *testing.T) {
	root := filepath.Join("..", "..")
	tests, err := findTests(root)
	if err != nil || len(tests) == 0 {
		t.Fatal("no test makes a row", err)
	}
	data, err := os.ReadFile(filepath.Join(root, "docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if last := cells[len(cells)-1]; strings.HasPrefix(last, "`") {
			told = append(told, strings.Trim(last, "` |"))
		}
	}
	if len(told) == 0 {
		t.Fatal("the page has no rows")
	}
	for _, each := range tests {
		if !slices.Contains(told, each.String()) {
			t.Errorf("%s is not in docs/reliability.md: run make torture", each)
		}
	}
	for _, each := range told {
		if !slices.ContainsFunc(tests, func(other test) bool { return other.String() == each }) {
			t.Errorf("docs/reliability.md tells of %s, and there is no such test", each)
		}
	}
}

func TestPage(t *testing.T) {
	rows := map[test]row{}
	err := follow(strings.NewReader(`{"Action":"attr","Package":"github.com/ejmx/ejmx/room","Test":"TestB","Key":"reliability","Value":"{\"group\":\"New\",\"what\":\"b\",\"times\":2}"}
{"Action":"output","Output":"=== RUN TestA\n"}
{"Action":"attr","Package":"github.com/ejmx/ejmx/room","Test":"TestA","Key":"other","Value":"?"}
{"Action":"attr","Package":"github.com/ejmx/ejmx/room","Test":"TestA","Key":"reliability","Value":"{\"group\":\"Killed\",\"what\":\"a|b\",\"how\":\"h\",\"times\":200,\"result\":\"r\"}"}
{"Action":"attr","Package":"github.com/ejmx/ejmx/room","Test":"TestC","Key":"reliability","Value":"{\"group\":\"Killed\",\"what\":\"c\",\"times\":1}"}
{"Action":"fail","Package":"github.com/ejmx/ejmx/room","Test":"TestC"}
`), rows)
	if err != nil || len(rows) != 2 || rows[test{"room", "TestB"}].Trial != (tried.Trial{Group: "New", What: "b", Times: 2}) {
		t.Fatal(rows, err)
	}
	text := page(slices.Collect(maps.Values(rows)))
	if !strings.Contains(text, "\n## Killed\n") || !strings.Contains(text, "| a\\|b | h | 200 | r | `room TestA` |\n") ||
		strings.Index(text, "## Killed") > strings.Index(text, "## New") {
		t.Errorf("the page is\n%s", text)
	}
}
