package ejm

// Conference is a meeting at which the organisation interviews, from /api/conferences.
type Conference struct {
	ConferenceID  ID
	ID            ID
	Name          string
	City          string
	Country       string
	StartDate     string
	EndDate       string
	URL           string
	RoomNumber    string
	RoomLabel     string
	Description   string
	Code          string
	HotelName     string
	HotelFullName string
	Address       string
	Longitude     string // degrees, as EJM writes them
	Latitude      string

	Record
}

// UnmarshalJSON takes a conference in any form that EJM sends. Only text that is no JSON is an error.
func (c *Conference) UnmarshalJSON(data []byte) error {
	*c = Conference{}
	return c.decode(data, []field{
		{"conference_id", &c.ConferenceID},
		{"id", &c.ID},
		{"name", &c.Name},
		{"city", &c.City},
		{"country", &c.Country},
		{"start_date", (*date)(&c.StartDate)},
		{"end_date", (*date)(&c.EndDate)},
		{"url", &c.URL},
		{"room_number", &c.RoomNumber},
		{"room_label", &c.RoomLabel},
		{"description", &c.Description},
		{"code", &c.Code},
		{"hotel_name", &c.HotelName},
		{"hotel_full_name", &c.HotelFullName},
		{"address", &c.Address},
		{"longitude", &c.Longitude},
		{"latitude", &c.Latitude},
	})
}

// Interview is one appointment at a conference, from /api/conferences/{conference_id}.
type Interview struct {
	ID            ID
	GroupID       ID
	Name          string // of the group: "Macro"
	LocationID    ID
	Description   string
	IntervieweeID ID
	StartDatetime string
	EndDatetime   string
	FirstName     string // of the interviewee
	LastName      string
	DegreeInst    string
	AppID         ID
	AID           ID
	RoomLabel     string
	RoomNumber    string
	HotelFullName string
	Address       string
	City          string

	Record
}

// UnmarshalJSON takes an interview in any form that EJM sends. Only text that is no JSON is an error.
func (v *Interview) UnmarshalJSON(data []byte) error {
	*v = Interview{}
	return v.decode(data, []field{
		{"id", &v.ID},
		{"group_id", &v.GroupID},
		{"name", &v.Name},
		{"location_id", &v.LocationID},
		{"description", &v.Description},
		{"interviewee_id", &v.IntervieweeID},
		{"start_datetime", (*date)(&v.StartDatetime)},
		{"end_datetime", (*date)(&v.EndDatetime)},
		{"fname", &v.FirstName},
		{"lname", &v.LastName},
		{"degreeinst", &v.DegreeInst},
		{"appid", &v.AppID},
		{"aid", &v.AID},
		{"room_label", &v.RoomLabel},
		{"room_number", &v.RoomNumber},
		{"hotel_full_name", &v.HotelFullName},
		{"address", &v.Address},
		{"city", &v.City},
	})
}
