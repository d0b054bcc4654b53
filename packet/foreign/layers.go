package foreign

import (
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/piece"
)

// optionalContent gives what the file says by default of the layers that its pages use (8.11.4). Every layer is on that the
// file does not turn off.
func (im *importer) optionalContent() (l piece.Layers) {
	if len(im.layers) == 0 {
		return l
	}
	properties := im.dict(im.catalog()["OCProperties"])
	d := im.dict(properties["D"])
	on, off := im.groups(d["ON"]), im.groups(d["OFF"])
	baseOff := im.name(d["BaseState"]) == "OFF"
	for _, n := range im.layers {
		l.Groups = append(l.Groups, n)
		if slices.Contains(off, n) || (baseOff && !slices.Contains(on, n)) {
			l.Off = append(l.Off, n)
		}
	}
	slices.Sort(l.Groups)
	slices.Sort(l.Off)
	l.Locked = im.groups(d["Locked"])
	im.order(&l.Order, im.array(d["Order"]), 0)
	for _, set := range im.array(d["RBGroups"]) {
		if numbers := im.groups(set); len(numbers) > 1 {
			l.Radio = append(l.Radio, listOf(numbers))
		}
	}
	for _, usage := range im.array(d["AS"]) {
		if b, ok := im.usage(im.dict(usage)); ok {
			l.Apply = append(l.Apply, b)
		}
	}
	return l
}

// groups gives the numbers of those layers of an array that are carried over.
func (im *importer) groups(o types.Object) (numbers []int) {
	for _, element := range im.array(o) {
		if ref, ok := element.(types.IndirectRef); ok {
			if n, ok := im.layers[ref.ObjectNumber.Value()]; ok && !slices.Contains(numbers, n) {
				numbers = append(numbers, n)
			}
		}
	}
	return numbers
}

func listOf(numbers []int) (b piece.Body) {
	b.String("[")
	for _, n := range numbers {
		b.Ref(n)
		b.String(" ")
	}
	b.String("]")
	return b
}

// order writes the tree in which viewers list the layers, which nests arrays and labels.
func (im *importer) order(b *piece.Body, a types.Array, depth int) {
	for _, element := range a {
		if ref, ok := element.(types.IndirectRef); ok {
			if n, ok := im.layers[ref.ObjectNumber.Value()]; ok {
				b.Ref(n)
				b.String(" ")
				continue
			}
		}
		switch o := im.resolve(element).(type) {
		case types.Array:
			if depth < 16 {
				b.String("[")
				im.order(b, o, depth+1)
				b.String("]")
			}
		case types.StringLiteral, types.HexLiteral:
			im.plain(b, o)
		}
	}
}

// usage gives a usage application dictionary: at what event the layers' own usage decides whether they are shown.
func (im *importer) usage(d types.Dict) (b piece.Body, ok bool) {
	numbers := im.groups(d["OCGs"])
	if len(numbers) == 0 {
		return b, false
	}
	b.String("<<")
	im.entries(&b, d, func(key string) bool { return key != "Event" && key != "Category" })
	b.String("/OCGs ")
	groups := listOf(numbers)
	for i := range groups.Holes {
		groups.Holes[i].At += len(b.Text)
	}
	b.Text, b.Holes = append(b.Text, groups.Text...), append(b.Holes, groups.Holes...)
	b.String(">>")
	return b, true
}
