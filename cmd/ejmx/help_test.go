package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// withoutJSON are the commands that have no --json, and why.
var withoutJSON = map[string]string{
	"ejmx":            "prints help",
	"ejmx completion": "prints a script for a shell to read",
	"ejmx ratings":    "is a roof over others, and prints help",
	"ejmx help":       "prints help",
}

// every gives all commands that a user sees.
func every(t *testing.T) (root *cobra.Command, all []*cobra.Command) {
	t.Helper()
	root, err := newRoot(&env{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	err = eachCommand(root, func(c *cobra.Command) error {
		if !c.Hidden {
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, all
}

// sentence is what Short is: a sentence without its full stop.
var sentence = regexp.MustCompile(`^[A-Z].*[^.\s]$`)

func TestEveryCommandExplainsItself(t *testing.T) {
	root, all := every(t)
	for _, c := range all {
		path := c.CommandPath()
		if !sentence.MatchString(c.Short) {
			t.Errorf("%s is said to %q", path, c.Short)
		}
		if len(c.Long) <= len(c.Short) {
			t.Errorf("%s is not explained at length", path)
		}
		if !strings.Contains(c.Example, path) {
			t.Errorf("%s has no example", path)
		}
		if (c.Flags().Lookup("json") != nil) == (withoutJSON[path] != "") {
			t.Errorf("%s: --json is there: %v; the reason for not having it: %q", path, c.Flags().Lookup("json") != nil, withoutJSON[path])
		}
		if c.Parent() == root && c.GroupID == "" {
			t.Errorf("%s is in no group of help", path)
		}
	}
}

// TestExamplesParse gives each example to the command's own flags, so that none shows a flag that is not there.
func TestExamplesParse(t *testing.T) {
	_, all := every(t)
	for _, c := range all {
		for line := range strings.Lines(c.Example) {
			words := exampleWords(line)
			if words == nil {
				continue
			}
			root, _ := every(t)
			found, rest, err := root.Find(words)
			if err != nil {
				t.Errorf("%s: %q: %v", c.CommandPath(), line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%s: %q: %v", c.CommandPath(), line, err)
			}
		}
	}
}

// exampleWords are the arguments of ejmx in a line of an example, nil where there is no ejmx in it.
func exampleWords(line string) []string {
	fields := strings.Fields(strings.NewReplacer(`"`, "", "<(", "", ")", "").Replace(line))
	start := slices.Index(fields, "ejmx")
	if start < 0 {
		return nil
	}
	words := fields[start+1:]
	if end := slices.IndexFunc(words, func(w string) bool { return w == "|" || w == ">" || strings.HasPrefix(w, "#") }); end >= 0 {
		words = words[:end]
	}
	return words
}

func TestHelpOfAllFits(t *testing.T) {
	_, all := every(t)
	for _, c := range all {
		var out bytes.Buffer
		c.SetOut(&out)
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(c.Long) {
			if len([]rune(line)) > 131 {
				t.Errorf("%s: a line of its help is %d characters long: %s", c.CommandPath(), len([]rune(line)), line)
			}
		}
		if isRoot := !c.HasParent(); strings.Contains(out.String(), "Exit codes:") != isRoot {
			t.Errorf("%s: the exit codes are in its help: %v", c.CommandPath(), !isRoot)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"export", "fetch", "postings", "setup", "status", "verify", "version"}
	for word, want := range map[string]string{
		"exprot": "export", "exports": "export", "fecth": "fetch", "posting": "postings", "set-up": "setup", "stauts": "status",
		"ver": "verify", "wholly-other": "", "x": "", "": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("for %q it guesses %q, want %q", word, got, want)
		}
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	first, second := filepath.Join(u.home, "one"), filepath.Join(u.home, "two")
	for _, dir := range []string{first, second} {
		if code := u.run("man", dir); code != exitDone {
			t.Fatalf("exit %d\n%s", code, u.stderr.String())
		}
	}
	if a, b := hashes(t, first), hashes(t, second); len(a) < 15 || !slices.Equal(sortedPairs(a), sortedPairs(b)) {
		t.Errorf("%d pages, and the same again: %v", len(a), slices.Equal(sortedPairs(a), sortedPairs(b)))
	}
	page, err := os.ReadFile(filepath.Join(first, "ejmx-export.1"))
	if err != nil || !strings.Contains(string(page), `--posting`) {
		t.Errorf("the page of ejmx export does not tell of --posting: %v", err)
	}
}

func sortedPairs(m map[string]string) (pairs []string) {
	for k, v := range m {
		pairs = append(pairs, k+" "+v)
	}
	slices.Sort(pairs)
	return pairs
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.signIn(serve(t, season.Options{Applications: 4, Postings: 2, DocumentBytes: 1_000}, replay.Options{}))
	if code := u.run("fetch", "--all"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code := u.run("completion", shell); code != exitDone || !strings.Contains(u.stdout.String(), "ejmx") {
			t.Errorf("%s: exit %d, %d bytes", shell, code, u.stdout.Len())
		}
	}
	if code := u.run("completion", "csh"); code != exitUsage {
		t.Errorf("csh: exit %d", code)
	}
	for typed, want := range map[string]string{
		"export --posting ": "9013\t", "packets --edition ": "no-letters\tWithout letters", "exp": "export\t", "missing --mail": "--mail-text\t",
	} {
		words := strings.Split(typed, " ")
		if code := u.run(append([]string{"__complete"}, words...)...); code != exitDone || !strings.Contains(u.stdout.String(), want) {
			t.Errorf("%q: exit %d, completed by\n%s", typed, code, u.stdout.String())
		}
	}
}

func TestBuildNamesItself(t *testing.T) {
	b := thisBuild()
	b.Commit, b.Modified = "0123456789abcdef", true
	if got, want := b.String(), "ejmx "+version+" (commit 0123456789ab, modified, "+runtime.Version()+" "+systemName()+")"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
