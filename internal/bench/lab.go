package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/season"
)

// lab is where things are measured: a folder, the program, and made-up seasons.
type lab struct {
	ctx     context.Context
	stderr  io.Writer
	dir     string
	binary  string
	rounds  int
	quick   bool
	growth  []grown
	packets map[string]float64 // figures of the race of packets

	made map[string]string // seasons by what is in them
	temp int
}

func newLab(ctx context.Context, o *options, stderr io.Writer) (*lab, error) {
	l := &lab{ctx: ctx, stderr: stderr, rounds: o.rounds, quick: o.quick, made: map[string]string{}}
	if o.quick {
		l.rounds = min(l.rounds, 2)
	}
	var err error
	if l.binary, err = absolute(o.binary); err != nil {
		return nil, err
	}
	if _, err := os.Stat(l.binary); err != nil {
		return nil, fmt.Errorf("there is nothing to measure: %w; make build", err)
	}
	l.dir, err = os.MkdirTemp(o.dir, "ejmx-bench-")
	return l, err
}

func (l *lab) close() error { return os.RemoveAll(l.dir) }

// less is the smaller figure in a quick run.
func less[T any](l *lab, full, quick T) T {
	if l.quick {
		return quick
	}
	return full
}

// empty is a new path in the work folder, for what a row leaves behind.
func (l *lab) empty() string {
	l.temp++
	return filepath.Join(l.dir, "run", fmt.Sprint(l.temp))
}

// sweep takes away what rows left behind, but keeps the seasons that several of them use.
func (l *lab) sweep() error { return l.discard(filepath.Join(l.dir, "run")) }

// discard takes a folder away, if it is there. Its files are emptied at once and removed when all is measured: in the minutes
// after many files were removed, ext4 is several times slower at making new ones, of which the next row would suffer.
func (l *lab) discard(dir string) error {
	l.temp++
	discarded := filepath.Join(l.dir, "discarded", fmt.Sprint(l.temp))
	if err := os.MkdirAll(filepath.Dir(discarded), 0o700); err != nil {
		return err
	}
	if err := os.Rename(dir, discarded); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return filepath.WalkDir(discarded, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			err = os.Truncate(name, 0)
		}
		return err
	})
}

// season makes up a season with one posting, as people apply: six documents an application, with letters still to come.
func (l *lab) season(applications int, documentBytes int64) (string, error) {
	return l.seasonOf(season.Options{Applications: applications, DocumentBytes: documentBytes})
}

// fullSeason makes up one in which each application has seven documents.
func (l *lab) fullSeason(applications int, documentBytes int64) (string, error) {
	return l.seasonOf(season.Options{Applications: applications, DocumentBytes: documentBytes, Full: true})
}

// seasonOf makes up a season with one posting, unless there is such a one already, and gives its folder.
func (l *lab) seasonOf(o season.Options) (string, error) {
	o.Postings = 1
	name := fmt.Sprintf("%d-applications-%d-bytes", o.Applications, o.DocumentBytes)
	if o.Full {
		name += "-full"
	}
	if dir := l.made[name]; dir != "" {
		return dir, nil
	}
	dir := filepath.Join(l.dir, name)
	m, err := mirror.Create(filepath.Join(dir, "mirror"))
	if err != nil {
		return "", err
	}
	err = season.Write(m, o)
	l.made[name] = dir
	return dir, errors.Join(err, m.Close())
}

// forget takes a season away that no other row uses.
func (l *lab) forget(dir string) error {
	for name, made := range l.made {
		if made == dir {
			delete(l.made, name)
		}
	}
	return l.discard(dir)
}

// server is ejmx serve at work.
type server struct {
	command *exec.Cmd
	URL     string `json:"url"`
	Key     string `json:"client_key"`
	Secret  string `json:"client_secret"`
	Token   string `json:"access_token"`

	ready string // the token that ejmx is given; "" where it gets its own by key and secret
}

// serve serves a season as EJM does: slashes escaped, lines broken, and every answer after the latency. More flags may say
// where.
func (l *lab) serve(dir string, latency time.Duration, more ...string) (*server, error) {
	arguments := append([]string{"serve", dir, "--json", "--quirks", "slashes,unicode,lines"}, more...)
	if latency > 0 {
		arguments = append(arguments, "--fault", "latency:"+latency.String())
	}
	s := &server{command: exec.CommandContext(l.ctx, l.binary, arguments...)}
	s.command.Stderr = l.stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, s)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not start: %w", err), s.stop())
	}
	return s, nil
}

// stop ends the server. That it was told to is no fault.
func (s *server) stop() error {
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		return errors.Join(err, s.command.Process.Kill(), s.command.Wait())
	}
	var exit *exec.ExitError
	if err := s.command.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// used is what a run of a program cost.
type used struct {
	seconds float64
	memory
	stdout []byte
}

// ejmx runs the program against a server (nil for none) and gives what it cost. It has no PATH, so that it finds no
// LibreOffice: the others do not turn the few Word documents of a made-up season into pages either.
func (l *lab) ejmx(s *server, arguments ...string) (used, error) {
	command := exec.CommandContext(l.ctx, l.binary, arguments...)
	command.Env = append(os.Environ(), "PATH=")
	if s != nil {
		command.Env = append(command.Env, "EJMX_API="+s.URL, "EJMX_CLIENT_KEY="+s.Key, "EJMX_CLIENT_SECRET="+s.Secret, "EJMX_TOKEN="+s.ready)
	}
	return l.run(command)
}

// tool runs another program in a folder.
func (l *lab) tool(dir, name string, arguments ...string) (used, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return used{}, fmt.Errorf("%w: %s is not installed", errMissing, name)
	}
	command := exec.CommandContext(l.ctx, path, arguments...)
	command.Dir = dir
	return l.run(command)
}

func (l *lab) run(command *exec.Cmd) (used, error) {
	var out, complaint bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaint
	began := time.Now()
	if err := command.Start(); err != nil {
		return used{}, err
	}
	most := watchMemory(command.Process.Pid)
	err := command.Wait()
	u := used{seconds: time.Since(began).Seconds(), memory: most(), stdout: out.Bytes()}
	if u.all == 0 {
		u.main = mostMemory(command.ProcessState)
		u.all = u.main
	}
	if err != nil {
		return u, fmt.Errorf("%s: %w\n%.2000s", command, err, complaint.Bytes())
	}
	return u, nil
}
