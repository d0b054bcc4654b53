package dossier

// applicantFields are EJM's fields of an applicant (API.md, "Applicants") that an edition can name, with what people
// call them.
var applicantFields = map[string]string{
	"email":             "E-mail",
	"phone":             "Phone",
	"fax":               "Fax",
	"url":               "Web page",
	"country":           "Country",
	"categories":        "Categories",
	"primary_field":     "Primary field",
	"secondary_fields":  "Secondary fields",
	"conferences":       "Conferences",
	"degreetype":        "Degree",
	"degreeinst":        "Degree institution",
	"degreebegyear":     "Degree begun",
	"degreeendyear":     "Degree year",
	"curpos":            "Current position",
	"curinst":           "Current institution",
	"enrolldate":        "Registered on EJM",
	"changedate":        "Last changed",
	"ackdate":           "Acknowledged",
	"last_revised_time": "Last revised",
	"is_contactok":      "May be contacted",
	"status":            "Status",

	// Equal-opportunity data: no built-in edition names one.
	"ethnic":      "Ethnic group",
	"ethnicity":   "Ethnicity",
	"race":        "Race",
	"gender":      "Gender",
	"nationality": "Nationality",
}

// FieldLabel is what people call one of EJM's applicant fields: "Degree institution" for "degreeinst".
func FieldLabel(key string) string { return applicantFields[key] }
