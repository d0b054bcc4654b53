package typeset

import (
	"slices"

	"github.com/ejmx/ejmx/packet/pdf"
)

// Tags is the structure of a file's text (PDF 32000-1, 14.7 and 14.8): what is a heading, what a paragraph, in the order
// it is read. Those who have pages read to them hear it.
//
// Pages that are not made by this package must carry no StructParents of their own.
type Tags struct {
	w       *pdf.Writer
	tree    pdf.Ref
	root    *Element
	parents []pdf.Object // the parent tree: for a page its elements by marked-content identifier, for an annotation its element
}

// NewTags starts the structure of a file.
func NewTags(w *pdf.Writer) *Tags {
	t := &Tags{w: w, tree: w.Alloc()}
	t.root = &Element{tags: t, kind: "Document", ref: w.Alloc(), parent: t.tree}
	return t
}

// Root is the element that holds all others. For nil Tags it is nil.
func (t *Tags) Root() *Element {
	if t == nil {
		return nil
	}
	return t.root
}

// Close writes the structure and gives it for the catalog's StructTreeRoot entry. The catalog must also say
// MarkInfo <</Marked true>> and name a Lang.
func (t *Tags) Close() pdf.Ref {
	t.root.put()
	var numbers pdf.Array
	for i, parent := range t.parents {
		if parent != nil {
			numbers = append(numbers, pdf.Int(i), parent)
		}
	}
	t.w.Put(t.tree, pdf.Dict{
		"Type": pdf.Name("StructTreeRoot"), "K": t.root.ref,
		"ParentTree": t.w.Add(pdf.Dict{"Nums": numbers}), "ParentTreeNextKey": pdf.Int(len(t.parents)),
	})
	return t.tree
}

// page reserves a page's place in the parent tree.
func (t *Tags) page() int {
	t.parents = append(t.parents, nil)
	return len(t.parents) - 1
}

// object reserves the place of an annotation that belongs to an element.
func (t *Tags) object(e *Element) int {
	t.parents = append(t.parents, e.ref)
	return len(t.parents) - 1
}

// Element is a part of the structure: "H1", "P", "L", "LI", "Table", "TR", "TD", "Link", … (14.8.4). Methods of a nil
// Element do nothing, so that code which draws need not ask whether a file is tagged.
type Element struct {
	tags        *Tags
	kind        pdf.Name
	ref, parent pdf.Ref
	kids        pdf.Array
	children    []*Element
}

// Add appends an element under e.
func (e *Element) Add(kind pdf.Name) *Element {
	if e == nil {
		return nil
	}
	child := &Element{tags: e.tags, kind: kind, ref: e.tags.w.Alloc(), parent: e.ref}
	e.children = append(e.children, child)
	e.kids = append(e.kids, child.ref)
	return child
}

// AddFirst is Add for what is read before all that e has already, though it is drawn later.
func (e *Element) AddFirst(kind pdf.Name) *Element {
	child := e.Add(kind)
	if e != nil {
		last := len(e.kids) - 1
		e.kids = slices.Insert(e.kids[:last], 0, pdf.Object(child.ref))
	}
	return child
}

func (e *Element) addContent(p *Page, id int) {
	e.kids = append(e.kids, pdf.Dict{"Type": pdf.Name("MCR"), "Pg": p.ref, "MCID": pdf.Int(id)})
}

func (e *Element) put() {
	e.tags.w.Put(e.ref, pdf.Dict{"Type": pdf.Name("StructElem"), "S": e.kind, "P": e.parent, "K": e.kids})
	for _, child := range e.children {
		child.put()
	}
}
