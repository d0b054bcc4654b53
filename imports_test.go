// Package ejmx_test holds the table of who may import whom. Imports point one way, as a document goes.
package ejmx_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ejmx/ejmx/"

// allowed names, for each room, the rooms it may import. Test files may import more: they are users.
var allowed = map[string][]string{
	"ejm":                 {},
	"ledger":              {},
	"templates":           {},
	"archive":             {"internal/lazy", "ledger"},
	"archive/destination": {"ledger"},
	"mirror":              {"ejm", "ledger"},
	"dossier":             {"ejm", "internal/abreast", "ledger", "templates"},
	"fetch":               {"ejm", "internal/lazy", "ledger", "mirror"},
	"packet/pdf":          {},
	"packet/typeset":      {"packet/pdf", "templates"},
	"packet/piece":        {"packet/pdf"},
	"packet/foreign":      {"internal/lazy", "packet/pdf", "packet/piece", "packet/typeset"},
	"packet":              {"dossier", "ejm", "ledger", "packet/foreign", "packet/pdf", "packet/piece", "packet/typeset", "templates"},
	"workbook":            {"dossier", "ejm", "internal/lazy", "ledger", "templates"},
	"sqlite":              {"dossier", "ejm", "ledger"},
	"site":                {"dossier", "ejm", "internal/abreast", "ledger", "packet/pdf", "packet/typeset", "templates"},
	"season":              {"ejm", "mirror", "packet/pdf", "packet/typeset"},
	"replay":              {"ejm", "mirror"},
	"exporter": {
		"archive", "dossier", "ejm", "fetch", "internal/abreast", "internal/lazy", "ledger", "mirror", "packet", "packet/pdf",
		"packet/typeset", "site", "sqlite", "workbook",
	},
	"ui": {"dossier", "ejm", "internal/lazy", "ledger", "templates"},
	"cmd/ejmx": {
		"archive", "archive/destination", "dossier", "ejm", "exporter", "fetch", "internal/lazy", "ledger", "mirror", "packet", "replay",
		"season", "ui", "workbook",
	},
	"internal/abreast":    {},
	"internal/lazy":       {},
	"internal/bench":      {"ejm", "mirror", "season"},
	"internal/outside":    {},
	"internal/tried":      {},
	"torture":             {},
	"torture/reliability": {"internal/tried"},
	"internal/browser":    {"internal/outside"},
}

// only names who alone may import a package of others: the network belongs to ejm and the server, PDFs to packet,
// spreadsheets to workbook.
var only = map[string][]string{
	"net/http":                           {"archive/destination", "ejm", "replay", "ui"},
	"github.com/aws":                     {"archive/destination"},
	"github.com/Azure":                   {"archive/destination"},
	"google.golang.org/api":              {"archive/destination"},
	"github.com/pdfcpu/pdfcpu":           {"packet"},
	"github.com/klippa-app/go-pdfium":    {"packet"},
	"github.com/xuri/excelize":           {"workbook"},
	"github.com/spf13/cobra":             {"cmd"},
	"github.com/schollz/progressbar":     {"cmd"},
	"modernc.org/sqlite":                 {"sqlite"},
	"golang.org/x/oauth2":                {"archive/destination", "ejm"},
	"github.com/klauspost/compress/zstd": {"mirror"},
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == "tools" || name == "dist" || name == "bin" || name == "testdata" || strings.HasPrefix(name, ".") && name != ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		room := path.Dir(filepath.ToSlash(name))
		seen[room] = true
		checkImports(t, room, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range seen {
		if _, known := allowed[room]; !known {
			t.Errorf("%s is not in the table of allowed imports", room)
		}
	}
}

func checkImports(t *testing.T, room, name string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		if ours, isOurs := strings.CutPrefix(imported, module); isOurs && !slices.Contains(allowed[room], ours) {
			t.Errorf("%s imports %s; %s may import %v", name, ours, room, allowed[room])
		}
		for prefix, rooms := range only {
			if imported != prefix && !strings.HasPrefix(imported, prefix+"/") {
				continue
			}
			if !slices.ContainsFunc(rooms, func(r string) bool { return room == r || strings.HasPrefix(room, r+"/") }) {
				t.Errorf("%s imports %s, which is for %v alone", name, imported, rooms)
			}
		}
	}
}
