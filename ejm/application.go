package ejm

// Application is one applicant's application to one posting, from /api/applications.
type Application struct {
	AppID           ID
	AID             ID // the applicant
	PosID           ID // the posting
	FirstName       string
	LastName        string
	DegreeInst      string
	AppDate         string // when it was sent
	ChangeDate      string // when the applicant's details last changed
	AdTitle         string
	Files           []File
	Questions       []Question
	Recommendations []Recommendation

	Record
}

// UnmarshalJSON takes an application in any form that EJM sends. Only text that is no JSON is an error.
func (a *Application) UnmarshalJSON(data []byte) error {
	*a = Application{}
	return a.decode(data, []field{
		{"appid", &a.AppID},
		{"aid", &a.AID},
		{"posid", &a.PosID},
		{"fname", &a.FirstName},
		{"lname", &a.LastName},
		{"degreeinst", &a.DegreeInst},
		{"appdate", (*date)(&a.AppDate)},
		{"changedate", (*date)(&a.ChangeDate)},
		{"adtitle", &a.AdTitle},
		{"files", records(&a.Files)},
		{"questions", records(&a.Questions)},
		{"recommendations", records(&a.Recommendations)},
	})
}

func (a *Application) key() ID { return a.AppID }

// Forget lets go of Raw, that of its parts too.
func (a *Application) Forget() {
	a.Record.Forget()
	for i := range a.Files {
		a.Files[i].Forget()
	}
	for i := range a.Questions {
		a.Questions[i].Forget()
	}
	for i := range a.Recommendations {
		a.Recommendations[i].Forget()
	}
}

// EJM's type_id of the files that are links.
const (
	typeLink      ID = 25
	typeVideoLink ID = 75
)

// File is a document sent by an applicant: as an application lists it, or from /api/files. The two lists tell different
// things; what one does not say is empty.
type File struct {
	FileID          ID // 0 in the rare entry to which EJM gives none
	AID             ID
	PostingDocID    ID
	TypeID          ID     // 10 CV, 20 job-market paper, 50 teaching statement, 25 and 75 links, …
	BlobID          ID     // of its immutable bytes; 0 for a link
	Name            string // of its type, for programs: "cv", "jmpaper"
	Description     string // of its type, for people: "Curriculum vitae"
	LongDescription string
	Type            string
	Path            string // the address of a link
	FileName        string // as the applicant called it; not to be trusted
	FileType        string // "application/pdf"; not to be trusted
	SHA1            string // of its bytes, hexadecimal, lower case
	FileSize        int64  // bytes
	CreatedAt       string
	UpdatedAt       string

	Record
}

// UnmarshalJSON takes a file in any form that EJM sends. Only text that is no JSON is an error.
func (f *File) UnmarshalJSON(data []byte) error {
	*f = File{}
	return f.decode(data, f.fields())
}

func (f *File) fields() []field {
	return []field{
		{"file_id", &f.FileID},
		{"aid", &f.AID},
		{"posting_doc_id", &f.PostingDocID},
		{"type_id", &f.TypeID},
		{"blobid", &f.BlobID},
		{"name", &f.Name},
		{"description", &f.Description},
		{"long_description", &f.LongDescription},
		{"type", &f.Type},
		{"path", &f.Path},
		{"filename", &f.FileName},
		{"filetype", &f.FileType},
		{"sha1_hash", (*hash)(&f.SHA1)},
		{"filesize", &f.FileSize},
		{"created_at", (*date)(&f.CreatedAt)},
		{"updated_at", (*date)(&f.UpdatedAt)},
	}
}

// IsLink reports whether the file is a link: kept elsewhere by the applicant, so that EJM has its address (Path) and no
// bytes. A link is shown, never followed.
func (f File) IsLink() bool {
	return f.TypeID == typeLink || f.TypeID == typeVideoLink
}

// Question is one of the posting's own questions with an applicant's answer. The boxes of a check-box question can come as
// several entries with one ID.
type Question struct {
	ID           ID
	Question     string
	TypeID       string // "text", "check-boxes", "radio", "multiple-choice", …
	Instructions string
	SortOrder    int64
	Response     string // as stored, for some types a JSON text: {"16694":"1"}
	ResponseID   ID
	ResponseText string // for people
	CreatedAt    string
	UpdatedAt    string

	Record
}

// UnmarshalJSON takes a question in any form that EJM sends. Only text that is no JSON is an error.
func (q *Question) UnmarshalJSON(data []byte) error {
	*q = Question{}
	return q.decode(data, q.fields())
}

func (q *Question) fields() []field {
	return []field{
		{"id", &q.ID},
		{"question", &q.Question},
		{"type_id", &q.TypeID},
		{"instructions", &q.Instructions},
		{"sort_order", &q.SortOrder},
		{"response", (*jsonText)(&q.Response)},
		{"response_id", &q.ResponseID},
		{"response_text", &q.ResponseText},
		{"created_at", (*date)(&q.CreatedAt)},
		{"updated_at", (*date)(&q.UpdatedAt)},
	}
}

// Recommendation is a letter that someone was asked for, whether it has arrived or not.
type Recommendation struct {
	RecID          ID
	LetterID       ID
	BlobID         ID // of the letter's immutable bytes; 0 until it arrives
	Email          string
	FirstName      string
	LastName       string
	Institution    string
	Department     string
	LastReverified string
	ReverifiedBy   string
	CreatedAt      string
	UpdatedAt      string

	Record
}

// UnmarshalJSON takes a recommendation in any form that EJM sends. Only text that is no JSON is an error.
func (r *Recommendation) UnmarshalJSON(data []byte) error {
	*r = Recommendation{}
	return r.decode(data, r.fields())
}

func (r *Recommendation) fields() []field {
	return []field{
		{"recid", &r.RecID},
		{"letterid", &r.LetterID},
		{"blobid", &r.BlobID},
		{"email", &r.Email},
		{"fname", &r.FirstName},
		{"lname", &r.LastName},
		{"institution", &r.Institution},
		{"department", &r.Department},
		{"last_reverified", (*date)(&r.LastReverified)},
		{"reverified_by", &r.ReverifiedBy},
		{"created_at", (*date)(&r.CreatedAt)},
		{"updated_at", (*date)(&r.UpdatedAt)},
	}
}

// Arrived reports whether the letter is there.
func (r Recommendation) Arrived() bool { return r.BlobID != 0 }
