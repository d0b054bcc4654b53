package mirror

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"time"
)

// logName is the file that has a line for each run.
const logName = "log.jsonl"

// NoteFiles are the names of the files that tell of a mirror as a whole, beside its documents and snapshots: its runs, and
// what was disposed of. Either may not be there.
func NoteFiles() []string { return []string{logName, disposedName} }

// Run is one line of log.jsonl: what a run asked for and what came of it. It holds no personal data and no secret.
type Run struct {
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended"`
	Tool      string    `json:"tool"`
	API       string    `json:"api"`
	Postings  []string  `json:"postings"` // posids asked for; "all"
	Snapshot  string    `json:"snapshot"` // the newest one afterwards
	New       bool      `json:"new"`      // whether this run added it
	Requests  int       `json:"requests"`
	Documents int       `json:"documents"` // fetched by this run
	Bytes     int64     `json:"bytes"`     // of those documents
	Failed    int       `json:"failed"`
	Error     string    `json:"error,omitempty"` // what ended the run early
}

// AppendRun adds a line to the log.
func (m *Mirror) AppendRun(run Run) error {
	line, err := json.Marshal(run)
	if err != nil {
		return err
	}
	file, err := m.root.OpenFile(logName, os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}

// errorsForgotten stands in the log for errors that were taken out.
const errorsForgotten = "taken out at a disposal"

// ForgetErrors takes the words of errors out of the log: a run that failed may have named whose document it failed at. The
// lock must be held.
func (m *Mirror) ForgetErrors() error {
	data, err := m.root.ReadFile(logName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var run Run
		if err := json.Unmarshal(lines.Bytes(), &run); err != nil || run.Error == "" {
			kept.Write(append(lines.Bytes(), '\n'))
			continue
		}
		run.Error = errorsForgotten
		line, err := json.Marshal(run)
		if err != nil {
			return err
		}
		kept.Write(append(line, '\n'))
	}
	if err := lines.Err(); err != nil || bytes.Equal(kept.Bytes(), data) {
		return err
	}
	temporary := path.Join("tmp", rand.Text())
	if err := writeDurably(m.root, temporary, kept.Bytes()); err != nil {
		return err
	}
	return m.root.Rename(temporary, logName)
}
