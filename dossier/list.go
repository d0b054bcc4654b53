package dossier

import (
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// Listed is the name as lists have it, by the last name: "Lee, Min-Jung". It has single blanks and none of the characters
// that turn the reading order of what follows around.
func (n Name) Listed() string {
	last, first := inOrder(n.Last), inOrder(n.First+" "+n.Middle)
	if last == "" || first == "" {
		return last + first
	}
	return last + ", " + first
}

// inOrder drops the bidi controls that override or isolate (Unicode UAX #9, section 2), and needless blanks.
func inOrder(words string) string {
	words = strings.Map(func(r rune) rune {
		if '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069' {
			return -1
		}
		return r
	}, words)
	return strings.Join(strings.Fields(words), " ")
}

// Letters gives how many letters have arrived, and how many the applicant asked for.
func (d *Dossier) Letters() (in, requested int) {
	for i := range d.Documents {
		if doc := &d.Documents[i]; doc.Kind == ejm.KindLetter {
			requested++
			if doc.State.HasBytes() {
				in++
			}
		}
	}
	return in, requested
}
