package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ejmx/ejmx/internal/outside"
)

// shellBlock is a block of commands in a document that work as they stand, one after the other. What needs somebody's
// answers, other people's files or another system is in a block of another kind.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestCommandsInTheDocumentsRun runs the commands of each document as its reader would, in a home of their own, with a
// made-up season in the place of EJM.
func TestCommandsInTheDocumentsRun(t *testing.T) {
	outside.Tool(t, "sh")
	documents, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir, blocks := t.TempDir(), 0
	for _, path := range append(documents, filepath.Join("..", "..", "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		script, n := scriptOf(string(text))
		if blocks += n; n == 0 {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(path), ".md") + ".txtar"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if blocks == 0 {
		t.Fatal("there is no command in any document")
	}
	testscript.Run(t, scripts(dir))
}

// scriptOf is the script that runs a document's commands.
func scriptOf(document string) (script string, blocks int) {
	var commands, files strings.Builder
	commands.WriteString("serve --applications 6 --postings 2\n" +
		"env EJMX_CLIENT_KEY=$KEY\nenv EJMX_CLIENT_SECRET=$SECRET\nexec ejmx setup --non-interactive\n")
	for i, block := range shellBlock.FindAllStringSubmatch(document, -1) {
		blocks++
		fmt.Fprintf(&commands, "exec sh -e block-%d.sh\n", i)
		fmt.Fprintf(&files, "-- block-%d.sh --\n%s", i, block[1])
	}
	return commands.String() + files.String(), blocks
}
