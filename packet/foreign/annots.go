package foreign

import (
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// maxAnnotations is how many annotations of one page are carried over, and how many in all that an earlier page has too.
const maxAnnotations = 20_000

// remarks are the kinds of annotation that only show something (12.5.6). The others play, attach, run or take input: of
// them only the look is kept.
var remarks = map[string]bool{
	"Text": true, "Link": true, "FreeText": true, "Line": true, "Square": true, "Circle": true, "Polygon": true,
	"PolyLine": true, "Highlight": true, "Underline": true, "Squiggly": true, "StrikeOut": true, "Stamp": true,
	"Caret": true, "Ink": true, "Popup": true, "Watermark": true, "Redact": true,
}

// remarkEntries are the entries of a remark that are carried over as they are.
var remarkEntries = map[string]bool{
	"Subtype": true, "Contents": true, "NM": true, "M": true, "F": true, "AS": true, "Border": true, "C": true,
	"OC": true, "Subj": true, "T": true, "CA": true, "ca": true, "BM": true, "CreationDate": true, "Lang": true,
	"LE": true, "IC": true, "BE": true, "BS": true, "RD": true, "DA": true, "DS": true, "Q": true, "IT": true, "Name": true, "Open": true, "State": true,
	"StateModel": true, "LL": true, "LLE": true, "Cap": true, "LLO": true, "CP": true, "CO": true, "RT": true, "Sy": true,
	"H": true, "OverlayText": true, "RO": true, "Repeat": true, "FixedPrint": true,
}

// lookEntries are those of an annotation of which only the look is kept.
var lookEntries = map[string]bool{"AS": true, "OC": true, "M": true}

// annotation is one that is carried over.
type annotation struct {
	types.Dict
	number int
	kind   string
}

// annotations gives those of a page's annotations that are carried over.
func (im *importer) annotations(o types.Object, page int) (annots []piece.Annot) {
	var kept []annotation
	im.onPage = map[int]int{}
	for _, element := range im.array(o) {
		if len(kept) == maxAnnotations {
			im.odd.note("a page has more than %d annotations", maxAnnotations)
			break
		}
		if a, ok := im.annotation(element); ok {
			kept = append(kept, a)
		}
	}
	for _, a := range kept {
		out := piece.Annot{Number: a.number, Points: im.points(a.Dict), Look: !remarks[a.kind]}
		if remarks[a.kind] {
			im.remark(&out.Body, a, page)
		} else {
			im.look(&out.Body, a, page)
		}
		annots = append(annots, out)
	}
	return annots
}

// points takes the entries of an annotation that say where it is.
func (im *importer) points(d types.Dict) (all []piece.Points) {
	for _, key := range []string{"Rect", "QuadPoints", "L", "Vertices", "CL"} {
		if list := im.numberList(d[key]); len(list) > 0 {
			all = append(all, piece.Points{Key: key, Lists: [][]float64{list}})
		}
	}
	ink := piece.Points{Key: "InkList", Nested: true}
	for _, element := range im.array(d[ink.Key]) {
		ink.Lists = append(ink.Lists, im.numberList(element))
	}
	if len(ink.Lists) > 0 {
		all = append(all, ink)
	}
	return all
}

// numberList gives an array of pairs of numbers, or none if it is anything else.
func (s *source) numberList(o types.Object) []float64 {
	a := s.array(o)
	list := make([]float64, len(a))
	for i := range a {
		v, ok := s.number(a[i])
		if !ok || len(a)%2 != 0 {
			return nil
		}
		list[i] = v
	}
	return list
}

// annotation gives an annotation a number, if it is to be carried over. Pages may share one, against the standard (12.5.2):
// each has one of its own then.
func (im *importer) annotation(o types.Object) (a annotation, ok bool) {
	d, ok := im.resolve(o).(types.Dict)
	if !ok {
		return a, false
	}
	a = annotation{Dict: d, kind: im.name(d["Subtype"])}
	if !remarks[a.kind] && im.appearance(d) == nil {
		mark := im.dict(d["MK"])
		if a.kind == "Widget" && (im.hasValue(d) || mark["BC"] != nil || mark["BG"] != nil) {
			im.unseen = true
		}
		return a, false
	}
	if _, ok := im.rect(d["Rect"]); !ok && a.kind != "Popup" && im.appearance(d) != nil {
		im.odd.note("an annotation has no place")
	}
	ref, isRef := o.(types.IndirectRef)
	if !isRef {
		a.number = im.out.Alloc()
		return a, true
	}
	source := ref.ObjectNumber.Value()
	if im.onPage[source] != 0 || im.numbers[source] != 0 && !im.mayRepeat() {
		return a, false
	}
	a.number = im.out.Alloc()
	im.onPage[source] = a.number
	if im.numbers[source] == 0 {
		im.numbers[source] = a.number
	}
	return a, true
}

// mayRepeat counts an annotation that an earlier page has too, and reports whether it is not one too many: a thousand pages
// that share a thousand would be a million.
func (im *importer) mayRepeat() bool {
	if im.repeated == maxAnnotations {
		im.odd.note("pages share more than %d annotations", maxAnnotations)
		return false
	}
	im.repeated++
	return true
}

// appearance gives the normal appearance (12.5.5): a stream, or a dictionary of one for each state.
func (im *importer) appearance(d types.Dict) types.Object { return im.dict(d["AP"])["N"] }

// hasValue reports whether a field, or one above it, is filled in.
func (im *importer) hasValue(d types.Dict) bool {
	for range 16 {
		if d == nil {
			return false
		}
		if v := im.resolve(d["V"]); v != nil {
			return im.text(v) != ""
		}
		d = im.dict(d["Parent"])
	}
	return false
}

// remark writes an annotation that shows something.
func (im *importer) remark(b *piece.Body, a annotation, page int) {
	im.annotationStart(b, page)
	im.entries(b, a.Dict, func(key string) bool { return !remarkEntries[key] })
	im.putAppearance(b, a.Dict)
	for _, key := range []string{"Popup", "Parent", "IRT"} {
		if ref, ok := a.Dict[key].(types.IndirectRef); ok && (key != "Parent" || a.kind == "Popup") {
			if n := im.onPage[ref.ObjectNumber.Value()]; n != 0 {
				b.Value(pdf.Name(key))
				b.String(" ")
				b.Ref(n)
			}
		}
	}
	if a.kind == "Link" {
		im.link(b, a.Dict)
	}
}

// Flags of annotations (12.5.3).
const (
	readOnly = 1 << 6
	locked   = 1 << 7
)

// look writes an annotation as a stamp of its appearance: what a form field shows stays, what it does is gone.
func (im *importer) look(b *piece.Body, a annotation, page int) {
	flags, _ := im.source.number(a.Dict["F"])
	im.annotationStart(b, page)
	b.String("/Subtype/Stamp/F ")
	b.Value(pdf.Int(int(flags) | readOnly | locked))
	im.entries(b, a.Dict, func(key string) bool { return !lookEntries[key] })
	im.putAppearance(b, a.Dict)
}

func (im *importer) annotationStart(b *piece.Body, page int) {
	b.String("/Type/Annot/P ")
	b.Ref(piece.ToPage(page))
}

func (im *importer) putAppearance(b *piece.Body, d types.Dict) {
	normal := im.appearance(d)
	if normal == nil {
		return
	}
	text, holes := len(b.Text), len(b.Holes)
	b.String("/AP<</N ")
	if im.value(b, normal) {
		b.String(">>")
	} else {
		b.Text, b.Holes = b.Text[:text], b.Holes[:holes]
	}
}

// link writes where a link leads: to a page of the same document, or to the web. All other actions stay behind.
func (im *importer) link(b *piece.Body, d types.Dict) {
	if to, ok := im.places.of(d); ok {
		b.String("/Dest")
		to.put(b)
		return
	}
	action := im.dict(d["A"])
	if im.name(action["S"]) != "URI" {
		return
	}
	if address := webLink(string(im.bytes(action["URI"]))); address != "" {
		b.String("/A<</S/URI/URI ")
		b.Value(pdf.String(address))
		b.String(">>")
	}
}
