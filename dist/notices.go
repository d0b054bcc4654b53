package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// notices writes THIRD-PARTY.txt: the licence of every module that is in the program, of Go, of PDFium and of the fonts, whose
// texts most of them ask to be handed on.
func (r *release) notices() error {
	modules, err := modulesOf("./cmd/ejmx")
	if err != nil {
		return err
	}
	root, err := output("go", "env", "GOROOT")
	if err != nil {
		return err
	}
	modules = append(modules,
		module{name: "Go and its standard library", dir: strings.TrimSpace(root)},
		module{name: "PDFium, as WebAssembly within go-pdfium", dir: "licences/pdfium"},
		module{name: "The fonts that packets are set in", dir: filepath.Join("..", "templates", "fonts")})
	path := filepath.Join(r.work, "THIRD-PARTY.txt")
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	for _, m := range modules {
		if err := m.write(w); err != nil {
			return err
		}
	}
	r.share("THIRD-PARTY.txt", path)
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Close()
}

// module is one that is in the program.
type module struct{ name, dir string }

// modulesOf lists the modules that a package is built of, on any system.
func modulesOf(pkg string) ([]module, error) {
	seen := map[module]bool{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		command := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", pkg)
		command.Dir = ".."
		command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		said, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for line := range strings.Lines(string(said)) {
			if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				seen[module{name, dir}] = true
			}
		}
	}
	modules := make([]module, 0, len(seen))
	for m := range seen {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.name, b.name) })
	return modules, nil
}

// isLicence reports whether a file at the top of a module is one that goes with it.
func isLicence(name string) bool {
	upper := strings.ToUpper(name)
	for _, start := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"} {
		if strings.HasPrefix(upper, start) {
			return true
		}
	}
	return false
}

func (m module) write(w io.Writer) error {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !isLicence(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, entry.Name()))
		if err != nil {
			return err
		}
		found = true
		if _, err := fmt.Fprintf(w, "%s\n%s (%s)\n\n%s\n\n", strings.Repeat("=", 100), m.name, entry.Name(), strings.TrimSpace(string(text))); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%s has no licence in %s", m.name, m.dir)
	}
	return nil
}
