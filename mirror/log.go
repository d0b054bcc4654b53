package mirror

import (
	"encoding/json"
	"errors"
	"os"
	"time"
)

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
	file, err := m.root.OpenFile("log.jsonl", os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}
