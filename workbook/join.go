package workbook

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Join adds what people typed into another copy of the workbook. Where both have something for one cell, t's stays, and the
// other's becomes a comment on it.
func (t *Typed) Join(other *Typed) {
	for _, name := range other.order {
		theirs, ours := other.sheets[name], t.sheet(name)
		if ours.layout.actual == "" {
			ours.layout = theirs.layout
		}
		for _, c := range theirs.columns {
			ours.column(c.header, c.width)
		}
		for _, key := range theirs.order {
			r := theirs.rows[key]
			for _, header := range slices.Sorted(maps.Keys(r.cells)) {
				ours.add(key, r.name, r.cells[header])
			}
		}
	}
	for _, s := range other.own {
		t.joinSheet(s)
	}
}

// joinSheet adds a sheet that a person added, unless the same one is there. Two of one name stand side by side.
func (t *Typed) joinSheet(s *foreignSheet) {
	named := *s
	for n := 2; ; n++ {
		i := slices.IndexFunc(t.own, func(o *foreignSheet) bool { return fold(o.name) == fold(named.name) })
		if i < 0 {
			t.own = append(t.own, &named)
			return
		}
		if reflect.DeepEqual(t.own[i].cells, s.cells) {
			return
		}
		mark := fmt.Sprintf(" (%d)", n)
		named.name = cutUnits(s.name, maxSheetName-len(mark)) + mark
	}
}
