package dossier

import (
	"cmp"
	"slices"

	"github.com/ejmx/ejmx/ejm"
)

// Compare says what became different in a posting between two snapshots that were both cut to one edition, so that it
// tells nothing the edition may not show. The changes are in the order of the dossiers, those of applications that are
// gone last.
func Compare(before, after *Posting) []Change {
	old := map[ejm.ID]*Dossier{}
	for _, d := range before.Dossiers {
		old[d.AppID] = d
	}
	var changes []Change
	for _, d := range after.Dossiers {
		was, known := old[d.AppID]
		delete(old, d.AppID)
		if !known {
			changes = append(changes, Change{AppID: d.AppID, Name: d.Name.Full(), What: "new", After: d.Applied})
			continue
		}
		changes = append(changes, compareDossiers(was, d, after.Questions)...)
	}
	var gone []Change
	for _, d := range old {
		gone = append(gone, Change{AppID: d.AppID, Name: d.Name.Full(), What: "withdrawn", Before: d.Applied})
	}
	slices.SortFunc(gone, func(a, b Change) int { return cmp.Compare(a.AppID, b.AppID) })
	return append(changes, gone...)
}

// compareDossiers says what became different in one application.
func compareDossiers(was, is *Dossier, questions []Question) []Change {
	var changes []Change
	differs := func(item, before, after string) {
		if before != after {
			changes = append(changes, Change{
				AppID: is.AppID, Name: is.Name.Full(), Item: item, What: kindOfChange(before, after), Before: before, After: after,
			})
		}
	}
	differs("Name", was.Name.Full(), is.Name.Full())
	for _, key := range factKeys(was, is) {
		differs(FieldLabel(key), was.Fact(key), is.Fact(key))
	}
	for _, q := range questions {
		differs(q.Text, was.Answer(q.ID), is.Answer(q.ID))
	}
	return append(changes, compareDocuments(was, is)...)
}

// kindOfChange is what became different, in one word.
func kindOfChange(before, after string) string {
	switch {
	case before == "":
		return "new"
	case after == "":
		return "withdrawn"
	}
	return "changed"
}

// factKeys are the fields that either has, in their order.
func factKeys(dossiers ...*Dossier) []string {
	var keys []string
	for _, d := range dossiers {
		for _, f := range d.Facts {
			if !slices.Contains(keys, f.Key) {
				keys = append(keys, f.Key)
			}
		}
	}
	return keys
}

// place tells documents of one application apart across snapshots: a letter by its recommendation.
type place struct {
	kind ejm.Kind
	id   ejm.ID
}

func placeOf(d *Document) place {
	if d.Kind == ejm.KindLetter {
		return place{d.Kind, d.RecID}
	}
	return place{d.Kind, d.ID}
}

func compareDocuments(was, is *Dossier) []Change {
	old := map[place]*Document{}
	for i := range was.Documents {
		old[placeOf(&was.Documents[i])] = &was.Documents[i]
	}
	var changes []Change
	add := func(d *Document, what, before, after string) {
		changes = append(changes, Change{AppID: is.AppID, Name: is.Name.Full(), Item: d.Label, What: what, Before: before, After: after})
	}
	for i := range is.Documents {
		d := &is.Documents[i]
		before, known := old[placeOf(d)]
		delete(old, placeOf(d))
		switch {
		case !known && d.State.HasBytes():
			add(d, "arrived", "", d.Date)
		case !known:
			add(d, "new", "", string(d.State))
		case !before.State.HasBytes() && d.State.HasBytes():
			add(d, "arrived", string(before.State), d.Date)
		case before.State.HasBytes() && !d.State.HasBytes():
			add(d, "withdrawn", before.Date, string(d.State))
		case d.State.HasBytes() && before.SHA256 != d.SHA256:
			add(d, "replaced", before.Date, d.Date)
		case before.URL != d.URL:
			add(d, "changed", before.URL, d.URL)
		}
	}
	for i := range was.Documents {
		if d := &was.Documents[i]; old[placeOf(d)] != nil {
			add(d, "withdrawn", cmp.Or(d.Date, string(d.State)), "")
		}
	}
	return changes
}
