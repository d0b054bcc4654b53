package exporter

import (
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

//go:embed person.html
var personPage string

//go:embed person.css
var personStyle string

// personTemplates are the two pages of a person's folder. They need nothing but themselves: the style sheet is within, and no
// other and no script may run.
var personTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("person").Funcs(template.FuncMap{
		"size": readableSize,
		"href": func(path string) string { return (&url.URL{Path: path}).EscapedPath() },
		"when": readableTime,
	}).Parse(personPage))
})

// personView is what a page shows.
type personView struct {
	*Person
	Style  template.CSS
	Hash   string // of the style sheet, for the page's content security policy
	Tool   string
	Facts  []personFact
	Record map[string]int
	Hidden int // what is in the confidential folder
}

// personFact is a field of the applicant's newest record.
type personFact struct{ Label, Value string }

func (w personWriter) page(name, which string, records map[string]int) error {
	sum := sha256.Sum256([]byte(personStyle))
	view := personView{
		Person: w.Person, Style: template.CSS(personStyle), Hash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), //nolint:gosec // our own style sheet
		Tool: w.tool, Facts: w.facts(), Record: records, Hidden: len(w.Letters) + len(w.Opinions),
	}
	return w.put(name, func(out io.Writer) error { return personTemplates().ExecuteTemplate(out, which, view) })
}

// facts are all fields of the newest record on the applicant, in the order of their names, unknown ones too.
func (w personWriter) facts() []personFact {
	records := w.Records[mirror.Applicants]
	if len(records) == 0 {
		return nil
	}
	newest := records[len(records)-1].Record
	var fields map[string]json.RawMessage
	var applicant ejm.Applicant
	if json.Unmarshal(newest, &fields) != nil || json.Unmarshal(newest, &applicant) != nil {
		return nil
	}
	var facts []personFact
	text := applicant.Texts()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		value, _ := text(key)
		if value == "" {
			value = strings.Trim(string(fields[key]), `"`)
		}
		if value != "" && value != "null" && value != "[]" {
			facts = append(facts, personFact{dossier.FieldLabel(key), value})
		}
	}
	return facts
}

// readableTime is a moment of the mirror's for people, in UTC: of a snapshot's name or of the register.
func readableTime(text string) string {
	for _, layout := range []string{time.RFC3339, "20060102T150405Z"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format("2006-01-02 15:04")
		}
	}
	return text
}

// readableSize is a number of bytes for people, in decimal units.
func readableSize(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1000*1000:
		return fmt.Sprintf("%d kB", bytes/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// Inside are the letters with their paths from within the confidential folder.
func (v personView) Inside() []PersonDocument {
	letters := slices.Clone(v.Letters)
	for i := range letters {
		letters[i].Path = strings.TrimPrefix(letters[i].Path, confidentialFolder+"/")
	}
	return letters
}
