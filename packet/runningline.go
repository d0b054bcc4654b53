package packet

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// runningLine draws the line at the foot of every page: "Min-Jung Lee · Curriculum vitae · 12 / 97".
//
// On an imported page the line is a content stream after the page's own, which draws with fonts that are added to the
// page's. Lines are written by [runningLine.write] when the number of pages is known; until then each is a small record.
type runningLine struct {
	w       *pdf.Writer
	setter  *typeset.Setter
	pattern string // the edition's; "" draws nothing and leaves every page as it is
	words   map[string]string
	pending []pendingLine

	document string // of the line set last
	room     float64
	pieces   []linePiece
	set      map[string]*typeset.Line // texts that are set already
	opened   map[string]pdf.Ref       // streams that stand before pages' own, by what they say
}

// pendingLine is the line of one page, to be written under a number that the page knows already.
type pendingLine struct {
	ref      pdf.Ref
	document string
	page     int
	width    float64 // of the page as it is shown, in points
	upright  matrix
}

var styleRunning = typeset.Style{Size: 7, Leading: 9, Colour: typeset.Gray(0.42)}

// The line's place on a page as it is shown, in points from its lower edge and from its right.
const (
	runningBaseline = 15
	runningInset    = 30
	runningStrip    = 26 // what must be free for it
)

func newRunningLine(w *pdf.Writer, s *typeset.Setter, p *dossier.Posting, d *dossier.Dossier) *runningLine {
	return &runningLine{
		w: w, setter: s, pattern: p.Edition.RunningLine, set: make(map[string]*typeset.Line), opened: make(map[string]pdf.Ref),
		words: map[string]string{"name": d.Name.Full(), "appid": d.AppID.String(), "posting": p.Title},
	}
}

// overlay is what an imported page needs in order to show its running line.
type overlay struct {
	before, after pdf.Ref // content streams to stand before and after the page's own
	// fit is what happens to the page's own drawing, in its user space. Links and other annotations must be moved by it
	// too. It is the identity where the page has a margin.
	fit matrix
}

// wanted reports whether the edition has a running line. Where it has none, nothing about imported pages is to be changed.
func (r *runningLine) wanted() bool { return r.pattern != "" }

// fonts gives the entries to add to the Font dictionaries of a document's pages. No font of another program's has their
// names.
func (r *runningLine) fonts(document string) pdf.Dict {
	c := r.setter.NewCanvas()
	c.Use(r.line("0…"))
	c.Use(r.line(r.pattern))
	c.Use(r.line(document))
	for _, word := range slices.Sorted(maps.Keys(r.words)) {
		if strings.Contains(r.pattern, "{"+word+"}") {
			c.Use(r.line(r.words[word]))
		}
	}
	return c.Fonts()
}

// line sets a text, which is likely to come again.
func (r *runningLine) line(text string) *typeset.Line {
	l, ok := r.set[text]
	if !ok {
		l = r.setter.Line(text, styleRunning)
		r.set[text] = l
	}
	return l
}

// onPage gives the overlay of an imported page, the page's number being counted from 1 within the packet, and remembers to
// draw its line.
func (r *runningLine) onPage(g geometry, document string, page int) overlay {
	line := pendingLine{ref: r.w.Alloc(), document: document, page: page, upright: g.upright()}
	line.width, _ = g.shown()
	r.pending = append(r.pending, line)
	return overlay{before: r.open(g), after: line.ref, fit: g.fit()}
}

// open gives the stream to stand before a page's own, one for all pages that need the same.
func (r *runningLine) open(g geometry) pdf.Ref {
	content := opening(g)
	ref, ok := r.opened[string(content)]
	if !ok {
		ref = r.w.AddStream(pdf.Dict{}, content)
		r.opened[string(content)] = ref
	}
	return ref
}

// write draws the lines of all imported pages so far, of which the packet has total with its own. It comes before the
// setter is closed.
func (r *runningLine) write(total int) {
	for _, line := range r.pending {
		c := r.setter.NewCanvas()
		c.Raw(closing)
		c.Transform(line.upright)
		c.Raw("/Artifact<</Type/Pagination>>BDC")
		r.draw(c, line.width, line.document, line.page, total)
		c.Raw("EMC")
		c.Raw("Q")
		r.w.PutCompressed(line.ref, pdf.Dict{}, c.Content())
	}
	r.pending = nil
}

// onOwnPage draws the line on a page of the front matter.
func (r *runningLine) onOwnPage(p *typeset.Page, document string, page, total int) {
	if r.wanted() {
		p.Artifact(func() { r.draw(p.Canvas, p.Width, document, page, total) })
	}
}

func (r *runningLine) draw(c *typeset.Canvas, width float64, document string, page, total int) {
	l := r.whole(document, max(width-2*runningInset, width/2), page, total)
	c.Text(l, max(width-runningInset-l.Width, 0), runningBaseline)
}

// whole sets a page's line, at most as wide as there is room. What stays the same from page to page is set once; numbers
// stand where the pattern has them, also beside a name that is read from the right.
func (r *runningLine) whole(document string, room float64, page, total int) *typeset.Line {
	if document != r.document || room != r.room {
		r.document, r.room, r.pieces = document, room, r.split(document, room)
	}
	var lines []*typeset.Line
	for _, piece := range r.pieces {
		switch piece.word {
		case wordPage:
			lines = r.appendNumber(lines, page)
		case wordPages:
			lines = r.appendNumber(lines, total)
		default:
			lines = append(lines, piece.line)
		}
	}
	joined := typeset.Join(lines...)
	if joined.Width > room {
		return r.setter.Fit(joined.Text(), styleRunning, room)
	}
	return joined
}

// appendNumber adds a number's digits, which all have one width and so stand well side by side.
func (r *runningLine) appendNumber(lines []*typeset.Line, n int) []*typeset.Line {
	for _, digit := range strconv.Itoa(n) {
		lines = append(lines, r.line(string(digit)))
	}
	return lines
}

// linePiece is a part of the line: one that is set, or one of the words that change from page to page.
type linePiece struct {
	word string
	line *typeset.Line
}

const (
	wordPage  = "{page}"
	wordPages = "{pages}"
)

// split sets the parts of the pattern between page numbers. There is always one. Long words are cut, so that the numbers
// find their room.
func (r *runningLine) split(document string, room float64) []linePiece {
	words := maps.Clone(r.words)
	words["document"] = document
	for word, text := range words {
		if r.line(text).Width > 0.4*room {
			words[word] = r.setter.Fit(text, styleRunning, 0.4*room).Text()
		}
	}
	var pieces []linePiece
	for rest := r.pattern; rest != ""; {
		at, word := len(rest), ""
		for _, w := range []string{wordPage, wordPages} {
			if i := strings.Index(rest, w); i >= 0 && i < at {
				at, word = i, w
			}
		}
		if at > 0 {
			pieces = append(pieces, linePiece{line: r.line(dossier.Fill(rest[:at], words))})
		}
		if word != "" {
			pieces = append(pieces, linePiece{word: word})
		}
		rest = rest[at+len(word):]
	}
	return pieces
}

// guards is how many graphics states are saved around a page's content, before and again after it is fitted. Real pages
// leave states open, or close more than they opened; with some to spare the line is still drawn where it belongs
// (PDF 32000-1, 8.4.2).
const guards = 4

// opening is what stands before a page's own content. Where that is made smaller, what lay outside the page stays hidden.
func opening(g geometry) []byte {
	saves := bytes.Repeat([]byte("q "), guards)
	var fitted []byte
	if fit := g.fit(); fit != identity {
		fitted = g.clip(fit.appendTo(nil))
	}
	return slices.Concat(saves, fitted, saves, []byte("\n"))
}

// closing takes back what opening began, whatever the page's own content has done to the state since, and begins anew.
var closing = "\n" + strings.Repeat("Q ", 2*guards) + "q"
