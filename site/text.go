package site

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

const (
	maxTextFile   = 4 << 20 // bytes of text in one script, so that no editor or virus scanner chokes on it
	abstractPages = 2       // of a job-market paper, unless whole papers are searched
)

// AllPages is what [Options.TextPages] gives for a document that is searched whole.
const AllPages = math.MaxInt

// textEntry is the text of one document as the scripts hold it.
type textEntry struct {
	AppID  ejm.ID   `json:"id"`
	Label  string   `json:"label"`
	Packet string   `json:"packet"` // as a relative reference from index.html
	First  int      `json:"first"`  // the packet's page that its first page is
	Pages  []string `json:"pages"`
}

// text writes the documents' texts as classic scripts: pages opened from a folder may load those, and nothing else.
func (w *writer) text() error {
	if w.options.Text == nil {
		return nil
	}
	var chunk []textEntry
	size := 0
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		entries := chunk
		chunk, size = nil, 0
		name := fmt.Sprintf("assets/text-%d.js", len(w.texts)+1)
		w.texts = append(w.texts, name)
		return w.create(name, func(out io.Writer) error { return writeTexts(out, entries) })
	}
	for _, d := range w.posting.Dossiers {
		for i := range d.Documents {
			entry, bytes, err := w.textOf(d, &d.Documents[i])
			if err != nil {
				return fmt.Errorf("text of %s (application %s), %s: %w", d.Name.Full(), d.AppID, d.Documents[i].Label, err)
			}
			if bytes == 0 {
				continue
			}
			chunk = append(chunk, entry)
			if size += bytes; size >= maxTextFile {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// textOf gives the text of a document that the packet shows, with its size in bytes.
func (w *writer) textOf(d *dossier.Dossier, doc *dossier.Document) (textEntry, int, error) {
	most := w.options.TextPages(doc)
	if most == 0 {
		return textEntry{}, 0, nil
	}
	pages, err := w.options.Text(doc)
	if err != nil {
		return textEntry{}, 0, err
	}
	pages = pages[:min(len(pages), most)]
	entry := textEntry{AppID: d.AppID, Label: doc.Label, Packet: href("", d.Packet.Path), First: doc.Placed.FirstPage}
	size := 0
	for _, page := range pages {
		page = strings.Join(strings.Fields(strings.ToValidUTF8(page, " ")), " ")
		size += len(page)
		entry.Pages = append(entry.Pages, page)
	}
	return entry, size, nil
}

// TextPages is how many of a document's first pages the site's search looks through: none of one that the packet does not
// show.
func (o Options) TextPages(doc *dossier.Document) int {
	shown := doc.Placed.Merged == dossier.MergedPages || doc.Placed.Merged == dossier.MergedImage
	switch {
	case !shown || !doc.State.HasBytes():
		return 0
	case isPaper(doc) && !o.WholePapers:
		return abstractPages
	}
	return AllPages
}

// isPaper reports whether a document is a whole paper: EJM's type 20 is the job-market paper.
func isPaper(doc *dossier.Document) bool {
	return doc.TypeID == 20 || strings.Contains(doc.TypeName, "paper")
}

// writeTexts writes one script. JSON as encoding/json writes it, with <, >, &, U+2028 and U+2029 escaped, is JavaScript.
func writeTexts(out io.Writer, entries []textEntry) error {
	if _, err := io.WriteString(out, "ejmxTexts([\n"); err != nil {
		return err
	}
	for i, entry := range entries {
		data, err := json.Marshal(entry)
		if err != nil {
			return err
		}
		end := ",\n"
		if i == len(entries)-1 {
			end = "\n"
		}
		if _, err := out.Write(append(data, end...)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, "]);\n")
	return err
}
