package exporter

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
)

// journal tells what a run has put into an export's folder as long as no memory tells of it: derived/exports/NAME.journal, a
// line a file, written before the file is put in its place. A run that is killed leaves it, and the next knows by it what
// is ejmx's own and not a person's.
type journal struct {
	root *os.Root
	name string

	mu   sync.Mutex
	file *os.File                   // nil until there is something to tell
	told map[string]map[string]bool // the hashes of each file, of this run and of killed ones before
}

// journalLine is a line of a journal.
type journalLine struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// openJournal reads what killed runs left. A last line that is cut tells of a file that was never put in place.
func openJournal(root *os.Root, name string) (*journal, error) {
	j := &journal{root: root, name: name + ".journal", told: map[string]map[string]bool{}}
	file, err := root.Open(j.name)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e journalLine
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			j.remember(e)
		}
	}
	return j, errors.Join(lines.Err(), file.Close())
}

func (j *journal) remember(e journalLine) {
	if j.told[e.Name] == nil {
		j.told[e.Name] = map[string]bool{}
	}
	j.told[e.Name][e.SHA256] = true
}

// Add tells of a file that is about to be put in place.
func (j *journal) Add(name, sha string) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.told[name][sha] {
		return nil
	}
	line, err := json.Marshal(journalLine{name, sha})
	if err != nil {
		return err
	}
	if j.file == nil {
		// A line of its own: what a killed run cut is not to run into the first of this one.
		line = append([]byte{'\n'}, line...)
		if j.file, err = j.root.OpenFile(j.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode); err != nil {
			return err
		}
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	j.remember(journalLine{name, sha})
	return nil
}

// Has reports whether ejmx put such a file there, in this run or in one that was killed.
func (j *journal) Has(name, sha string) bool {
	if j == nil {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.told[name][sha]
}

// Names gives the files that were put in place.
func (j *journal) Names() []string {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	names := make([]string, 0, len(j.told))
	for name := range j.told {
		names = append(names, name)
	}
	return names
}

// Clear ends the journal: a memory tells of everything now.
func (j *journal) Clear() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.told = map[string]map[string]bool{}
	if err := j.closeFile(); err != nil {
		return err
	}
	if err := j.root.Remove(j.name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close lets go of the journal; what it tells stays.
func (j *journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closeFile()
}

func (j *journal) closeFile() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
