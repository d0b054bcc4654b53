package ejm

import (
	"slices"
	"strconv"
	"strings"
)

// Applicant is a person, from /api/applicants. EqualOpportunity lists the fields that are not for a committee.
type Applicant struct {
	AID                ID
	ID                 ID
	EnrollDate         string
	ChangeDate         string
	Email              string
	FirstName          string
	MiddleName         string
	LastName           string
	Country            string
	Phone              string
	Fax                string
	URL                string
	CategoryID         ID
	Categories         string // joined by "; "
	PrimaryField       string
	DegreeType         string
	DegreeInst         string
	DegreeBegYear      string
	DegreeEndYear      string
	CurPos             string // current position
	CurInst            string // current institution
	Ethnic             string
	Ethnicity          string
	Race               string
	Gender             string
	IsContactOK        bool
	AckDate            string
	Nationality        string
	Status             string
	StatusInactiveDate string
	LastRevisedTime    string
	SecondaryFields    []Named // in EJM's order
	Conferences        []Named // that the applicant attends, in EJM's order

	Record
}

// Named is one entry of EJM's maps from an id to a name.
type Named struct {
	ID   ID
	Name string
}

// UnmarshalJSON takes an applicant in any form that EJM sends. Only text that is no JSON is an error.
func (a *Applicant) UnmarshalJSON(data []byte) error {
	*a = Applicant{}
	return a.decode(data, a.fields())
}

func (a *Applicant) fields() []field {
	return []field{
		{"aid", &a.AID},
		{"id", &a.ID},
		{"enrolldate", (*date)(&a.EnrollDate)},
		{"changedate", (*date)(&a.ChangeDate)},
		{"email", &a.Email},
		{"fname", &a.FirstName},
		{"mname", &a.MiddleName},
		{"lname", &a.LastName},
		{"country", &a.Country},
		{"phone", &a.Phone},
		{"fax", &a.Fax},
		{"url", &a.URL},
		{"category_id", &a.CategoryID},
		{"categories", (*names)(&a.Categories)},
		{"primary_field", &a.PrimaryField},
		{"degreetype", &a.DegreeType},
		{"degreeinst", &a.DegreeInst},
		{"degreebegyear", &a.DegreeBegYear},
		{"degreeendyear", &a.DegreeEndYear},
		{"curpos", &a.CurPos},
		{"curinst", &a.CurInst},
		{"ethnic", &a.Ethnic},
		{"ethnicity", &a.Ethnicity},
		{"race", &a.Race},
		{"gender", &a.Gender},
		{"is_contactok", &a.IsContactOK},
		{"ackdate", (*date)(&a.AckDate)},
		{"nationality", &a.Nationality},
		{"status", &a.Status},
		{"statusinactivedate", (*date)(&a.StatusInactiveDate)},
		{"last_revised_time", (*date)(&a.LastRevisedTime)},
		{"secondary_fields", (*named)(&a.SecondaryFields)},
		{"conferences", (*named)(&a.Conferences)},
	}
}

func (a *Applicant) key() ID { return a.AID }

// ApplicantFields are EJM's names of the fields of an applicant, in EJM's order.
func ApplicantFields() []string {
	var keys []string
	for _, f := range new(Applicant).fields() {
		keys = append(keys, f.key)
	}
	return keys
}

// EqualOpportunity are EJM's names of the fields that hold equal-opportunity data: not for the committee.
func EqualOpportunity() []string {
	return []string{"ethnic", "ethnicity", "race", "gender", "nationality"}
}

// IsEqualOpportunity reports whether EJM's field of that name holds equal-opportunity data.
func IsEqualOpportunity(key string) bool { return slices.Contains(EqualOpportunity(), key) }

// Texts gives a function that gives fields by EJM's own names, as text for people: maps are joined by "; ", a flag is "yes" or
// "no". known is false for a name that neither EJM's documentation nor this record has; a field that EJM added later is known
// where the record has it.
func (a Applicant) Texts() func(key string) (text string, known bool) {
	fields := a.fields()
	return func(key string) (text string, known bool) {
		for _, f := range fields {
			if f.key == key {
				return forPeople(f.to), true
			}
		}
		return a.later(key)
	}
}

// later is the text of a field that is none of those documented.
func (a Applicant) later(key string) (text string, known bool) {
	if len(a.Raw) == 0 || a.Raw[0] != '{' {
		return "", false
	}
	_ = members(a.Raw, func(k, raw []byte) { // valid, as UnmarshalJSON has made sure
		if string(k) == key {
			var all names
			all.take(raw)
			text, known = string(all), true
		}
	})
	return text, known
}

// forPeople is the text of a field's value.
func forPeople(to any) string {
	switch to := to.(type) {
	case *string:
		return *to
	case *date:
		return string(*to)
	case *names:
		return string(*to)
	case *ID:
		if *to != 0 {
			return to.String()
		}
	case *bool:
		if *to {
			return "yes"
		}
		return "no"
	case *named:
		var all []string
		for _, n := range *to {
			all = append(all, n.Name)
		}
		return strings.Join(all, "; ")
	}
	return ""
}

// named reads a map {id: name}, which is [] where it is empty. A list of names, or of {"id": …, "name": …}, serves as well.
type named []Named

func (n *named) take(value []byte) (odd []string) {
	*n = nil
	if text, ok := scalar(value); ok {
		if text != "" {
			*n = named{{Name: text}}
		}
		return nil
	}
	i := 0
	add := func(id ID, element []byte) {
		one := Named{ID: id}
		text, ok := scalar(element)
		if ok {
			one.Name = text
		} else {
			one, ok = namedObject(id, element)
		}
		if !ok {
			odd = append(odd, "["+strconv.Itoa(i)+"]")
		}
		if ok && one.Name != "" {
			*n = append(*n, one)
		}
		i++
	}
	if value[0] == '[' {
		each(value, func(element []byte) { add(0, element) })
		return odd
	}
	_ = members(value, func(key, element []byte) { // valid, as decode has made sure
		id, _ := strconv.ParseInt(string(key), 10, 64)
		add(ID(id), element)
	})
	return odd
}

// namedObject reads {"id": …, "name": …}.
func namedObject(id ID, value []byte) (Named, bool) {
	one := Named{ID: id}
	if value[0] != '{' {
		return one, false
	}
	_ = members(value, func(key, v []byte) { // valid, as decode has made sure
		switch string(key) {
		case "id":
			assign(v, &one.ID)
		case "name":
			assign(v, &one.Name)
		}
	})
	return one, one.Name != ""
}

// names is text, or names in a list or map, joined by "; ".
type names string

func (t *names) take(value []byte) []string {
	var all named
	odd := all.take(value)
	*t = names(forPeople(&all))
	return odd
}
