package ejm

// Letter is a letter of recommendation that has arrived, as /api/letters lists it. Its writer is told by the
// [Recommendation] with the same LetterID.
type Letter struct {
	LetterID   ID
	BlobID     ID // of its immutable bytes
	ARID       ID
	Date       string
	ExpiryDate string // from then on EJM does not give it out
	Name       string
	Notes      string
	CreatedAt  string
	UpdatedAt  string

	Record
}

// UnmarshalJSON takes a letter in any form that EJM sends. Only text that is no JSON is an error.
func (l *Letter) UnmarshalJSON(data []byte) error {
	*l = Letter{}
	return l.decode(data, []field{
		{"letterid", &l.LetterID},
		{"blobid", &l.BlobID},
		{"a_rid", &l.ARID},
		{"date", (*date)(&l.Date)},
		{"expiry_date", (*date)(&l.ExpiryDate)},
		{"name", &l.Name},
		{"notes", &l.Notes},
		{"created_at", (*date)(&l.CreatedAt)},
		{"updated_at", (*date)(&l.UpdatedAt)},
	})
}

// PlacementOfficer is who helps an institution's graduates to find a position, from /api/placement_officers.
type PlacementOfficer struct {
	Department   string
	Name         string // of the institution
	FirstName    string
	LastName     string
	Email        string
	URLPlacement string

	Record
}

// UnmarshalJSON takes a placement officer in any form that EJM sends. Only text that is no JSON is an error.
func (p *PlacementOfficer) UnmarshalJSON(data []byte) error {
	*p = PlacementOfficer{}
	return p.decode(data, []field{
		{"department", &p.Department},
		{"name", &p.Name},
		{"fname", &p.FirstName},
		{"lname", &p.LastName},
		{"email", &p.Email},
		{"urlplacement", &p.URLPlacement},
	})
}
