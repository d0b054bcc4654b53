// Command dist builds what ejmx is handed out as: for every system an archive with the program, for Linux Debian and RPM
// packages, a bill of materials for each, and the checksums of it all. Built again from the same commit, all are the same.
//
//	go -C dist run . -out ../bin/dist
//	go -C dist run . -out ../bin/dist -targets linux/amd64
//
// It is a module of its own, so that what packages ejmx is no dependency of it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "../bin/dist", "folder for what is built, made anew")
	targets := flag.String("targets", runtime.GOOS+"/"+runtime.GOARCH, "systems to build for, with commas between")
	flag.Parse()
	if err := run(*out, strings.Split(*targets, ",")); err != nil {
		fmt.Fprintf(os.Stderr, "dist: %v\n", err)
		os.Exit(1)
	}
}

// release is one building of everything.
type release struct {
	out     string    // folder of what is built
	work    string    // folder of what goes into it
	version string    // "0.1.0"
	made    time.Time // of the commit: the time of every file
	shared  []file    // the same for every system: documents, licences, man pages, completions
}

// file is one that goes into archives.
type file struct {
	name string // within the archive
	path string // on disk
	mode os.FileMode
}

func run(out string, targets []string) (err error) {
	r := &release{}
	if r.out, err = filepath.Abs(out); err != nil {
		return err
	}
	if r.work, err = os.MkdirTemp("", "ejmx-dist-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.work)) }()
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if err := r.prepare(); err != nil {
		return err
	}
	for _, t := range targets {
		system, arch, ok := strings.Cut(t, "/")
		if !ok {
			return fmt.Errorf("%q is no target; one is linux/amd64", t)
		}
		if err := r.build(target{system, arch}); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return r.checksums()
}
