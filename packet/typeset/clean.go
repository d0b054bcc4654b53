package typeset

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may stand on one letter. No script needs more; text that piles up more would be
// drawn over the lines around it.
const maxMarks = 6

// clean makes other people's words harmless to set: control characters become spaces, those that would turn or hide text
// (overrides, embeddings and isolates of direction, tags, soft hyphens) go, what is no UTF-8 becomes U+FFFD, every kind of
// line end becomes '\n', and a letter keeps at most maxMarks marks. All that can be seen stays.
func clean(s string) []rune {
	runes := make([]rune, 0, min(len(s), 1<<16))
	marks := 0
	for i, r := range s {
		switch {
		case r >= ' ' && r < 0x7F:
			marks = 0
			runes = append(runes, r)
			continue
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v' || r == '\f':
			r = '\n'
		case r == '\r':
			if strings.HasPrefix(s[i+1:], "\n") {
				continue
			}
			r = '\n'
		case unicode.IsControl(r):
			r = ' '
		case isHidden(r):
			continue
		case r == utf8.RuneError:
			r = '\uFFFD'
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		runes = append(runes, r)
	}
	return runes
}

// isHidden tells characters that only change how others are shown, save those that scripts need to be written (the
// joiners, and the marks of direction, which turn nothing but themselves).
func isHidden(r rune) bool {
	switch {
	case r == '\u00AD', r == '\uFEFF', r == '\u2060', r == '\u180E',
		r >= '\u202A' && r <= '\u202E',
		r >= '\u2061' && r <= '\u206F',
		r >= '\uFFF9' && r <= '\uFFFB',
		r >= 0xE0000 && r <= 0xE0FFF,
		r >= '\uFDD0' && r <= '\uFDEF', r&0xFFFE == 0xFFFE:
		return true
	}
	return false
}
