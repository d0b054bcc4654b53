package ejm

import (
	"net/url"
	"path"
	"strconv"
)

// Ad is an open posting's public advertisement, from /data/zz_public/json/Ads. A posting that has closed has none.
type Ad struct {
	AdTitle       string
	AdText        string // HTML, not to be trusted
	StartDate     string
	EndDate       string
	DeadlineDate  string
	Department    string
	Name          string // of the institution
	Latitude      string // degrees, as EJM writes them
	Longitude     string
	Locations     []Location
	PositionTypes []string
	Categories    []string
	URL           string // the posting's public page, https://econjobmarket.org/positions/{posid}
	Logo          string
	LogoURL       string

	Record
}

// UnmarshalJSON takes an ad in any form that EJM sends. Only text that is no JSON is an error.
func (a *Ad) UnmarshalJSON(data []byte) error {
	*a = Ad{}
	var types, categories named
	err := a.decode(data, []field{
		{"adtitle", &a.AdTitle},
		{"adtext", &a.AdText},
		{"startdate", (*date)(&a.StartDate)},
		{"enddate", (*date)(&a.EndDate)},
		{"deadline_date", (*date)(&a.DeadlineDate)},
		{"department", &a.Department},
		{"name", &a.Name},
		{"latitude", &a.Latitude},
		{"longitude", &a.Longitude},
		{"locations", records(&a.Locations)},
		{"position_types", &types},
		{"categories", &categories},
		{"url", &a.URL},
		{"logo", &a.Logo},
		{"logo_url", &a.LogoURL},
	})
	for _, t := range types {
		a.PositionTypes = append(a.PositionTypes, t.Name)
	}
	for _, c := range categories {
		a.Categories = append(a.Categories, c.Name)
	}
	return err
}

// PosID is the posting that the ad advertises: the last part of its URL, 0 where that is no number.
func (a Ad) PosID() ID {
	u, err := url.Parse(a.URL)
	if err != nil {
		return 0
	}
	id, err := strconv.ParseInt(path.Base(u.Path), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return ID(id)
}

// Location is a place of work.
type Location struct {
	Addr1       string
	Addr2       string
	City        string
	State       string
	Zip         string
	CountryCode string

	Record
}

// UnmarshalJSON takes a location in any form that EJM sends. Only text that is no JSON is an error.
func (l *Location) UnmarshalJSON(data []byte) error {
	*l = Location{}
	return l.decode(data, l.fields())
}

func (l *Location) fields() []field {
	return []field{
		{"addr1", &l.Addr1},
		{"addr2", &l.Addr2},
		{"city", &l.City},
		{"state", &l.State},
		{"zip", &l.Zip},
		{"country_code", &l.CountryCode},
	}
}
