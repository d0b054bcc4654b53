package packet

import (
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// layers gives the catalog's OCProperties (PDF 32000-1, 8.11.4), nil when no document has layers: those of all documents,
// as each document sets them, listed under the document's name.
func (a *assembly) layers() pdf.Object {
	var groups, off, locked, order, radio, apply pdf.Array
	for i := range a.parts {
		p := &a.parts[i]
		if p.Piece == nil || len(p.Layers.Groups) == 0 {
			continue
		}
		l := p.Layers
		groups = append(groups, a.refs(p, l.Groups)...)
		off = append(off, a.refs(p, l.Off)...)
		locked = append(locked, a.refs(p, l.Locked)...)
		if !l.Order.Empty() {
			order = append(order, pdf.Raw(append(a.bound(p, l.Order, pdf.Text(a.dossier.Documents[i].Label).Append([]byte("["))), ']')))
		}
		radio = append(radio, a.bodies(p, l.Radio)...)
		apply = append(apply, a.bodies(p, l.Apply)...)
	}
	if len(groups) == 0 {
		return nil
	}
	d := pdf.Dict{"Name": pdf.Text("As sent"), "BaseState": pdf.Name("ON"), "Order": order}
	for key, list := range map[pdf.Name]pdf.Array{"OFF": off, "Locked": locked, "RBGroups": radio, "AS": apply} {
		if len(list) > 0 {
			d[key] = list
		}
	}
	return pdf.Dict{"OCGs": groups, "D": d}
}

func (a *assembly) refs(p *part, numbers []int) (refs pdf.Array) {
	for _, n := range numbers {
		refs = append(refs, a.find(p)(n))
	}
	return refs
}

func (a *assembly) bodies(p *part, bodies []piece.Body) (bound pdf.Array) {
	for _, b := range bodies {
		bound = append(bound, pdf.Raw(a.bound(p, b, nil)))
	}
	return bound
}
