// Package dossier holds what one edition may show of a posting: the gate that everything passes once, before any output.
//
// The exporter reads the mirror and gives it to [Gate]; what comes out, a [Posting] with its dossiers and an [fs.FS] of
// just the documents they name, is all that packets, workbook and site ever see. What they are not given they cannot
// leak.
package dossier

import (
	"io/fs"
	"strings"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// State is what is known of a document, as it stands in report.json.
type State string

// The states of a document.
const (
	Stored       State = "stored"        // its bytes are in the mirror
	Suspect      State = "suspect"       // stored, but its hash is not what EJM says, twice
	Link         State = "link"          // kept elsewhere by the applicant; there are no bytes
	NotSubmitted State = "not_submitted" // a letter that has not arrived, a file without contents
	Withdrawn    State = "withdrawn"     // was there once, EJM has it no more
	Failed       State = "failed"        // should be there and could not be fetched
)

// HasBytes reports whether a document of this state can be opened.
func (s State) HasBytes() bool { return s == Stored || s == Suspect }

// Merged is what became of a document in its packet.
type Merged string

// The ways of a document into a packet.
const (
	MergedPages       Merged = "pages"       // its own pages
	MergedImage       Merged = "image"       // drawn page by page, because the PDF would not merge
	MergedPlaceholder Merged = "placeholder" // a page that says why it cannot be shown
	MergedNone        Merged = "none"        // nothing to show: a link, a letter to come
)

// Snapshot names the moment whose records everything here shows.
type Snapshot struct {
	ID    string    // "20261124T090000Z"
	Taken time.Time // UTC
}

// Posting is what one edition may show of one posting. Everything in it may appear in that edition's outputs.
type Posting struct {
	PosID       ejm.ID
	Title       string
	Institution string // from the public ad, "" when the posting has closed
	Department  string
	URL         string // the posting's public page
	Deadline    string // as EJM sent it
	API         string // base address that the records came from
	Tool        string // "ejmx 0.1.0"
	Edition     *Edition
	Snapshot    Snapshot
	Questions   []Question  // that the edition may show, in the posting's order
	Interviews  []Interview // by conference and time
	Dossiers    []*Dossier  // by last name, first name, appid
	Files       fs.FS       // the documents' bytes, by Document.Content; nothing else
}

// Question is one of the posting's own questions.
type Question struct {
	ID   ejm.ID
	Text string
	Type string // EJM's type_id: "text", "check-boxes", "radio", "multiple-choice"
}

// Answer is what an applicant answered to one question.
type Answer struct {
	QuestionID ejm.ID
	Text       string // check-boxes joined by "; "
}

// Fact is one field of the applicant that the edition names, ready to be shown.
type Fact struct {
	Key   string // EJM's field name: "degreeinst"
	Label string // "Degree institution"
	Value string
}

// Name is an applicant's name as EJM holds it.
type Name struct{ First, Middle, Last string }

// Full is the name as one says it: "Min-Jung Lee".
func (n Name) Full() string {
	return strings.Join(strings.Fields(n.First+" "+n.Middle+" "+n.Last), " ")
}

// Dossier is one application, as far as the edition may show it.
type Dossier struct {
	AppID     ejm.ID
	AID       ejm.ID
	Name      Name
	FileName  string    // "Lee Min-Jung 620310": safe as a file name everywhere, unique within the posting, without extension
	Applied   string    // appdate, as EJM sent it
	Changed   string    // changedate, as EJM sent it
	AsOf      time.Time // the snapshot at which EJM's record of this application became what it is, UTC
	Facts     []Fact
	Answers   []Answer   // by the posting's order of questions
	Documents []Document // files in the edition's order, then letters
	Excluded  int        // documents that the edition keeps out
	Packet    Packet     // the zero Packet until it is made
}

// Fact gives the value of an applicant's field, "" when the edition does not name it or the applicant left it empty.
func (d *Dossier) Fact(key string) string {
	for _, f := range d.Facts {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// Answer gives what was answered to a question, "" for nothing.
func (d *Dossier) Answer(question ejm.ID) string {
	for _, a := range d.Answers {
		if a.QuestionID == question {
			return a.Text
		}
	}
	return ""
}

// Packet is the merged PDF of a dossier, once it is made.
type Packet struct {
	Path   string // "packets/Lee Min-Jung 620310.pdf", from the export's folder, with slashes
	Pages  int
	Bytes  int64
	SHA256 string // hex
}

// Document is a file or a letter of an application: its current version.
type Document struct {
	Kind      ejm.Kind
	ID        ejm.ID // file_id or letterid; 0 where EJM gave none
	RecID     ejm.ID // the recommendation a letter belongs to
	TypeID    ejm.ID // EJM's type_id of a file: 10 CV, 20 job-market paper, …
	TypeName  string // EJM's name of the type: "cv", "jmpaper"
	Label     string // what people call it: "Curriculum vitae", "Letter Prof. Kim"
	Writer    *Writer
	BlobID    ejm.ID
	State     State
	Reason    string // why, when Failed, Suspect or Withdrawn
	Previous  int    // how many older versions the mirror holds
	Bytes     int64
	SHA1      string // hex, of the bytes held
	SHA256    string // hex
	MediaType string // as EJM says: "application/pdf"; not to be trusted
	FileName  string // as the sender called it; not to be trusted
	Date      string // created_at or updated_at, as EJM sent it
	URL       string // of a link
	Content   string // its name in Posting.Files; "" when there are no bytes
	Path      string // "documents/Lee Min-Jung 620310/1 Curriculum vitae.pdf", from the export's folder; "" when there are no bytes
	Placed    Placed // where the packet has it, once made
}

// Placed is where a packet shows a document.
type Placed struct {
	Merged    Merged
	FirstPage int    // counted from 1 within the packet; 0 when Merged is none
	Pages     int    // how many pages of the packet are this document's
	Reason    string // why it is a placeholder or an image
}

// Writer is who was asked for a letter.
type Writer struct {
	First, Last, Institution, Department, Email string
}

// Name is the writer's name as one says it.
func (w *Writer) Name() string { return strings.TrimSpace(w.First + " " + w.Last) }

// Interview is one appointment at a conference.
type Interview struct {
	ID           ejm.ID
	AppID, AID   ejm.ID
	Name         string // of the interviewee
	Conference   string
	ConferenceID ejm.ID
	Group        string // "Macro"
	Start, End   string // as EJM sent them
	Place        string // room, hotel, address, city
	Description  string
}
