package mirror

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
)

// LockedBy gives who holds the mirror's lock, without touching it; held is false when nobody does. Whether that process still
// lives is for [Mirror.Lock] to find out.
func (m *Mirror) LockedBy() (holder Holder, held bool, err error) {
	holder, err = m.holder("lock")
	if errors.Is(err, fs.ErrNotExist) {
		return Holder{}, false, nil
	}
	return holder, true, err
}

// Runs gives the lines of the log, oldest first. A line that a killed run left half written is passed over.
func (m *Mirror) Runs() iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		file, err := m.root.Open(logName)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Run{}, err)
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var run Run
			if json.Unmarshal(lines.Bytes(), &run) == nil && !yield(run, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Run{}, err)
		}
	}
}
