package typeset

import (
	"iter"
	"slices"
	"unicode"
)

// maxParagraph is how many characters are shaped at once. A longer paragraph, which no one wrote by hand, is broken
// there: memory and time then grow with its length and no faster, and widths stay within the library's range.
const maxParagraph = 4000

// paragraphs gives text by its line ends, and paragraphs that are too long in pieces.
func paragraphs(text []rune) iter.Seq[[]rune] {
	return func(yield func([]rune) bool) {
		for {
			end := slices.Index(text, '\n')
			whole := end < 0
			if whole {
				end = len(text)
			}
			for piece := range pieces(text[:end]) {
				if !yield(piece) {
					return
				}
			}
			if whole {
				return
			}
			text = text[end+1:]
		}
	}
}

// pieces cuts a paragraph after a space near maxParagraph, or anywhere if it has none.
func pieces(text []rune) iter.Seq[[]rune] {
	return func(yield func([]rune) bool) {
		for len(text) > maxParagraph {
			cut := maxParagraph
			for i := maxParagraph; i > maxParagraph/2; i-- {
				if unicode.IsSpace(text[i-1]) {
					cut = i
					break
				}
			}
			if !yield(text[:cut:cut]) {
				return
			}
			text = text[cut:]
		}
		yield(slices.Clip(text))
	}
}
