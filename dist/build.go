package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// target is a system and a processor, in Go's words.
type target struct{ system, arch string }

func (t target) name(version string) string {
	return fmt.Sprintf("ejmx_%s_%s_%s", version, t.system, t.arch)
}

func (t target) program() string {
	if t.system == "windows" {
		return "ejmx.exe"
	}
	return "ejmx"
}

// prepare makes what is the same for every system, by asking the program itself.
func (r *release) prepare() error {
	var err error
	if r.made, err = commitTime(); err != nil {
		return err
	}
	here := target{runtime.GOOS, runtime.GOARCH}
	self, err := r.compile(here)
	if err != nil {
		return err
	}
	said, err := output(self, "version")
	if err != nil {
		return err
	}
	if r.version, _, _ = strings.Cut(strings.TrimPrefix(said, "ejmx "), " "); r.version == "" {
		return fmt.Errorf("ejmx version says %q", said)
	}
	if err := r.documents(self); err != nil {
		return err
	}
	return r.notices()
}

// commitTime is when the commit was made that is built, or what SOURCE_DATE_EPOCH says.
func commitTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		var err error
		if text, err = output("git", "log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, err
		}
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// documents has the program write its man pages and completions.
func (r *release) documents(self string) error {
	man := filepath.Join(r.work, "man")
	if _, err := output(self, "man", man); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(man, "*.1"))
	if err != nil || len(pages) == 0 {
		return errors.Join(fmt.Errorf("ejmx man wrote no pages into %s", man), err)
	}
	for _, page := range pages {
		r.share("man/"+filepath.Base(page), page)
	}
	if err := os.Mkdir(filepath.Join(r.work, "completions"), 0o755); err != nil {
		return err
	}
	for shell, name := range map[string]string{"bash": "ejmx.bash", "zsh": "ejmx.zsh", "fish": "ejmx.fish", "powershell": "ejmx.ps1"} {
		script, err := output(self, "completion", shell)
		if err != nil {
			return err
		}
		path := filepath.Join(r.work, "completions", name)
		if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
			return err
		}
		r.share("completions/"+name, path)
	}
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md"} {
		r.share(name, filepath.Join("..", name))
	}
	return nil
}

func (r *release) share(name, path string) {
	r.shared = append(r.shared, file{name: name, path: path, mode: 0o644})
}

// compile builds the program for a system, without cgo and without a trace of the folder it was built in.
func (r *release) compile(t target) (program string, err error) {
	program = filepath.Join(r.work, t.system+"_"+t.arch, t.program())
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=auto", "-ldflags", "-s -w", "-o", program, "./cmd/ejmx")
	command.Dir = ".."
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.arch)
	command.Stderr = os.Stderr
	return program, command.Run()
}

// build makes everything for one system.
func (r *release) build(t target) error {
	program, err := r.compile(t)
	if err != nil {
		return err
	}
	files := append([]file{{name: t.program(), path: program, mode: 0o755}}, r.shared...)
	if t.system == "linux" {
		for _, unit := range []string{"ejmx.service", "ejmx.timer"} {
			files = append(files, file{name: "systemd/" + unit, path: filepath.Join("systemd", unit), mode: 0o644})
		}
	}
	if err := r.archive(t, files); err != nil {
		return err
	}
	if err := r.materials(t, program); err != nil {
		return err
	}
	if t.system != "linux" {
		return nil
	}
	return r.packages(t, program)
}

// materials writes the program's bill of materials, as CycloneDX has it: the modules that are in the program itself.
func (r *release) materials(t target, program string) error {
	command := exec.Command("go", "tool", "cyclonedx-gomod", "bin", "-json", "-licenses", "-std", "-noserial", "-notimestamp",
		"-version", "v"+r.version, "-output", filepath.Join(r.out, t.name(r.version)+".sbom.json"), program)
	// The tool names its own hash, so it must be built the same everywhere.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false")
	if said, err := command.CombinedOutput(); err != nil { // else it only says that it cannot download ejmx itself
		return fmt.Errorf("cyclonedx-gomod: %w\n%s", err, said)
	}
	return nil
}

func output(name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Stderr = os.Stderr
	said, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return string(said), nil
}
