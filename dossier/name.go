package dossier

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The limits of names. A part of a path may have 80 characters and 180 bytes, and a path from the export's folder 150
// characters, so that an export can be moved to a Windows share or SharePoint without a name being cut there.
const (
	maxPartUnits   = 80 // UTF-16 code units, as Windows counts
	maxPartBytes   = 180
	maxFolderUnits = 64 // of a candidate's name: it is also a folder that holds documents
	maxPathUnits   = 150
)

// forbidden are the characters that Windows or SharePoint refuses in a name.
const forbidden = `<>:"/\|?*#%&{}~`

// reserved are the names that Windows keeps for devices, with or without an extension.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
	"desktop.ini": true, "thumbs.db": true,
}

// SafeName makes one part of a path out of anybody's words: NFC, readable in every script, without characters that some
// system refuses, at most limit UTF-16 units and 180 bytes. keep is what must stay whole at its end, such as an
// application's id or an extension. The result is never empty, never "." or "..", and holds no separator.
func SafeName(words, keep string, limit int) string {
	name := strings.Join(strings.Fields(strings.Map(safeRune, norm.NFC.String(strings.ToValidUTF8(words, "_")))), " ")
	name = shorten(name, min(limit, maxPartUnits)-units(keep), maxPartBytes-len(keep))
	name = strings.TrimLeft(name, ". ")
	if keep == "" || strings.HasPrefix(keep, ".") {
		name = strings.TrimRight(name, ". ")
		if name == "" {
			name = "_"
		}
	}
	name = strings.Trim(name+keep, " ")
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	if reserved[strings.TrimSpace(stem)] || reserved[strings.ToLower(name)] {
		name = "_" + name
	}
	return name
}

// safeRune replaces what no file name should hold: separators, control and formatting characters (bidi overrides among
// them), private and unassigned ones become "_"; white space of any kind becomes a blank.
func safeRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case strings.ContainsRune(forbidden, r), r == utf8.RuneError:
		return '_'
	case r == '\u200c' || r == '\u200d': // joiners that Persian and Indic names are spelt with
		return r
	case !unicode.IsGraphic(r):
		return '_'
	}
	return r
}

// units is the length of a name as Windows counts it.
func units(s string) int {
	n := 0
	for _, r := range s {
		if r > 0xFFFF {
			n++
		}
		n++
	}
	return n
}

// shorten cuts a name to a number of UTF-16 units and bytes, between characters with their marks.
func shorten(s string, maxUnits, maxBytes int) string {
	if units(s) <= maxUnits && len(s) <= maxBytes {
		return s
	}
	end, count := 0, 0
	for end < len(s) {
		size := norm.NFC.NextBoundaryInString(s[end:], true)
		if size <= 0 {
			size = len(s) - end
		}
		count += units(s[end : end+size])
		if count > maxUnits-1 || end+size > maxBytes-len("…") {
			break
		}
		end += size
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// fold is a name as a case-insensitive file system compares it.
func fold(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFKC.String(name))) }

// candidateName is the file name of a candidate's packet and folder by the edition's pattern: "Lee Min-Jung 620310". It
// always holds the appid, so that two candidates of one name stay apart.
func candidateName(e *Edition, n Name, institution, appid string) string {
	before, after, _ := strings.Cut(e.PacketName, "{appid}")
	words := map[string]string{
		"first": strings.TrimSpace(n.First), "last": strings.TrimSpace(n.Last), "institution": institution, "appid": appid,
	}
	keep := appid
	lead := strings.TrimRight(SafeName(Fill(before, words), "", maxFolderUnits-units(keep)-1), " ")
	if strings.TrimSpace(before) == "" {
		lead = ""
	} else if strings.HasSuffix(before, " ") || lead == "_" {
		keep = " " + keep
	}
	name := SafeName(lead, keep, maxFolderUnits)
	if strings.TrimSpace(after) == "" {
		return name
	}
	return SafeName(name+Fill(after, words), "", maxFolderUnits)
}

// pathNames hands out the names of documents within one candidate's folder, each different also where case does not
// count.
type pathNames struct {
	folder string
	taken  map[string]bool
}

// name gives a free path for a document of the label and extension given.
func (p *pathNames) name(label, extension string) string {
	room := maxPathUnits - units(p.folder) - 1
	for try := 0; ; try++ {
		keep := extension
		if try > 0 {
			keep = fmt.Sprintf(" (%d)%s", try+1, extension)
		}
		name := SafeName(label, keep, room)
		if !p.taken[fold(name)] {
			p.taken[fold(name)] = true
			return path.Join(p.folder, name)
		}
	}
}

// Slug is a title as the end of a folder's name: lower-case letters and digits of any script, joined by hyphens, at most
// 40 characters, cut between words.
func Slug(title string) string {
	words := strings.FieldsFunc(strings.ToLower(norm.NFC.String(title)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	slug := ""
	for _, word := range words {
		if units(slug)+units(word) >= 40 {
			break
		}
		slug = strings.TrimPrefix(slug+"-"+word, "-")
	}
	return slug
}
