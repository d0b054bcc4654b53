package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Act is what a line of the register records.
type Act string

// The acts.
const (
	Archived Act = "archive"
	Copied   Act = "copy"
	Verified Act = "verify"
	Disposed Act = "disposal"
)

// Line is one act in the register. Previous chains it to the line before, so that none can be changed or taken out
// without breaking the chain; what was cut from the end shows only against a copy.
type Line struct {
	Previous string          `json:"previous"` // SHA-256, hex, of the line before without its newline; "" on the first
	Time     time.Time       `json:"time"`     // UTC
	Act      Act             `json:"act"`
	Archive  string          `json:"archive"`            // the archive's file name
	SHA256   string          `json:"sha256,omitempty"`   // of the archive's file
	Place    string          `json:"place,omitempty"`    // where a copy is: a folder or URL without credentials
	Outcome  string          `json:"outcome,omitempty"`  // "ok", or what was wrong
	Postings []string        `json:"postings,omitempty"` // ids of the postings that the archive holds, or that were disposed of
	Details  json.RawMessage `json:"details,omitempty"`  // of a disposal: its certificate without the list of checksums
}

// maxLine is the longest line of a register, in bytes.
const maxLine = 16 << 20

// ErrChain means that the register was changed after it was written.
var ErrChain = errors.New("the register's chain is broken")

// ReadRegister gives the lines of a register and proves its chain. The lines before a break are given with the error.
func ReadRegister(r io.Reader) ([]Line, error) {
	lines, _, err := readRegister(r)
	return lines, err
}

func readRegister(r io.Reader) (lines []Line, last string, err error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxLine)
	scanner.Split(wholeLines)
	for scanner.Scan() {
		var line Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return lines, last, fmt.Errorf("register line %d: %w: %w", len(lines)+1, ErrChain, err)
		}
		if line.Previous != last {
			return lines, last, fmt.Errorf("register line %d: %w", len(lines)+1, ErrChain)
		}
		digest := sha256.Sum256(scanner.Bytes())
		last = hex.EncodeToString(digest[:])
		lines = append(lines, line)
	}
	return lines, last, scanner.Err()
}

// LastSum proves the chain of the register called name and gives the SHA-256, hex, of its last line, to which the next will be
// chained; "" where there is no line yet.
func LastSum(dir *os.Root, name string) (sum string, err error) {
	file, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("register: %w", err)
	}
	defer file.Close()
	_, sum, err = readRegister(file)
	return sum, err
}

// wholeLines splits at line feeds alone and refuses a last line without one: it was cut.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, fmt.Errorf("%w: the last line is cut", ErrChain)
	}
	return 0, nil, nil
}

// Append adds a line to the register called name, made if need be, and returns once it is on disk. It sets the line's
// Previous, and refuses to add to a register whose chain is broken. The caller holds the season's lock.
func Append(dir *os.Root, name string, line Line) (err error) {
	file, err := dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, fs.FileMode(0o600))
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, last, err := readRegister(file)
	if err != nil {
		return err
	}
	line.Previous, line.Time = last, line.Time.UTC()
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if len(text) >= maxLine {
		return fmt.Errorf("register: a line of %d bytes is too long", len(text))
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	return file.Sync()
}
