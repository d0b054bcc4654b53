package foreign

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// pageTree is a file's pages in order.
type pageTree struct {
	leaves []leaf
	index  map[int]int // the place of the page that is the object of a number
}

// leaf is a page and what it inherits.
type leaf struct {
	types.Dict
	inherited types.Dict
}

// inheritable are the attributes of a page that a node above it may give (7.7.3.4).
var inheritable = []string{"Resources", "MediaBox", "CropBox", "Rotate"}

// maxTreeDepth is how deep a page tree may be. Programs balance theirs.
const maxTreeDepth = 300

// walk goes through a page tree that may be a graph, a loop or a bomb.
type walk struct {
	*source
	tree  pageTree
	above map[int]bool
	most  int
	nodes int
}

// pageTree collects the pages that the catalog leads to, at most so many.
func (s *source) pageTree(most int) (pageTree, error) {
	w := &walk{source: s, tree: pageTree{index: map[int]int{}}, above: map[int]bool{}, most: most}
	catalog := s.catalog()
	if catalog == nil {
		return w.tree, &Failure{Damaged, "no catalog"}
	}
	if err := w.node(catalog["Pages"], nil, 0); err != nil {
		return w.tree, err
	}
	if len(w.tree.leaves) == 0 {
		return w.tree, &Failure{NoPages, ""}
	}
	s.redraw = s.resolve(s.dict(catalog["AcroForm"])["NeedAppearances"]) == types.Boolean(true)
	root := s.dict(catalog["Pages"])
	if count, ok := s.number(root["Count"]); !ok || int(count) != len(w.tree.leaves) {
		s.odd.note("the page tree counts %v pages and has %d", root["Count"], len(w.tree.leaves))
	}
	return w.tree, nil
}

// catalog gives the document catalog, nil where the file names none.
func (s *source) catalog() types.Dict {
	return s.dict(s.root())
}

// node goes through a node of the tree: to its kids, or to itself if it is a page.
func (w *walk) node(o types.Object, inherited types.Dict, depth int) error {
	number := 0
	if ref, ok := o.(types.IndirectRef); ok {
		number = ref.ObjectNumber.Value()
	}
	d := w.dict(o)
	switch {
	case d == nil:
		w.odd.note("a page is missing")
		return nil
	case number != 0 && w.above[number]:
		w.odd.note("the page tree has a loop")
		return nil
	case depth > maxTreeDepth:
		return &Failure{Damaged, "the page tree is too deep"}
	}
	if w.nodes++; w.nodes > 4*w.most+1000 {
		return &Failure{ManyPages, "the page tree never ends"}
	}
	kids := w.array(d["Kids"])
	if kids == nil {
		return w.page(d, number, inherited)
	}
	w.above[number] = true
	defer delete(w.above, number)
	inherited = w.inherit(d, inherited)
	for _, kid := range kids {
		if err := w.node(kid, inherited, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) inherit(d, inherited types.Dict) types.Dict {
	next := maps.Clone(inherited)
	if next == nil {
		next = types.Dict{}
	}
	for _, key := range inheritable {
		if d[key] != nil {
			next[key] = d[key]
		}
	}
	return next
}

func (w *walk) page(d types.Dict, number int, inherited types.Dict) error {
	if kind := w.name(d["Type"]); kind != "Page" {
		w.odd.note("a page says it is a %q", kind)
		if kind == "Pages" && d["Contents"] == nil { // a node without kids
			return nil
		}
	}
	if len(w.tree.leaves) >= w.most {
		return &Failure{ManyPages, fmt.Sprintf("more than %d pages", w.most)}
	}
	if _, ok := w.tree.index[number]; !ok && number != 0 {
		w.tree.index[number] = len(w.tree.leaves)
	}
	w.tree.leaves = append(w.tree.leaves, leaf{d, inherited})
	return nil
}

// get gives a page's own attribute, or the one it inherits.
func (l leaf) get(key string) types.Object {
	if o := l.Dict[key]; o != nil {
		return o
	}
	return l.inherited[key]
}

// pageEntries are those of a page that are carried over as they are.
var pageEntries = map[string]bool{"BleedBox": true, "TrimBox": true, "ArtBox": true, "Group": true}

// page makes a page of the piece.
func (im *importer) page(l leaf) piece.Page {
	p := piece.Page{UserUnit: 1}
	im.boxes(&p, l)
	if turn, ok := im.source.number(l.get("Rotate")); ok {
		p.Rotate = ((int(turn)/90)*90%360 + 360) % 360
	}
	if unit, ok := im.source.number(l.Dict["UserUnit"]); ok && unit > 0 {
		p.UserUnit = unit
	}
	im.entries(&p.Entries, l.Dict, func(key string) bool { return !pageEntries[key] })
	p.Contents = im.contents(l.Dict["Contents"])
	p.Resources = im.resources(l.get("Resources"))
	p.Annots = im.annotations(l.Dict["Annots"], len(im.out.Pages))
	return p
}

// letter is the page of a file that gives it no size, as viewers have it.
var letter = pdf.Rect{0, 0, 612, 792}

func (im *importer) boxes(p *piece.Page, l leaf) {
	var ok bool
	if p.MediaBox, ok = im.rect(l.get("MediaBox")); !ok {
		im.odd.note("a page has no size")
		p.MediaBox = letter
	}
	p.CropBox = p.MediaBox
	if crop, ok := im.rect(l.get("CropBox")); ok {
		crop = pdf.Rect{
			max(crop[0], p.MediaBox[0]), max(crop[1], p.MediaBox[1]), min(crop[2], p.MediaBox[2]), min(crop[3], p.MediaBox[3]),
		}
		if crop[0] < crop[2] && crop[1] < crop[3] {
			p.CropBox = crop
		}
	}
}

// rect gives a rectangle with its corners in order, if o is one with something inside.
func (s *source) rect(o types.Object) (r pdf.Rect, ok bool) {
	a := s.array(o)
	if len(a) != 4 {
		return r, false
	}
	for i := range r {
		if r[i], ok = s.number(a[i]); !ok || math.Abs(r[i]) > 1e7 {
			return r, false
		}
	}
	r = pdf.Rect{min(r[0], r[2]), min(r[1], r[3]), max(r[0], r[2]), max(r[1], r[3])}
	return r, r[2]-r[0] > 0 && r[3]-r[1] > 0
}

// contents gives the numbers of a page's content streams.
func (im *importer) contents(o types.Object) (numbers []int) {
	switch resolved := im.resolve(o).(type) {
	case types.StreamDict:
		if ref, ok := o.(types.IndirectRef); ok {
			numbers = append(numbers, im.number(ref))
		}
	case types.Array:
		for _, element := range resolved {
			if _, ok := im.resolve(element).(types.StreamDict); ok {
				numbers = append(numbers, im.contents(element)...)
			} else {
				im.odd.note("a part of a page's contents is no stream")
			}
		}
	case nil:
		if o != nil {
			im.odd.note("a page's contents are missing")
		}
	default:
		im.odd.note("a page's contents are no stream")
	}
	return numbers
}

// resources gives the index of a resource dictionary within the piece.
func (im *importer) resources(o types.Object) int {
	d := im.dict(o)
	var key any
	if ref, ok := o.(types.IndirectRef); ok {
		key = ref
	} else {
		key = reflect.ValueOf(d).Pointer() // pages inherit the very same one
	}
	if i, ok := im.shared[key]; ok {
		return i
	}
	if d == nil && o != nil {
		im.odd.note("a page's resources are missing")
	}
	var r piece.Resources
	fonts := im.dict(d["Font"])
	im.entries(&r.Fonts, fonts, nil)
	r.FontNames = slices.Sorted(maps.Keys(fonts))
	im.entries(&r.Others, d, func(key string) bool { return key == "Font" })
	im.shared[key] = len(im.out.Resources)
	im.out.Resources = append(im.out.Resources, r)
	return im.shared[key]
}

// appendExact adds a number with as many decimals as it needs to be read as the same one again, where that is not more
// than anybody means.
func appendExact(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, '0')
	}
	var few [32]byte
	text := strconv.AppendFloat(few[:0], v, 'f', -1, 64)
	if len(text) > 24 {
		return pdf.AppendReal(b, v)
	}
	return append(b, text...)
}
