package season

import (
	"fmt"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

type conference struct {
	id         ejm.ID
	name       string
	city       string
	country    string
	hotel      string
	room       string
	code       string
	start      time.Time
	lat, long  string
	interviews []interview
}

type interview struct {
	id          ejm.ID
	group       string
	groupID     ejm.ID
	application *application
	start       time.Time
}

// interview invites every third applicant to one of two meetings.
func (w *world) interview() {
	january := time.Date(w.now.Year()+1, 1, 4, 0, 0, 0, 0, time.UTC)
	w.conferences = []*conference{
		{id: 71, name: "Winter Meeting of the Society for Imaginary Economics", city: "Port Anselm", country: "US", hotel: "Grand Hotel Invisible Hand", room: "1414", code: "SIE27", start: january, lat: "41.0001", long: "-70.5002"},
		{id: 72, name: "European Meeting on Islands and Markets", city: "Hohenwalde", country: "DE", hotel: "Gasthof zur Grenzrate", room: "Kaminzimmer", code: "EMIM", start: january.AddDate(0, 0, -18), lat: "51.5003", long: "10.4004"},
	}
	groups := []string{"Macro", "Micro", "Econometrics"}
	for i := 0; i < len(w.applications); i += 3 {
		c := w.conferences[i/3%len(w.conferences)]
		n := len(c.interviews)
		c.interviews = append(c.interviews, interview{
			id: ejm.ID(5101 + i), group: groups[n%len(groups)], groupID: ejm.ID(301 + n%len(groups)), application: w.applications[i],
			start: c.start.AddDate(0, 0, n/12%3).Add(9*time.Hour + time.Duration(n%12)*45*time.Minute),
		})
	}
}

func (c *conference) fields() object {
	return object{
		{"conference_id", c.id},
		{"name", c.name},
		{"city", c.city},
		{"country", c.country},
		{"start_date", day(c.start)},
		{"end_date", day(c.start.AddDate(0, 0, 2))},
		{"url", fmt.Sprintf("https://%s.example.org/", plainLetters(c.code))},
		{"id", c.id + 900},
		{"room_number", c.room},
		{"room_label", "Suite " + c.room},
		{"description", "Interviews of the department"},
		{"code", c.code},
		{"hotel_name", c.hotel},
		{"hotel_full_name", c.hotel + " " + c.city},
		{"address", "1 Market Square"},
		{"longitude", c.long},
		{"latitude", c.lat},
	}
}

func (c *conference) interviewFields(v interview) object {
	p := v.application.person
	return object{
		{"id", v.id},
		{"group_id", v.groupID},
		{"name", v.group},
		{"location_id", c.id + 900},
		{"description", "Thirty minutes and a coffee"},
		{"interviewee_id", p.aid + 4000},
		{"start_datetime", stamp(v.start)},
		{"end_datetime", stamp(v.start.Add(30 * time.Minute))},
		{"fname", p.name.first},
		{"lname", p.name.last},
		{"degreeinst", p.university.name},
		{"appid", v.application.appid},
		{"aid", p.aid},
		{"room_label", "Suite " + c.room},
		{"room_number", c.room},
		{"hotel_full_name", c.hotel + " " + c.city},
		{"address", "1 Market Square"},
		{"city", c.city},
	}
}
