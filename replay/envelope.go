package replay

import (
	"fmt"
	"strconv"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// envelope is what stands around the records of an answer.
type envelope struct {
	before, after string
	keyed         bool // whether each record stands under its place: "0", "1", …
}

// form is an envelope that a quirk asks for.
type form struct {
	quirk Quirks
	envelope
}

var (
	bare    = envelope{}
	inArray = envelope{"[", "]", false}
	inKeyed = envelope{"{", "}", true}
)

// documentEnvelope is that of one document: the bare object, or one of the three others.
func (a *answer) documentEnvelope(k kind, id ejm.ID) envelope {
	older := envelope{fmt.Sprintf(`{%q:%d,%q:[`, k.number, id, k.plural), "]}", false}
	return a.choose(int(id), bare, form{quirkArray, inArray}, form{quirkKeyed, inKeyed}, form{quirkOlder, older})
}

// singleEnvelope is that of one record of another list.
func (a *answer) singleEnvelope() envelope {
	return a.choose(int(a.ids[0]), bare, form{quirkArray, inArray}, form{quirkKeyed, inKeyed})
}

// listEnvelope is that of a list with a name, "" for a list that always is an array.
func (a *answer) listEnvelope(name string) envelope {
	if name == "" {
		return inArray
	}
	older := envelope{fmt.Sprintf(`{%q:[`, name), "]}", false}
	return a.choose(choose(60, a.route.pattern), inArray, form{quirkKeyed, inKeyed}, form{quirkOlder, older})
}

// listNames are the lists that EJM has been seen to send as something else than an array.
var listNames = map[mirror.Method]string{
	mirror.Applications: "applications", mirror.Applicants: "applicants", mirror.Files: "files", mirror.Letters: "letters",
}

// choose picks the envelope whose turn it is of those that the quirks ask for. With all of them, the usual one has its turn
// too.
func (a *answer) choose(turn int, usual envelope, forms ...form) envelope {
	var asked []envelope
	for _, f := range forms {
		if a.quirks.has(f.quirk) {
			asked = append(asked, f.envelope)
		}
	}
	if len(asked) == 0 || len(asked) == len(forms) && len(forms) > 1 {
		asked = append(asked, usual)
	}
	return asked[turn%len(asked)]
}

// lead is what stands before the n-th record.
func (e envelope) lead(n int) string {
	text := ""
	if n > 0 {
		text = ","
	}
	if e.keyed {
		text += `"` + strconv.Itoa(n) + `":`
	}
	return text
}
