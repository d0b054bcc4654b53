package archive

import (
	"crypto/md5"  //nolint:gosec // other people's bags use it
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/ejmx/ejmx/internal/lazy"
)

// algorithms are the checksums of manifests, by the name in the manifest's own (RFC 8493 section 2.4).
var algorithms = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha3256": func() hash.Hash { return sha3.New256() }, "sha3512": func() hash.Hash { return sha3.New512() },
}

// encodings are those of tag files; nil is UTF-8. With UTF-16, a byte order mark decides.
var encodings = map[string]encoding.Encoding{
	"UTF-8": nil, "US-ASCII": nil, "ISO-8859-1": charmap.ISO8859_1, "WINDOWS-1252": charmap.Windows1252,
	"UTF-16":   unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"UTF-16BE": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

var (
	bagVersion   = lazy.Pattern(`^BagIt-Version: (0\.9[3-7]|1\.0)$`)
	bagEncoding  = lazy.Pattern(`^Tag-File-Character-Encoding: (\S+)$`)
	manifestLine = lazy.Pattern(`^([0-9A-Fa-f]+)([ \t]+)(\*?)(.+)$`)
	fetchLine    = lazy.Pattern(`^(\S+)[ \t]+(\d+|-)[ \t]+(.+)$`)
	oxum         = lazy.Pattern(`^(\d{1,18})\.(\d{1,18})$`)
)

// textLines splits at LF, CR and CRLF (RFC 8493 section 2.1.3); a last line need not end.
func textLines(text string) []string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// parseDeclaration reads bagit.txt, which is UTF-8 without a byte order mark and has just two lines (section 2.1.1).
func parseDeclaration(text string) (version, encoding string, err error) {
	lines := textLines(text)
	if len(lines) != 2 {
		return "", "", fmt.Errorf("it has %d lines instead of two", len(lines))
	}
	v, e := bagVersion().FindStringSubmatch(lines[0]), bagEncoding().FindStringSubmatch(lines[1])
	if v == nil {
		return "", "", fmt.Errorf("%q is no BagIt version known", lines[0])
	}
	if e == nil {
		return v[1], "", fmt.Errorf("%q is no encoding", lines[1])
	}
	if _, ok := encodings[strings.ToUpper(e[1])]; !ok {
		return v[1], "", fmt.Errorf("the encoding %q is not supported", e[1])
	}
	return v[1], strings.ToUpper(e[1]), nil
}

// decodeTag gives a tag file's text, whose encoding is one of [encodings].
func decodeTag(data []byte, name string) (string, error) {
	enc := encodings[name]
	if enc == nil {
		return string(data), nil
	}
	text, err := enc.NewDecoder().Bytes(data)
	return string(text), err
}

// listed is one line of a manifest.
type listed struct {
	path, digest string
	starred      bool // "*" before the name, as md5sum marks binary files
	dotted       bool // "./" before the name
}

// parseManifestLine reads a line of a manifest or tag manifest (section 2.1.3).
func parseManifestLine(line string) (listed, error) {
	m := manifestLine().FindStringSubmatch(line)
	if m == nil {
		return listed{}, errors.New("not a checksum and a name")
	}
	name, dotted := strings.CutPrefix(m[4], "./")
	return listed{path: name, digest: strings.ToLower(m[1]), starred: m[3] != "", dotted: dotted}, nil
}

// unescapeName undoes the escapes of section 2.1.3: %0A, %0D and, since 1.0, %25.
func unescapeName(name, version string) string {
	pairs := []string{"%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r"}
	if version == "1.0" {
		pairs = append(pairs, "%25", "%")
	}
	return strings.NewReplacer(pairs...).Replace(name)
}

// parseInfo reads bag-info.txt: labels and values, with values continued on lines that begin with white space (2.2.2).
func parseInfo(text string) ([]Field, error) {
	var fields []Field
	for i, line := range textLines(text) {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 {
			fields[len(fields)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		label, value, ok := strings.Cut(line, ":")
		if label = strings.TrimSpace(label); !ok || label == "" {
			return fields, fmt.Errorf("line %d is not a label and a value", i+1)
		}
		fields = append(fields, Field{label, strings.TrimSpace(value)})
	}
	return fields, nil
}
