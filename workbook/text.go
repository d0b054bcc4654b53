package workbook

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/ejmx/ejmx/internal/lazy"
)

// maxCellUnits is how many UTF-16 code units a cell holds. Excel refuses a file with more, and excelize cuts without a
// word.
const maxCellUnits = 32767

// cellText makes anybody's words fit to stand in a cell: valid UTF-8 without characters that XML cannot carry, and where
// it has to be cut, it says so.
func cellText(words string) string {
	words = strings.ReplaceAll(strings.ReplaceAll(words, "\r\n", "\n"), "\r", "\n")
	words = strings.Map(xmlRune, strings.ToValidUTF8(words, "\uFFFD"))
	words = strings.ReplaceAll(words, "_x005F_", "_\u2060x005F_") // excelize takes _x005F_x0041_ for _x0041_, once that is escaped
	total := units(words)
	if total <= maxCellUnits {
		return words
	}
	notice := fmt.Sprintf(" […] (cut here: the whole text has %d characters, a cell holds %d)", total, maxCellUnits)
	return cutUnits(words, maxCellUnits-units(notice)) + notice
}

// escape writes words so that they are read as they are: a spreadsheet takes _x0041_ for the character of that number, and
// _x005F_ for the underscore that stands before it (ISO/IEC 29500-1, 22.4.2.4). excelize leaves cells' words as they are.
func escape(words string) string {
	if !strings.Contains(words, "_x") {
		return words
	}
	var escaped strings.Builder
	for i := range len(words) {
		if words[i] == '_' && escapePattern().MatchString(words[i:]) {
			escaped.WriteString("_x005F")
		}
		escaped.WriteByte(words[i])
	}
	return escaped.String()
}

var escapePattern = lazy.Pattern(`^_x[0-9a-fA-F]{4}_`)

// xmlRune drops what XML 1.0 (clause 2.2) cannot carry, and bidi overrides, which could make one cell's words show as
// others.
func xmlRune(r rune) rune {
	switch {
	case r == '\t', r == '\n':
		return r
	case unicode.IsControl(r), r == '\uFFFE', r == '\uFFFF', '\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
		return -1
	}
	return r
}

// units is the length of a text as spreadsheets count it, in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cutUnits gives the start of a text of at most limit UTF-16 units, cut between characters.
func cutUnits(s string, limit int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return s[:i]
		}
	}
	return s
}

// maxHeaderUnits keeps headers below the 255 that a table's column name may have, and readable.
const maxHeaderUnits = 120

// headerNames hands out the headers of one table. Excel "repairs" a table with two headers that differ in nothing but
// case, one that is empty, and one whose text would be read as an escape.
type headerNames map[string]bool

// take gives the header for the words wanted, numbered where another column has it.
func (taken headerNames) take(words string) string {
	words = strings.Join(strings.Fields(cellText(words)), " ")
	words = strings.ReplaceAll(words, "_x", "_\u2060x")
	if units(words) > maxHeaderUnits {
		words = strings.TrimSpace(cutUnits(words, maxHeaderUnits-1)) + "…"
	}
	if words == "" {
		words = "Column"
	}
	header := words
	for n := 2; taken[fold(header)]; n++ {
		header = fmt.Sprintf("%s (%d)", words, n)
	}
	taken[fold(header)] = true
	return header
}

// maxSheetName is how many UTF-16 units the name of a sheet may have.
const maxSheetName = 31

// sheetNames are the names of sheets, folded, that are taken.
type sheetNames map[string]bool

// take takes a name for a sheet: without what spreadsheet programs refuse in one, and with a number where another has it.
func (taken sheetNames) take(words string) string {
	words = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || unicode.IsControl(r) {
			return '_'
		}
		return xmlRune(r)
	}, strings.ToValidUTF8(words, "\uFFFD"))
	words = cmp.Or(strings.Trim(cutUnits(words, maxSheetName), "'"), "Sheet")
	name := words
	for n := 2; taken[fold(name)]; n++ {
		mark := fmt.Sprintf(" (%d)", n)
		name = cutUnits(words, maxSheetName-len(mark)) + mark
	}
	taken[fold(name)] = true
	return name
}

// fold is a header as it is compared: what a person or another program did to case and white space does not count.
func fold(header string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(header)), " "))
}

// columnsWide is how many columns of a monospaced page the longest line of a text takes: wide scripts count double, marks
// nothing.
func columnsWide(s string) int {
	longest := 0
	for line := range strings.SplitSeq(s, "\n") {
		n := 0
		for _, r := range line {
			n += runeColumns(r)
		}
		longest = max(longest, n)
	}
	return longest
}

func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}
