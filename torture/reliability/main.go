// Command reliability tries everything that this repository's tests try to break the program with, as often as it takes to
// believe it, and writes docs/reliability.md from what they saw:
//
//	go run ./torture/reliability
//
// It runs each test that makes itself a row (package tried), and writes nothing if one fails. A row that a test was not able
// to make, because the system lacks what it needs, is not in the page. What go test -json said of tests that were run
// otherwise, on another computer or over night, can be given as files; of a test told of twice the last counts:
//
//	go run ./torture/reliability events.json more.json
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/internal/tried"
)

func main() {
	out := flag.String("o", filepath.Join("docs", "reliability.md"), "the page to write")
	few := flag.Bool("few", false, "try each thing a few times only, to see the page")
	flag.Parse()
	if err := run(*out, *few, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out string, few bool, told []string) error {
	tests, err := findTests(".")
	if err != nil {
		return err
	}
	rows := map[test]row{}
	for _, name := range told {
		if err := readEvents(name, rows); err != nil {
			return err
		}
	}
	if len(told) == 0 {
		for _, room := range roomsOf(tests) {
			if err := try(room, tests, few, rows); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(out, []byte(page(slices.Collect(maps.Values(rows)))), 0o644) //nolint:gosec // a page of the documentation
}

func readEvents(name string, rows map[test]row) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(follow(file, rows), file.Close())
}

// row is what one test saw.
type row struct {
	tried.Trial
	test test
}

func roomsOf(tests []test) []string {
	var rooms []string
	for _, t := range tests {
		rooms = append(rooms, t.room)
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

// try runs the tests of a room and notes what they saw.
func try(room string, tests []test, few bool, rows map[test]row) error {
	var names []string
	for _, t := range tests {
		if t.room == room {
			names = append(names, t.name)
		}
	}
	c := exec.Command("go", "test", "-json", "-count=1", "-parallel=1", "-timeout=6h", "-run", "^("+strings.Join(names, "|")+")$", "./"+room)
	c.Env = os.Environ()
	if !few {
		c.Env = append(c.Env, "EJMX_TORTURE=1")
	}
	c.Stderr = os.Stderr
	events, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	err = follow(events, rows)
	if failed := c.Wait(); failed != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", room, failed))
	}
	return err
}

// module begins the names of this repository's packages.
const module = "github.com/ejmx/ejmx/"

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Key, Value                    string // of an attribute
}

// follow reads what go test says, shows what people want to see of it, and notes the rows. A test that failed makes none,
// also if it did so before it failed.
func follow(events io.Reader, rows map[test]row) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("go test says %q: %w", lines.Text(), err)
		}
		t := test{strings.TrimPrefix(e.Package, module), e.Test}
		switch {
		case e.Action == "attr" && e.Key == tried.Attribute:
			r := row{test: t}
			if err := json.Unmarshal([]byte(e.Value), &r.Trial); err != nil {
				return fmt.Errorf("%s: %w", e.Test, err)
			}
			rows[t] = r
		case e.Action == "fail":
			delete(rows, t)
		case e.Action == "output" && !strings.HasPrefix(e.Output, "=== "):
			fmt.Print(e.Output)
		}
	}
	return lines.Err()
}

// groups are the tables of the page, in order; a row of another group stands in a table after these.
var groups = []string{
	"Killed", "Starved", "Network", "Together", "Interrupted", "Damaged", "Attacks: words", "Attacks: documents",
	"Attacks: answers", "Attacks: files", "Attacks: secrets", "Attacks: the server",
}

// page is docs/reliability.md.
func page(rows []row) string {
	slices.SortStableFunc(rows, func(a, b row) int {
		place := func(r row) int { return (slices.Index(groups, r.Group) + len(groups) + 1) % (len(groups) + 1) }
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Group, b.Group), cmp.Compare(a.test.String(), b.test.String()))
	})
	var b strings.Builder
	fmt.Fprintf(&b, head, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	group := ""
	for _, r := range rows {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(&b, "\n## %s\n| fault or attack | how tried | times | result | test |\n|---|---|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | `%s` |\n", cell(r.What), cell(r.How), r.Times, cell(r.Result), r.test)
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

const head = `# What was tried to break it

This page is made by ` + "`make torture`" + ` from what its tests saw; nothing is in it that no test does. The numbers are of each test's last
run (%s, %s/%s). CI tries each of these a few times at every change.

To repeat a row, run its test as often as here: ` + "`EJMX_TORTURE=1 go test -count=1 -timeout=6h -v ./ROOM -run '^TEST$'`" + `, ROOM and TEST being in its
last column. Without ` + "`EJMX_TORTURE=1`" + ` it is tried a few times. Some need Linux, some root; where that is lacking they are skipped.
[SECURITY.md](../SECURITY.md) says who may attack and what is left to the user.
`
