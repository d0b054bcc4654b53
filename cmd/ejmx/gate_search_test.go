package main

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"github.com/ejmx/ejmx/internal/outside"
)

// secretMark begins every secret, so that one look tells whether a file can hold any.
const secretMark = "S3CRET"

// searcher looks for secrets in files of every kind, whatever they are packed in and however they are spelt.
type searcher struct {
	t       *testing.T
	secrets []string
	text    string              // path of pdftotext, "" without it
	found   map[string][]string // by secret, the places it is in
}

func newSearcher(t *testing.T, secrets []string) *searcher {
	t.Helper()
	text, err := exec.LookPath("pdftotext")
	if err != nil && os.Getenv("EJMX_REQUIRE_TOOLS") == "1" {
		text = outside.Tool(t, "pdftotext") // which says so
	}
	return &searcher{t: t, secrets: secrets, text: text, found: map[string][]string{}}
}

// folder looks into every file below a folder and at the name of everything in it.
func (s *searcher) folder(dir string) {
	s.t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		place := filepath.ToSlash(relative)
		s.match(place+" (name)", []byte(place))
		if entry.IsDir() {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s.look(place, data)
		if bytes.HasPrefix(data, []byte("%PDF")) && s.text != "" {
			s.pages(place, name)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// look searches bytes as they are, and what is packed in them.
func (s *searcher) look(place string, data []byte) {
	s.t.Helper()
	s.match(place, data)
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		s.zip(place, data)
	case bytes.HasPrefix(data, []byte("%PDF")):
		s.pdf(place, data)
	case bytes.HasPrefix(data, []byte("\x28\xb5\x2f\xfd")): // RFC 8878, 3.1.1
		s.zstd(place, data)
	}
}

func (s *searcher) zstd(place string, data []byte) {
	s.t.Helper()
	r, err := zstd.NewReader(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	content, err := r.DecodeAll(data, nil)
	if err != nil {
		s.t.Fatalf("%s: %v", place, err)
	}
	s.look(place+" (inflated)", content)
}

func (s *searcher) zip(place string, data []byte) {
	s.t.Helper()
	packed, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		s.t.Fatalf("%s: %v", place, err)
	}
	s.match(place+" (comment)", []byte(packed.Comment))
	for _, f := range packed.File {
		inside := place + "!" + f.Name
		s.match(inside+" (name)", slices.Concat([]byte(f.Name), f.Extra, []byte(f.Comment)))
		r, err := f.Open()
		if err != nil {
			s.t.Fatalf("%s: %v", inside, err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			s.t.Fatalf("%s: %v", inside, err)
		}
		s.look(inside, content)
	}
}

var (
	// streams begin so (PDF 32000-1, 7.3.8.1).
	pdfStream = regexp.MustCompile(`stream\r?\n`)
	// escapes in literal strings (7.3.4.2).
	pdfEscape = regexp.MustCompile(`\\([0-7]{3}|\r?\n|.)`)
)

// pdf searches a PDF file's streams, inflated, and its strings without their escapes.
func (s *searcher) pdf(place string, data []byte) {
	s.t.Helper()
	s.match(place+" (strings)", unescaped(data))
	streams := 0
	for _, at := range pdfStream.FindAllIndex(data, -1) {
		inflater, err := zlib.NewReader(bytes.NewReader(data[at[1]:]))
		if err != nil {
			continue // not packed, and so searched already
		}
		content, err := io.ReadAll(inflater)
		if err != nil {
			s.t.Fatalf("%s: the stream at %d: %v", place, at[1], err)
		}
		streams++
		s.look(place+" (stream)", content)
		s.match(place+" (stream's strings)", unescaped(content))
	}
	if streams == 0 {
		s.t.Errorf("%s: none of its streams could be read", place)
	}
}

func unescaped(data []byte) []byte {
	return pdfEscape.ReplaceAllFunc(data, func(escape []byte) []byte {
		if len(escape) != 4 {
			return bytes.TrimLeft(escape[1:], "\r\n")
		}
		return []byte{(escape[1]-'0')<<6 | (escape[2]-'0')<<3 | (escape[3] - '0')}
	})
}

// pages searches what a reader sees on the pages of a PDF, where glyphs have the place of letters; lines may break words.
func (s *searcher) pages(place, name string) {
	s.t.Helper()
	text, err := exec.CommandContext(s.t.Context(), s.text, name, "-").Output()
	if err != nil {
		s.t.Fatalf("pdftotext %s: %v", place, err)
	}
	s.match(place+" (pages)", []byte(strings.Join(strings.Fields(string(text)), "")))
}

// match notes which secrets stand in data in any spelling.
func (s *searcher) match(place string, data []byte) {
	lower := bytes.ToLower(data)
	if !spelt(secretMark, data, lower) {
		return
	}
	for _, secret := range s.secrets {
		if spelt(secret, data, lower) {
			s.found[secret] = append(s.found[secret], place)
		}
	}
}

// spelt reports whether a word stands in data: in UTF-8 or UTF-16 in letters of either case, as it is or in hexadecimal, or in
// base64.
func spelt(word string, data, lower []byte) bool {
	small := strings.ToLower(word)
	for _, plain := range [][]byte{[]byte(small), utf16Bytes(small, false), utf16Bytes(small, true)} {
		if bytes.Contains(lower, plain) {
			return true
		}
	}
	for _, text := range []string{word, small} {
		for _, plain := range [][]byte{[]byte(text), utf16Bytes(text, false), utf16Bytes(text, true)} {
			if bytes.Contains(lower, []byte(hex.EncodeToString(plain))) || inBase64(plain, data) {
				return true
			}
		}
	}
	return false
}

func utf16Bytes(text string, littleEndian bool) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		if littleEndian {
			b = append(b, byte(unit), byte(unit>>8))
		} else {
			b = append(b, byte(unit>>8), byte(unit))
		}
	}
	return b
}

// inBase64 reports whether data has a word in base64. Its characters depend on where in a group of three bytes the word
// begins; those that also depend on its neighbours are left out.
func inBase64(word, data []byte) bool {
	for before := range 3 {
		padded := append(make([]byte, before), word...)
		from, to := (8*before+5)/6, 8*len(padded)/6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if bytes.Contains(data, []byte(encoding.EncodeToString(padded)[from:to])) {
				return true
			}
		}
	}
	return false
}

// TestSearch proves that a secret is found in every spelling and packing that the search claims to know.
func TestSearch(t *testing.T) {
	t.Parallel()
	const word = secretMark + "WORDX"
	var deflated, zipped bytes.Buffer
	z := zlib.NewWriter(&deflated)
	z.Write([]byte("(" + word + ")"))
	z.Close()
	archive := zip.NewWriter(&zipped)
	w, err := archive.Create("in/it.txt")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(word))
	archive.Close()
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	escaped := regexp.MustCompile(`[A-Z]`).ReplaceAllString(word, "\\000$0")
	for name, data := range map[string]string{
		"UTF-8":           "…" + word + "…",
		"lower case":      strings.ToLower(word),
		"UTF-16BE":        string(utf16Bytes("ß"+word, false)),
		"UTF-16LE":        string(utf16Bytes("ß"+word, true)),
		"hexadecimal":     hex.EncodeToString([]byte("ß" + word)),
		"UTF-16 in hex":   strings.ToUpper(hex.EncodeToString(utf16Bytes("ß"+word, false))),
		"base64":          base64.StdEncoding.EncodeToString([]byte("a" + word + "b")),
		"base64, shifted": base64.StdEncoding.EncodeToString([]byte("ab" + word)),
		"base64 in URLs":  base64.URLEncoding.EncodeToString([]byte("~~~" + word + "??")),
		"zip":             zipped.String(),
		"zstd":            string(packer.EncodeAll([]byte(word), nil)),
		"PDF stream":      "%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + deflated.String() + "\nendstream",
		"PDF escapes":     "%PDF-1.7\n(\\376\\377" + strings.ReplaceAll(escaped, "3", "\\0003") + ") stream\n" + deflated.String(),
	} {
		s := newSearcher(t, []string{word, secretMark + "OTHERX"})
		s.look(name, []byte(data))
		if len(s.found[word]) == 0 || len(s.found) != 1 {
			t.Errorf("%s: found %v", name, s.found)
		}
	}
	s := newSearcher(t, []string{word})
	s.look("nothing", []byte(secretMark+" WORD X"))
	if len(s.found) != 0 {
		t.Errorf("found what is not there: %v", s.found)
	}
}
