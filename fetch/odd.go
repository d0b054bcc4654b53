package fetch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/internal/lazy"
	"github.com/ejmx/ejmx/ledger"
)

// oddities counts, for a list, the fields that came in a form never seen before. They are whole in the mirror and empty in
// every output, which is for people to know.
type oddities struct {
	records int
	fields  map[string]int
}

// place is the number of a record within another's list: it differs from record to record, the field does not.
var place = lazy.Pattern(`\[\d+\]`)

// note counts a record's odd fields.
func (o *oddities) note(odd []string) {
	if len(odd) == 0 {
		return
	}
	if o.fields == nil {
		o.fields = map[string]int{}
	}
	o.records++
	for _, field := range odd {
		o.fields[place().ReplaceAllString(field, "[]")]++
	}
}

// tell says what was odd about an item, if anything was.
func (o *oddities) tell(stage ledger.Stage, item, whose string, sink ledger.Sink) {
	if o.records == 0 {
		return
	}
	what := "1 record has a field"
	if o.records > 1 {
		what = fmt.Sprintf("%d records have a field", o.records)
	}
	sink(ledger.Entry{Stage: stage, Item: item, Whose: whose, Outcome: ledger.Note, Err: fmt.Errorf(
		"%s in a form that ejmx does not know (%s); it is kept as EJM sent it and empty in what is made of it: tell the makers of ejmx",
		what, strings.Join(slices.Sorted(maps.Keys(o.fields)), ", "))})
}
