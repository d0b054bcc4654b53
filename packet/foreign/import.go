package foreign

import (
	"slices"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// maxDepth is how deep objects are followed before the rest is left for later, so that a chain of a million objects does
// not need a stack for a million calls.
const maxDepth = 400

// importer cuts pages out of a source. Objects are carried over when something that is carried over refers to them, each
// once, so what nothing on a page needs stays behind: scripts, attachments, forms' logic, the structure tree, metadata.
type importer struct {
	*source
	out     *piece.Piece
	numbers map[int]int // piece's numbers by the source's
	later   []int       // the source's numbers of objects left for later
	depth   int
	pages   pageTree
	layers  map[int]int // groups among them: piece's numbers by the source's
	places  *places
	shared  map[any]int // resources by what they come from: a reference, or where in memory they are
	keys    []string    // of the dictionaries that are being added, one within the other

	onPage   map[int]int // annotations of the page at work: piece's numbers by the source's
	repeated int         // annotations carried over that an earlier page has too
}

// importPages makes a piece of a source's pages, at most so many.
func importPages(s *source, most int) (*piece.Piece, error) {
	im := &importer{
		source: s, out: &piece.Piece{}, numbers: map[int]int{}, layers: map[int]int{}, shared: map[any]int{},
	}
	var err error
	if im.pages, err = s.pageTree(most); err != nil {
		return nil, err
	}
	im.places = &places{source: s, pages: im.pages.index}
	for _, leaf := range im.pages.leaves {
		im.out.Pages = append(im.out.Pages, im.page(leaf))
	}
	im.finish()
	im.out.Outline = im.outline()
	im.out.Layers = im.optionalContent()
	im.finish()
	return im.out, nil
}

// finish carries over what was left for later.
func (im *importer) finish() {
	for len(im.later) > 0 {
		number := im.later[len(im.later)-1]
		im.later = im.later[:len(im.later)-1]
		im.carry(number, im.object(number))
	}
}

// number gives the piece's number for an object of the source, which is carried over on first sight. It is 0 for what is
// null or must not be carried over.
func (im *importer) number(ref types.IndirectRef) int {
	source := ref.ObjectNumber.Value()
	if n, ok := im.numbers[source]; ok {
		return n
	}
	o := im.object(source)
	if o == nil || im.staysBehind(o) {
		im.numbers[source] = 0
		return 0
	}
	if next, ok := o.(types.IndirectRef); ok { // a reference to a reference, which no file should have
		im.odd.note("an object is a reference")
		im.numbers[source] = 0
		n := im.number(next)
		im.numbers[source] = n
		return n
	}
	n := im.out.Alloc()
	im.numbers[source] = n
	if im.depth >= maxDepth {
		im.later = append(im.later, source)
		return n
	}
	im.depth++
	im.carry(source, o)
	im.depth--
	return n
}

// staysBehind reports whether an object belongs to the file rather than to a page: whoever refers to one of these from
// within a page would bring along other pages.
func (im *importer) staysBehind(o types.Object) bool {
	d, ok := o.(types.Dict)
	if !ok {
		return false
	}
	switch im.name(d["Type"]) {
	case "Page", "Pages", "Catalog", "StructTreeRoot", "StructElem", "Filespec", "Action", "Outlines":
		return true
	}
	return false
}

// carry adds an object of the source to the piece.
func (im *importer) carry(source int, o types.Object) {
	out := piece.Object{Number: im.numbers[source], Shared: true}
	if d, ok := o.(types.Dict); ok && isOneOfAKind(im.name(d["Type"])) {
		out.Shared = false
		if im.name(d["Type"]) == "OCG" {
			im.layers[source] = out.Number
		}
	}
	if d, ok := o.(types.StreamDict); ok {
		out.Stream = true
		im.reader.put(&out, d)
		im.streamDict(&out.Body, d.Dict)
	} else {
		im.value(&out.Body, o)
	}
	im.out.Put(out)
}

// isOneOfAKind reports whether two equal objects of a type are two things all the same: switching a layer of one document
// must not switch another's.
func isOneOfAKind(kind string) bool { return kind == "OCG" || kind == "OCMD" || kind == "Annot" }

// behind are the entries that are never carried over, in whatever dictionary they stand: what acts, what is attached, and
// what describes the file rather than the look of a page.
var behind = map[string]bool{
	"AA": true, "AF": true, "JS": true, "JavaScript": true, "OpenAction": true, "EF": true, "RF": true,
	"Metadata": true, "PieceInfo": true, "StructParent": true, "StructParents": true, "OPI": true, "XFA": true,
}

// streamOnly are the entries of stream dictionaries that point out of the file (7.3.8.2), and Length, which the writer adds.
var streamOnly = map[string]bool{"Length": true, "F": true, "FFilter": true, "FDecodeParms": true, "DL": true}

func (im *importer) streamDict(b *piece.Body, d types.Dict) {
	form := im.name(d["Subtype"]) == "Form"
	if im.isCrypt(d["Filter"]) {
		im.odd.note("a stream has an encryption of its own")
	}
	im.dictWithout(b, d, func(key string) bool {
		return streamOnly[key] || (form && (key == "Ref" || key == "PS"))
	})
}

// isCrypt reports whether a stream's filters deal with encryption (7.4.10), which pdfcpu undoes for whole files only.
func (im *importer) isCrypt(filter types.Object) bool {
	filters := im.array(filter)
	if filters == nil {
		filters = types.Array{filter}
	}
	return slices.ContainsFunc(filters, func(f types.Object) bool { return im.name(f) == "Crypt" })
}

func (im *importer) dictWithout(b *piece.Body, d types.Dict, skip func(key string) bool) {
	b.String("<<")
	im.entries(b, d, skip)
	b.String(">>")
}

// entries adds a dictionary's entries by key. What leads to nothing is left out, which means the same (7.3.7).
func (im *importer) entries(b *piece.Body, d types.Dict, skip func(key string) bool) {
	from := len(im.keys)
	for key, value := range d {
		if value != nil && !behind[key] && (skip == nil || !skip(key)) {
			im.keys = append(im.keys, key)
		}
	}
	keys := im.keys[from:]
	slices.Sort(keys)
	defer func() { im.keys = im.keys[:from] }()
	for _, key := range keys { // they stay where they are, whatever is added behind them
		text, holes := len(b.Text), len(b.Holes)
		b.Value(pdf.Name(key))
		b.String(" ")
		if !im.value(b, d[key]) {
			b.Text, b.Holes = b.Text[:text], b.Holes[:holes]
		}
	}
}

// value adds an object, and reports whether it is anything but null.
func (im *importer) value(b *piece.Body, o types.Object) bool {
	switch o := o.(type) {
	case types.IndirectRef:
		if n := im.number(o); n != 0 {
			b.Ref(n)
			return true
		}
		b.String("null")
		return false
	case types.Dict:
		if im.staysBehind(o) {
			b.String("null")
			return false
		}
		im.dictWithout(b, o, nil)
	case types.Array:
		b.String("[")
		for i, element := range o {
			if i > 0 {
				b.String(" ")
			}
			im.value(b, element)
		}
		b.String("]")
	case types.StreamDict: // only an object of its own can be a stream
		im.odd.note("a stream stands within another object")
		b.String("null")
		return false
	default:
		return im.plain(b, o)
	}
	return true
}

// plain adds an object that holds no others.
func (im *importer) plain(b *piece.Body, o types.Object) bool {
	switch o := o.(type) {
	case types.Boolean:
		b.Value(pdf.Bool(o))
	case types.Integer:
		b.Value(pdf.Int(o))
	case types.Float:
		b.Text = appendExact(b.Text, float64(o))
	case types.Name:
		b.Value(pdf.Name(o))
	case types.StringLiteral:
		b.Value(pdf.String(im.bytes(o)))
	case types.HexLiteral:
		b.Value(pdf.Hex(im.bytes(o)))
	case nil:
		b.String("null")
		return false
	default:
		im.odd.note("an object of the unknown kind %T", o)
		b.String("null")
		return false
	}
	return true
}

// webLink gives the address of a link that leads to the web or to a mailbox, "" for any other.
func webLink(address string) string {
	lower := strings.ToLower(strings.TrimSpace(address))
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if strings.HasPrefix(lower, scheme) {
			return strings.TrimSpace(address)
		}
	}
	return ""
}
