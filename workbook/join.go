package workbook

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Join adds what people typed into another copy of the workbook. Where both have something for one cell, t's stays, and the
// other's becomes a comment on it. The other's formulas speak of the same candidates as they did there.
func (t *Typed) Join(other *Typed) {
	moved, named := t.placesOf(other), &translator{sheets: map[string]*move{}}
	first := len(t.own)
	for _, s := range other.own {
		t.joinSheet(moved.sheet(s), named)
	}
	for i, s := range t.own[first:] {
		t.own[first+i] = named.sheet(s)
	}
	for _, name := range other.order {
		theirs, ours := other.sheets[name], t.sheet(name)
		for _, c := range theirs.columns {
			ours.column(c.header, c.width)
		}
		for _, key := range theirs.order {
			r := theirs.rows[key]
			for _, header := range slices.Sorted(maps.Keys(r.cells)) {
				ours.add(key, r.name, named.cell(name, moved.cell(name, r.cells[header])))
			}
		}
	}
}

// placesOf tells where the rows and columns of another copy stand in t. That copy may have been made when there were others;
// what t does not have gets a place behind its own, which formulas can speak of.
func (t *Typed) placesOf(other *Typed) *translator {
	tr := &translator{sheets: map[string]*move{}}
	for _, name := range other.order {
		ours, theirs := &t.sheet(name).layout, other.sheets[name].layout
		if ours.actual == "" {
			*ours = theirs
			ours.columns, ours.rows = maps.Clone(theirs.columns), maps.Clone(theirs.rows)
		}
		if reflect.DeepEqual(*ours, theirs) {
			continue
		}
		m := &move{name: ours.actual, was: theirs, last: ours.last}
		m.columns, m.rows = widen(ours.columns, theirs.columns, 0), widen(ours.rows, theirs.rows, ours.last)
		tr.sheets[fold(name)], tr.sheets[fold(theirs.actual)] = m, m
	}
	return tr
}

// widen gives everything that stands in theirs a place in ours as well, behind the last, and tells the place of each.
func widen(ours, theirs map[int]string, last int) map[string]int {
	places := map[string]int{}
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(ours))) { // of two that are the same the first counts
		places[ours[n]], last = n, max(last, n)
	}
	for _, n := range slices.Sorted(maps.Keys(theirs)) {
		if _, there := places[theirs[n]]; !there {
			last++
			places[theirs[n]], ours[last] = last, theirs[n]
		}
	}
	return places
}

// joinSheet adds a sheet that a person added, unless the same one is there. Of two of one name the second gets another, which
// named notes.
func (t *Typed) joinSheet(s *foreignSheet, named *translator) {
	joined := *s
	for n := 2; ; n++ {
		i := slices.IndexFunc(t.own, func(o *foreignSheet) bool { return fold(o.name) == fold(joined.name) })
		if i < 0 {
			i, t.own = len(t.own), append(t.own, &joined)
		}
		if reflect.DeepEqual(t.own[i].cells, joined.cells) {
			if joined.name != s.name {
				named.rename(s.name, joined.name)
			}
			return
		}
		mark := fmt.Sprintf(" (%d)", n)
		joined.name = cutUnits(s.name, maxSheetName-len(mark)) + mark
	}
}
