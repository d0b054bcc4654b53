package typeset

import (
	"slices"
	"sync"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// press is what shapes text, with all it has learnt: which rules a script needs, which glyph a character has, how words
// look that stand in every file. Learning takes longer than setting a cover, so a press goes from file to file. One file
// has it at a time.
type press struct {
	cuts      map[faceKey]*cut
	byLibrary map[*font.Face]*cut // by the shaping library's own
	shaper    shaping.HarfbuzzShaper
	segmenter shaping.Segmenter
	wrapper   shaping.LineWrapper
	levels    bidi.Paragraph
	known     map[words]shaped
}

// cut is a family in a weight, as the shaping library has it.
type cut struct {
	*font.Face
	name   string
	glyphs *glyphTables
	thick  bool // the weight is made bold by drawing outlines around the letters
}

type faceKey struct {
	family *family
	bold   bool
}

var presses = sync.Pool{New: func() any {
	p := &press{cuts: make(map[faceKey]*cut), byLibrary: make(map[*font.Face]*cut), known: make(map[words]shaped)}
	p.shaper.SetFontCacheSize(2 * len(families)) // each in two weights
	return p
}}

func borrowPress() *press { return presses.Get().(*press) }

func (p *press) giveBack() { presses.Put(p) }

// cut gives a family's face in a weight, reading its font if this process has not yet.
func (p *press) cut(f *family, bold bool) *cut {
	key := faceKey{f, bold}
	if have, ok := p.cuts[key]; ok {
		return have
	}
	file := f.regular
	if bold && f.bold != nil {
		file = f.bold
	}
	parsed := file.load()
	made := &cut{Face: font.NewFace(parsed.Font), name: file.name, glyphs: parsed.glyphs, thick: bold && f.bold == nil}
	p.cuts[key], p.byLibrary[made.Face] = made, made
	return made
}

func (c *cut) has(r rune) bool {
	_, ok := c.NominalGlyph(r)
	return ok
}

// words are a paragraph in a weight. Its size does not matter: text is shaped in one size.
type words struct {
	text string
	bold bool
}

// shaped is a paragraph as glyphs, in runs of one font, script and direction, in reading order.
type shaped struct {
	runs      []shaping.Output
	levels    []bidi.Level // each character's embedding level (UAX #9)
	direction di.Direction
}

// clone gives runs that the shaping library may change.
func (s shaped) clone() shaped {
	s.runs = slices.Clone(s.runs)
	for i := range s.runs {
		s.runs[i].Glyphs = slices.Clone(s.runs[i].Glyphs)
	}
	return s
}

// What a press remembers of text it has shaped: labels, headings, names. Beyond that it begins anew.
const (
	mostKnown    = 2000
	longestKnown = 120 // characters
)

// shape turns a paragraph into glyphs, which are not to be changed.
func (p *press) shape(text []rune, bold bool) shaped {
	if len(text) > longestKnown {
		return p.shapeAnew(text, bold)
	}
	key := words{string(text), bold}
	if s, ok := p.known[key]; ok {
		return s
	}
	if len(p.known) >= mostKnown {
		clear(p.known)
	}
	s := p.shapeAnew(text, bold)
	p.known[key] = s
	return s
}

func (p *press) shapeAnew(text []rune, bold bool) shaped {
	direction, standard := directionOf(text)
	found := p.levels.Segment(text, standard)
	s := shaped{levels: make([]bidi.Level, len(text)), direction: direction}
	for i := range found.NumRuns() {
		run := found.Run(i)
		for k := run.Start; k < run.End; k++ {
			s.levels[k] = run.Level
		}
	}
	inputs := p.segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: direction, Size: fixed.I(unit),
	}, &fontmap{press: p, bold: bold})
	for _, input := range inputs {
		s.runs = append(s.runs, p.shaper.Shape(input)) // with extents: the wrapper knows a space by its empty one
	}
	return s
}

// directionOf gives a paragraph's direction: that of its first letter (UAX #9, P2 and P3).
func directionOf(text []rune) (di.Direction, bidi.Direction) {
	for _, r := range text {
		if script := language.LookupScript(r); script.Strong() {
			if isRightToLeft(script) {
				return di.DirectionRTL, bidi.RightToLeft
			}
			break
		}
	}
	return di.DirectionLTR, bidi.LeftToRight
}

func isRightToLeft(s language.Script) bool {
	switch s {
	case language.Arabic, language.Hebrew, language.Syriac, language.Thaana, language.Nko, language.Adlam,
		language.Mandaic, language.Samaritan, language.Hanifi_Rohingya:
		return true
	}
	return false
}
