package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/ejmx/ejmx/templates"
)

// Edition is who an output is for, and so which fields and documents may appear in it. What it does not name does not
// appear. It is read from a small TOML file, described in docs/editions.md.
type Edition struct {
	Name        string   `toml:"-"`            // the file's name without .toml: "committee"
	Title       string   `toml:"title"`        // for people: "Committee"
	Documents   []string `toml:"documents"`    // EJM's type names or type_ids, in order; "*" is every other file
	Letters     bool     `toml:"letters"`      // whether letters, and who writes them, appear
	Interviews  bool     `toml:"interviews"`   // whether appointments at conferences appear
	Applicant   []string `toml:"applicant"`    // EJM's names of the applicant's fields, in order
	Answers     []string `toml:"answers"`      // the posting's questions: ids, or "*" for all
	RunningLine string   `toml:"running_line"` // "{name} · {document} · {page} / {pages}"; "" leaves pages as they are
	PacketName  string   `toml:"packet_name"`  // "{last} {first} {appid}"
	Digest      string   `toml:"-"`            // hex SHA-256 of the file: what was made under another text is another edition
}

// EditionError is a fault in an edition's file.
type EditionError struct {
	File string // "committee.toml"
	Line int    // counted from 1
	Text string
}

func (e *EditionError) Error() string {
	return fmt.Sprintf("edition %s, line %d: %s", e.File, e.Line, e.Text)
}

// DefaultEdition is the edition of an export that names none. Its output folder carries no suffix.
const DefaultEdition = "committee"

// ErrNoEdition is in the error of [Editions.Load] for a name that no file has.
var ErrNoEdition = errors.New("no such edition")

// NoEditionError says that there is no edition of a name, and which there are.
type NoEditionError struct {
	Name  string
	Known []string
}

func (e *NoEditionError) Error() string {
	return fmt.Sprintf("edition %q: %v; there are: %s", e.Name, ErrNoEdition, strings.Join(e.Known, ", "))
}

// Unwrap gives ErrNoEdition.
func (e *NoEditionError) Unwrap() error { return ErrNoEdition }

// Editions finds editions by name: those of the season folder first, then the built-in ones.
type Editions struct {
	Season fs.FS // holds NAME.toml; nil without a season folder
}

// Load reads, checks and returns one edition. Its errors name the file and, where there is one, the line.
func (e Editions) Load(name string) (*Edition, error) {
	file := name + ".toml"
	if !fs.ValidPath(file) || strings.ContainsRune(file, '/') {
		return nil, &NoEditionError{Name: name, Known: e.Names()}
	}
	if e.Season != nil {
		data, err := fs.ReadFile(e.Season, file)
		if err == nil {
			return parseEdition(name, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("edition %s: %w", name, err)
		}
	}
	data, err := fs.ReadFile(templates.Editions, path.Join("editions", file))
	if err != nil {
		return nil, &NoEditionError{Name: name, Known: e.Names()}
	}
	return parseEdition(name, data)
}

// Names lists the editions there are, sorted.
func (e Editions) Names() []string {
	var names []string
	collect := func(fsys fs.FS, pattern string) {
		files, _ := fs.Glob(fsys, pattern)
		for _, file := range files {
			names = append(names, strings.TrimSuffix(path.Base(file), ".toml"))
		}
	}
	collect(templates.Editions, "editions/*.toml")
	if e.Season != nil {
		collect(e.Season, "*.toml")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// parseEdition reads the text of one edition file. A misspelt key, an unknown field and a file that shows nothing are
// errors that name the line: an edition that does less than its author thinks it does is how confidential matter leaks.
func parseEdition(name string, data []byte) (*Edition, error) {
	edition := &Edition{Name: name, Title: name, PacketName: "{last} {first} {appid}"}
	file := name + ".toml"
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(edition)
	if err != nil {
		if parse, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, &EditionError{file, parse.Position.Line, parse.Message}
		}
		return nil, fmt.Errorf("edition %s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0].String()
		return nil, &EditionError{file, lineOf(data, key), fmt.Sprintf("there is no setting %q", key)}
	}
	if err := edition.check(); err != nil {
		return nil, &EditionError{file, lineOf(data, err.word), err.text}
	}
	sum := sha256.Sum256(data)
	edition.Digest = hex.EncodeToString(sum[:])
	return edition, nil
}

// settingError is a fault of an edition with the word that shows its line.
type settingError struct {
	word string
	text string
}

func (e *Edition) check() *settingError {
	for _, field := range e.Applicant {
		if _, known := applicantFields[field]; !known {
			return &settingError{field, fmt.Sprintf("EJM has no applicant field %q", field)}
		}
	}
	for _, answer := range e.Answers {
		if _, err := strconv.ParseInt(answer, 10, 64); err != nil && answer != "*" {
			return &settingError{answer, fmt.Sprintf("%q is neither a question's id nor \"*\"", answer)}
		}
	}
	if err := checkPattern(e.RunningLine, "name", "document", "page", "pages", "appid", "posting"); err != nil {
		return err
	}
	if err := checkPattern(e.PacketName, "first", "last", "appid", "institution"); err != nil {
		return err
	}
	if !strings.Contains(e.PacketName, "{appid}") {
		return &settingError{"packet_name", "packet_name needs {appid}: two candidates can have one name"}
	}
	return nil
}

// checkPattern finds a {word} that is not among those allowed.
func checkPattern(pattern string, allowed ...string) *settingError {
	for rest := pattern; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			return nil
		}
		word, tail, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(allowed, word) {
			return &settingError{"{" + word, fmt.Sprintf("%q has an unknown {%s}; known are {%s}", pattern, word, strings.Join(allowed, "}, {"))}
		}
		rest = tail
	}
}

// Fill replaces the {words} of a pattern.
func Fill(pattern string, words map[string]string) string {
	pairs := make([]string, 0, 2*len(words))
	for word, value := range words {
		pairs = append(pairs, "{"+word+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(pattern)
}

// lineOf finds the first line that holds a word, counted from 1; comments do not count.
func lineOf(data []byte, word string) int {
	for i, line := range strings.Split(string(data), "\n") {
		code, _, _ := strings.Cut(line, "#")
		if strings.Contains(code, word) {
			return i + 1
		}
	}
	return 1
}
