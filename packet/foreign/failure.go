package foreign

// Reason is why a document cannot be shown in one of the ways of showing it.
type Reason string

// The reasons. They are what a person is told, so each is a whole clause about the document.
const (
	None        Reason = ""
	Empty       Reason = "the file is empty"
	Password    Reason = "the PDF needs a password"
	Certificate Reason = "the PDF opens only with its recipient's certificate"
	Damaged     Reason = "the PDF is damaged"
	NoPages     Reason = "the PDF has no pages"
	ManyPages   Reason = "the PDF has more pages than allowed"
	Differs     Reason = "the PDF cannot be carried over faithfully"
	Slow        Reason = "it took too long to read"
	Large       Reason = "it needs more memory than allowed"
	TooBig      Reason = "the file is larger than allowed"
	Crashed     Reason = "reading it ended the program that tried"
	BadImage    Reason = "the picture is damaged"
	BigImage    Reason = "the picture is larger than allowed"
	Unreadable  Reason = "the file could not be opened"
	Undrawable  Reason = "the PDF cannot be drawn"
	NotPossible Reason = "the file cannot be turned into pages"
)

// Failure is why one way of showing a document failed: the reason for people, and for the log what exactly happened.
type Failure struct {
	Reason Reason
	Detail string
}

func (f *Failure) Error() string {
	if f.Detail == "" {
		return string(f.Reason)
	}
	return string(f.Reason) + ": " + f.Detail
}

// Final reports whether no other way of showing the document can help.
func (r Reason) Final() bool {
	switch r {
	case Empty, Certificate, ManyPages, TooBig:
		return true
	}
	return false
}

// Certain reports whether a reason is true of the document whatever other ways of showing it found.
func (r Reason) Certain() bool { return r == Password || r.Final() }
