package foreign

import (
	"maps"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// maxNames is how many named destinations of a document are read.
const maxNames = 200_000

// places finds what destinations lead to (12.3.2). Named ones are resolved, so that no name is left that another document
// of the packet may have as well: every paper has its "section.1".
type places struct {
	*source
	pages map[int]int
	named map[string]types.Object // filled when the first name is looked up
}

// place is a page and what of it to show.
type place struct {
	page int
	view pdf.Array // how it is shown, from the name on
	top  float64   // height on the page; hasTop says whether the view gives one
	has  bool
}

// put writes the place as an explicit destination.
func (p place) put(b *piece.Body) {
	b.String("[")
	b.Ref(piece.ToPage(p.page))
	for _, o := range p.view {
		b.String(" ")
		b.Value(o)
	}
	b.String("]")
}

// of gives where a link or bookmark leads, by its Dest or its go-to action.
func (p *places) of(d types.Dict) (place, bool) {
	if to, ok := p.find(d["Dest"], 0); ok {
		return to, true
	}
	if action := p.dict(d["A"]); p.name(action["S"]) == "GoTo" {
		return p.find(action["D"], 0)
	}
	return place{}, false
}

// find resolves a destination: an array, a name for one, or a dictionary around one.
func (p *places) find(o types.Object, depth int) (place, bool) {
	if depth > 8 {
		return place{}, false
	}
	switch o := p.resolve(o).(type) {
	case types.Array:
		return p.explicit(o)
	case types.Dict:
		return p.find(o["D"], depth+1)
	case types.Name:
		return p.find(p.lookUp(string(o)), depth+1)
	case types.StringLiteral, types.HexLiteral:
		return p.find(p.lookUp(string(p.bytes(o))), depth+1)
	}
	return place{}, false
}

// views are the ways to show a page, and which of their numbers is a height on it, counted from 1.
var views = map[string]struct{ numbers, top int }{
	"XYZ": {3, 2}, "Fit": {0, 0}, "FitH": {1, 1}, "FitV": {1, 0}, "FitR": {4, 4}, "FitB": {0, 0}, "FitBH": {1, 1}, "FitBV": {1, 0},
}

func (p *places) explicit(a types.Array) (to place, ok bool) {
	if len(a) == 0 {
		return to, false
	}
	switch page := a[0].(type) {
	case types.IndirectRef:
		to.page, ok = p.pages[page.ObjectNumber.Value()]
	case types.Integer:
		to.page, ok = int(page), int(page) >= 0 && int(page) < len(p.pages)
	}
	if !ok {
		return to, false
	}
	kind := "Fit"
	if len(a) > 1 {
		kind = p.name(a[1])
	}
	view, known := views[kind]
	if !known {
		kind, view = "Fit", views["Fit"]
	}
	to.view = pdf.Array{pdf.Name(kind)}
	for i := range view.numbers {
		var number pdf.Object = pdf.Null{}
		if i+2 < len(a) {
			if v, ok := p.number(a[i+2]); ok {
				number = pdf.Real(v)
				if i+1 == view.top {
					to.top, to.has = v, true
				}
			}
		}
		to.view = append(to.view, number)
	}
	return to, true
}

// lookUp gives the destination of a name, from the catalog's Dests or its name tree.
func (p *places) lookUp(name string) types.Object {
	if p.named == nil {
		p.named = map[string]types.Object{}
		catalog := p.catalog()
		maps.Copy(p.named, p.dict(catalog["Dests"]))
		p.collect(p.dict(catalog["Names"])["Dests"], 0, &[]int{maxNames}[0])
	}
	return p.named[name]
}

// collect reads a name tree (7.9.6), as far as so many nodes and names.
func (p *places) collect(o types.Object, depth int, left *int) {
	node := p.dict(o)
	if *left--; node == nil || depth > 32 || *left < 0 {
		return
	}
	names := p.array(node["Names"])
	for i := 0; i+1 < len(names) && *left > 0; i += 2 {
		*left--
		name := string(p.bytes(names[i]))
		if _, ok := p.named[name]; !ok {
			p.named[name] = names[i+1]
		}
	}
	for _, kid := range p.array(node["Kids"]) {
		p.collect(kid, depth+1, left)
	}
}
