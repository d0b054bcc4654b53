package exporter

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// reportName is the ledger's file in an export's folder.
const reportName = "report.json"

// Report is the ledger of an export for programs: report.json. It says what is, from the snapshot, so the same input
// gives the same bytes; what a run did is in the mirror's log. See docs/report.md.
type Report struct {
	Schema       int                 `json:"schema"`
	Tool         string              `json:"tool"`
	API          string              `json:"api"`
	Snapshot     string              `json:"snapshot"`
	Edition      string              `json:"edition"`
	Posting      ReportPosting       `json:"posting"`
	Totals       Totals              `json:"totals"`
	Applications []ReportApplication `json:"applications"`
	Problems     []Problem           `json:"problems"`
}

// ReportPosting names the posting.
type ReportPosting struct {
	PosID ejm.ID `json:"posid"`
	Title string `json:"title"`
}

// Totals add up: Documents is the sum of the six states, and each document the edition may show is in Applications once.
type Totals struct {
	Applications int   `json:"applications"`
	Documents    int   `json:"documents"`
	Stored       int   `json:"stored"`
	Suspect      int   `json:"suspect"`
	Link         int   `json:"link"`
	NotSubmitted int   `json:"not_submitted"`
	Withdrawn    int   `json:"withdrawn"`
	Failed       int   `json:"failed"`
	Excluded     int   `json:"excluded"`    // kept out by the edition, and so in no other figure
	Placeholder  int   `json:"placeholder"` // stored, but shown in the packet by a page that says why not
	Bytes        int64 `json:"bytes"`       // of the documents stored
	Pages        int   `json:"pages"`       // of all packets
}

// ReportApplication is one application.
type ReportApplication struct {
	AppID     ejm.ID           `json:"appid"`
	AID       ejm.ID           `json:"aid"`
	Name      string           `json:"name"`
	Packet    string           `json:"packet,omitempty"`
	Pages     int              `json:"pages"`
	SHA256    string           `json:"sha256,omitempty"`
	Documents []ReportDocument `json:"documents"`
}

// ReportDocument is one document, in its current version.
type ReportDocument struct {
	Kind      ejm.Kind       `json:"kind"`
	ID        ejm.ID         `json:"id,omitempty"`
	RecID     ejm.ID         `json:"recid,omitempty"`
	TypeID    ejm.ID         `json:"type_id,omitempty"`
	Label     string         `json:"label"`
	BlobID    ejm.ID         `json:"blobid,omitempty"`
	State     dossier.State  `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Previous  int            `json:"previous"`
	Bytes     int64          `json:"bytes,omitempty"`
	SHA1      string         `json:"sha1,omitempty"`
	SHA256    string         `json:"sha256,omitempty"`
	Path      string         `json:"path,omitempty"`
	URL       string         `json:"url,omitempty"`
	Merged    dossier.Merged `json:"merged,omitempty"`
	FirstPage int            `json:"first_page,omitempty"`
	Pages     int            `json:"pages,omitempty"`
}

// Problem is a document that is not as it should be: failed, suspect, or a placeholder.
type Problem struct {
	AppID  ejm.ID   `json:"appid"`
	Name   string   `json:"name"`
	Kind   ejm.Kind `json:"kind"`
	ID     ejm.ID   `json:"id,omitempty"`
	RecID  ejm.ID   `json:"recid,omitempty"`
	Label  string   `json:"label"`
	Reason string   `json:"reason"`
}

// reportOutput is what the report is remembered by.
const reportOutput = "report"

// report draws up the report, and writes it unless it stands.
func (e *export) report() (*Report, error) {
	report := newReport(e.posting)
	key, err := e.key()
	if err != nil || e.stands(reportOutput, key) {
		return report, err
	}
	return report, e.remembering(reportOutput, key, func(p *part) (bool, error) {
		_, err := p.Write(reportName, report.write)
		return true, err
	})
}

// newReport draws up the report of a posting whose packets are made.
func newReport(p *dossier.Posting) *Report {
	r := &Report{
		Schema: 1, Tool: p.Tool, API: p.API, Snapshot: p.Snapshot.ID, Edition: p.Edition.Name,
		Posting: ReportPosting{p.PosID, p.Title}, Applications: []ReportApplication{}, Problems: []Problem{},
	}
	for _, d := range p.Dossiers {
		r.add(d)
	}
	return r
}

func (r *Report) add(d *dossier.Dossier) {
	a := ReportApplication{
		AppID: d.AppID, AID: d.AID, Name: d.Name.Full(), Packet: d.Packet.Path, Pages: d.Packet.Pages, SHA256: d.Packet.SHA256,
		Documents: []ReportDocument{},
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		reason := doc.Reason
		if reason == "" {
			reason = doc.Placed.Reason
		}
		a.Documents = append(a.Documents, ReportDocument{
			Kind: doc.Kind, ID: doc.ID, RecID: doc.RecID, TypeID: doc.TypeID, Label: doc.Label, BlobID: doc.BlobID,
			State: doc.State, Reason: reason, Previous: doc.Previous, Bytes: doc.Bytes, SHA1: doc.SHA1, SHA256: doc.SHA256,
			Path: doc.Path, URL: doc.URL, Merged: doc.Placed.Merged, FirstPage: doc.Placed.FirstPage, Pages: doc.Placed.Pages,
		})
		r.Totals.count(doc)
		if doc.State == dossier.Failed || doc.State == dossier.Suspect || doc.Placed.Merged == dossier.MergedPlaceholder && doc.State.HasBytes() {
			r.Problems = append(r.Problems, Problem{
				AppID: d.AppID, Name: d.Name.Full(), Kind: doc.Kind, ID: doc.ID, RecID: doc.RecID, Label: doc.Label, Reason: reason,
			})
		}
	}
	r.Totals.Applications++
	r.Totals.Excluded += d.Excluded
	r.Totals.Pages += d.Packet.Pages
	r.Applications = append(r.Applications, a)
}

func (t *Totals) count(d *dossier.Document) {
	t.Documents++
	t.Bytes += d.Bytes
	switch d.State {
	case dossier.Stored:
		t.Stored++
	case dossier.Suspect:
		t.Suspect++
	case dossier.Link:
		t.Link++
	case dossier.NotSubmitted:
		t.NotSubmitted++
	case dossier.Withdrawn:
		t.Withdrawn++
	case dossier.Failed:
		t.Failed++
	}
	if d.Placed.Merged == dossier.MergedPlaceholder && d.State.HasBytes() {
		t.Placeholder++
	}
}

// Complete reports whether everything that could be had is there: nothing failed, nothing is suspect. What an applicant
// never sent and what can only be shown as a placeholder is no fault of the export.
func (r *Report) Complete() bool { return r.Totals.Failed == 0 && r.Totals.Suspect == 0 }

// hashes gives the SHA-256 of each packet and document by its path.
func (r *Report) hashes() map[string]string {
	hashes := map[string]string{}
	for _, a := range r.Applications {
		if a.Packet != "" {
			hashes[a.Packet] = a.SHA256
		}
		for _, d := range a.Documents {
			if d.Path != "" {
				hashes[d.Path] = strings.ToLower(d.SHA256)
			}
		}
	}
	return hashes
}

// write writes the report as JSON that people can read too.
func (r *Report) write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
