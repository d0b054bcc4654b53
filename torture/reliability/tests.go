package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// test is a test that makes itself a row of the page.
type test struct {
	room string // the folder of its package: "torture"
	name string // "TestKilledFetch"
}

// String is the last cell of the test's row.
func (t test) String() string { return t.room + " " + t.name }

// findTests finds the tests below a folder that call tried.Row.
func findTests(root string) (tests []test, err error) {
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "tools" || len(entry.Name()) > 1 && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declared := range file.Decls {
			if f, isFunc := declared.(*ast.FuncDecl); isFunc && strings.HasPrefix(f.Name.Name, "Test") && makesRow(f) {
				tests = append(tests, test{path.Dir(filepath.ToSlash(relative)), f.Name.Name})
			}
		}
		return nil
	})
	return tests, err
}

func makesRow(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall {
			return true
		}
		if name, isSelector := call.Fun.(*ast.SelectorExpr); isSelector && name.Sel.Name == "Row" {
			from, isName := name.X.(*ast.Ident)
			found = found || isName && from.Name == "tried"
		}
		return true
	})
	return found
}
