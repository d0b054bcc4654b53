package exporter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/ejmx/ejmx/dossier"
)

// outputFormat is raised whenever the same posting gives another workbook, site or report than before.
const outputFormat = 1

// outputMade is what is remembered of an output of several files: what went in, and what came out.
type outputMade struct {
	Key   string   `json:"key"`
	Files []string `json:"files"`
}

// hashContents gives the SHA-256, in hexadecimal, of all that outputs may show: the posting as its edition has it, with where
// each document came to stand in its packet.
func (e *export) hashContents() (string, error) {
	sum := sha256.New()
	posting := *e.posting
	posting.Files, posting.Dossiers = nil, nil
	encoder := json.NewEncoder(sum)
	err := encoder.Encode(struct {
		Format  int
		Posting dossier.Posting
	}{outputFormat, posting})
	for _, d := range e.posting.Dossiers {
		err = errors.Join(err, encoder.Encode(d))
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// key names what an output would be: what it may show, and whatever else goes into it.
func (e *export) key(ingredients ...any) (string, error) {
	contents, err := e.contents()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.WriteString(sum, contents); err != nil {
		return "", err
	}
	for _, ingredient := range ingredients {
		fmt.Fprintf(sum, "\n%q", fmt.Sprint(ingredient))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// stands reports whether an output of this key lies there just as the last run left it, and then counts its files as this
// run's.
func (e *export) stands(output, key string) bool {
	e.mu.Lock()
	made := e.memory.Outputs[output]
	e.mu.Unlock()
	if made.Key != key || len(made.Files) == 0 {
		return false
	}
	for _, name := range made.Files {
		if _, same := e.folder.Unchanged(name); !same {
			return false
		}
	}
	return true
}

// remembering makes an output and notes the files it wrote under its key, unless build says that another run could make it
// better.
func (e *export) remembering(output, key string, build func(*part) (settled bool, err error)) error {
	e.forget(output)
	p := &part{folder: e.folder}
	settled, err := build(p)
	if err != nil || !settled {
		return err
	}
	slices.Sort(p.files)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.memory.Outputs == nil {
		e.memory.Outputs = map[string]outputMade{}
	}
	e.memory.Outputs[output] = outputMade{Key: key, Files: slices.Compact(p.files)}
	return nil
}

func (e *export) forget(output string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.memory.Outputs, output)
}

// part is an export's folder as one output sees it: it notes what the output puts there. Its methods may be called from many
// goroutines, for different names.
type part struct {
	folder *folder
	mu     sync.Mutex
	files  []string
}

// Write is [folder.Write]. Of a file that could not be replaced, both it and the one beside it are noted.
func (p *part) Write(name string, write func(io.Writer) error) (Written, error) {
	at, w, err := p.folder.write(name, write)
	if err != nil {
		return Written{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = append(p.files, name, at)
	return w, nil
}
