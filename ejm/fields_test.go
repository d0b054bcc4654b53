package ejm

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// leeApplication is what the sample of application 620310 says, all of it.
var leeApplication = Application{
	AppID: 620310, AID: 38848, PosID: 9012, FirstName: "Min-Jung", LastName: "Lee", DegreeInst: "Université de Montréal",
	AppDate: "2025-11-03 14:05:09", ChangeDate: "2025-11-20 08:00:00", AdTitle: "Assistant Professor, Macro/Finance",
	Files: []File{
		{
			FileID: 828205, AID: 38848, PostingDocID: 4411, TypeID: 10, BlobID: 77123, Name: "cv", Description: "Curriculum vitae",
			LongDescription: "Your curriculum vitae", Type: "file", CreatedAt: "2025-11-03 14:00:00", UpdatedAt: "2025-11-03 14:00:00",
		},
		{
			FileID: 828209, AID: 38848, PostingDocID: 4412, TypeID: 25, Name: "video", Description: "Video", Type: "link",
			Path: "https://videos.example.org/lee?t=1&x=2", CreatedAt: "2025-11-03 14:01:00",
		},
		{AID: 38848, PostingDocID: 4413, TypeID: 50, Name: "teachingstatement", Description: "Teaching statement", Type: "file"},
	},
	Questions: []Question{
		{
			ID: 5501, Question: "Which fields do you teach?", TypeID: "check-boxes", SortOrder: 1, Response: `{"16694":"1"}`,
			ResponseID: 16694, ResponseText: "Macro", CreatedAt: "2025-11-03 14:02:00",
		},
		{
			ID: 5501, Question: "Which fields do you teach?", TypeID: "check-boxes", SortOrder: 1, Response: `{"16695":"1"}`,
			ResponseID: 16695, ResponseText: "Finance 📈", CreatedAt: "2025-11-03 14:02:00",
		},
		{
			ID: 5502, Question: "When can you start?", TypeID: "text", Instructions: "A date", SortOrder: 2, Response: "1 August",
			ResponseID: 16700, ResponseText: "1 August", CreatedAt: "2025-11-03 14:02:00", UpdatedAt: "2025-11-03 15:00:00",
		},
		{
			ID: 5503, Question: "May we contact your advisor?", TypeID: "radio", SortOrder: 3, Response: `{"16701":"1"}`,
			ResponseID: 16701, ResponseText: "Yes / oui", CreatedAt: "2025-11-03 14:03:00",
		},
		{
			ID: 5504, Question: "Where would you work?", TypeID: "multiple-choice", Instructions: "Any", SortOrder: 4,
			Response: `{"16702":"1","16703":"1"}`,
		},
	},
	Recommendations: []Recommendation{
		{
			RecID: 41, LetterID: 90213, BlobID: 88001, Email: "kim@example.org", FirstName: "Ji-Woo", LastName: "Kim",
			Institution: "Seoul National University", Department: "Economics", LastReverified: "2025-11-04 12:00:00",
			ReverifiedBy: "EJM staff", CreatedAt: "2025-11-01 00:00:00", UpdatedAt: "2025-11-05 00:00:00",
		},
		{
			RecID: 43, Email: "ng@example.org", FirstName: "Alice", LastName: "Ng", Institution: "University of Toronto",
			Department: "Economics", CreatedAt: "2025-11-01 00:00:00",
		},
	},
}

// wangApplication is the other one: numbers as text, everything empty that can be.
var wangApplication = Application{
	AppID: 620311, AID: 38849, PosID: 9012, FirstName: "李", LastName: "王", AppDate: "2025-11-04 09:00:00",
	AdTitle: "Assistant Professor, Macro/Finance",
}

var sampleFiles = []File{
	{
		FileID: 828205, AID: 38848, BlobID: 77123, TypeID: 10, FileName: "cv_lee.pdf", FileSize: sampleSize,
		FileType: "application/pdf", SHA1: sampleSHA1,
	},
	{FileID: 828209, AID: 38848, TypeID: 25, Path: "https://videos.example.org/lee?t=1&x=2"},
}

var sampleLetters = []Letter{
	{
		LetterID: 90213, BlobID: 88001, ARID: 41, Date: "2025-11-05 00:00:00", ExpiryDate: "2026-12-31 00:00:00",
		Name: "Letter for Min-Jung Lee", CreatedAt: "2025-11-05 00:00:00", UpdatedAt: "2025-11-05 00:00:00",
	},
	{LetterID: 90214, BlobID: 88002, ARID: 44, Date: "2025-11-06 00:00:00", Notes: "replaced"},
}

var sampleConferences = []Conference{{
	ConferenceID: 31, ID: 7, Name: "ASSA 2026", City: "Philadelphia", Country: "US", StartDate: "2026-01-03 00:00:00",
	EndDate: "2026-01-05 00:00:00", URL: "https://www.aeaweb.org/conference", RoomNumber: "1203", RoomLabel: "Suite",
	Description: "Annual meeting", Code: "assa26", HotelName: "Marriott", HotelFullName: "Philadelphia Marriott Downtown",
	Address: "1201 Market St", Longitude: "-75.1599", Latitude: "39.952",
}}

var sampleInterviews = []Interview{{
	ID: 3001, GroupID: 5, Name: "Macro", LocationID: 9, Description: "First round", IntervieweeID: 38848,
	StartDatetime: "2026-01-03 09:00:00", EndDatetime: "2026-01-03 09:30:00", FirstName: "Min-Jung", LastName: "Lee",
	DegreeInst: "Université de Montréal", AppID: 620310, AID: 38848, RoomLabel: "Suite", RoomNumber: "1203",
	HotelFullName: "Philadelphia Marriott Downtown", Address: "1201 Market St", City: "Philadelphia",
}}

var sampleOfficers = []PlacementOfficer{{
	Department: "Economics", Name: "Université de Montréal", FirstName: "Jean", LastName: "Tremblay",
	Email: "placement@example.org", URLPlacement: "https://example.org/placement",
}}

var sampleAds = []Ad{{
	AdTitle: "Assistant Professor, Macro/Finance", AdText: "<p>The department invites applications.</p>",
	StartDate: "2025-09-01 00:00:00", EndDate: "2026-03-01 00:00:00", DeadlineDate: "2025-11-30 00:00:00",
	Department: "Economics", Name: "University of Example", Latitude: "43.66", Longitude: "-79.39",
	Locations: []Location{
		{Addr1: "1 Main Street", City: "Toronto", State: "ON", Zip: "M5S", CountryCode: "CA"},
		{Addr1: "Campus North", Addr2: "Building 5", City: "Ottawa", Zip: "10117", CountryCode: "CA"},
	},
	PositionTypes: []string{"Assistant Professor"}, Categories: []string{"Macroeconomics", "Finance"},
	URL: "https://econjobmarket.org/positions/9012", Logo: "example.png",
	LogoURL: "https://econjobmarket.org/logos/example.png",
}}

// equal compares records field by field, all but their raw text.
func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Record{}, "Raw"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("it is not read as it is written by hand (-by hand +read):\n%s", diff)
	}
}

// TestSamplesFillEveryField holds the samples to their purpose: a field that is empty in all of them could be read wrongly
// without any test noticing.
func TestSamplesFillEveryField(t *testing.T) {
	fills := func(records any) {
		all := reflect.ValueOf(records)
		for _, field := range reflect.VisibleFields(all.Type().Elem()) {
			filled := field.Type == reflect.TypeFor[Record]() || field.Name == "Raw" || field.Name == "Odd"
			for i := range all.Len() {
				filled = filled || !all.Index(i).FieldByIndex(field.Index).IsZero()
			}
			if !filled {
				t.Errorf("no sample fills %s.%s", all.Type().Elem().Name(), field.Name)
			}
		}
	}
	fills([]Application{leeApplication, wangApplication})
	fills(slices.Concat(leeApplication.Files, sampleFiles))
	fills(leeApplication.Questions)
	fills(leeApplication.Recommendations)
	fills(sampleLetters)
	fills(sampleConferences)
	fills(sampleInterviews)
	fills(sampleOfficers)
	fills(sampleAds)
	fills(sampleAds[0].Locations)
}
