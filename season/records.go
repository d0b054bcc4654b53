package season

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// object is a JSON object whose fields keep their order. Values are strings, numbers, booleans, nil, objects, and slices of
// them.
type object []field

type field struct {
	key   string
	value any
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := marshal(f.value)
		if err != nil {
			return nil, err
		}
		out = append(append(strconv.AppendQuote(out, f.key), ':'), value...)
	}
	return append(out, '}'), nil
}

// marshal is json.Marshal without what that does for HTML.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(out.Bytes()), err
}

// raw writes a record. The types that records are made of always marshal.
func (o object) raw() json.RawMessage {
	data, err := marshal(o)
	if err != nil {
		panic(err)
	}
	return data
}

// EJM's times have no zone.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// some gives nil, JSON's null, for the zero value.
func some[T comparable](value T) any {
	var zero T
	if value == zero {
		return nil
	}
	return value
}

// records are those of one list of a snapshot.
type records struct {
	method  mirror.Method
	records []json.RawMessage
}

// lists are all lists as they stand today.
func (w *world) lists() []records {
	lists := []records{{method: mirror.Applications}, {method: mirror.Applicants}, {method: mirror.Files}, {method: mirror.Letters}, {method: mirror.Conferences}, {method: mirror.Interviews}, {method: mirror.PlacementOfficers}, {method: mirror.Ads}}
	add := func(n int, o object) { lists[n].records = append(lists[n].records, o.raw()) }
	here := map[*person]bool{}
	for _, a := range w.applications {
		add(0, a.fields())
		if p := a.person; !here[p] {
			here[p] = true
			add(1, p.fields())
			for _, f := range p.files {
				if f.id != 0 {
					add(2, f.fields())
				}
			}
		}
		for _, r := range a.recommendations {
			if r.document != nil {
				add(3, r.letterFields(w.now))
			}
		}
	}
	for _, c := range w.conferences {
		add(4, c.fields())
		for _, v := range c.interviews {
			lists[5].records = append(lists[5].records, mirror.WithConference(c.interviewFields(v).raw(), c.id))
		}
	}
	for _, u := range universities {
		add(6, u.officer())
	}
	for _, p := range w.postings {
		if !p.retired {
			add(7, p.ad(w.options.Taken))
		}
	}
	return lists
}

func (a *application) fields() object {
	files := []object{}
	for _, f := range a.files {
		files = append(files, f.entry(a.posting))
	}
	questions := []object{}
	for _, q := range a.answers {
		questions = append(questions, q.fields(a.sent))
	}
	recommendations := []object{}
	for _, r := range a.recommendations {
		recommendations = append(recommendations, r.fields())
	}
	return object{
		{"appid", a.appid},
		{"aid", a.person.aid},
		{"fname", a.person.name.first},
		{"lname", a.person.name.last},
		{"degreeinst", a.person.university.name},
		{"posid", a.posting.id},
		{"appdate", stamp(a.sent)},
		{"changedate", stamp(a.person.changed)},
		{"adtitle", a.posting.title},
		{"files", files},
		{"questions", questions},
		{"recommendations", recommendations},
	}
}

// entry is a file as an application lists it.
func (f *file) entry(p *posting) object {
	o := object{
		{"file_id", some(f.id)},
		{"posting_doc_id", p.id*10 + f.sort.typeID},
		{"description", f.sort.description},
		{"created_at", stamp(f.created)},
		{"updated_at", stamp(f.created)},
		{"aid", f.aid},
		{"type", "file"},
		{"blobid", nil},
		{"type_id", f.sort.typeID},
		{"name", f.sort.name},
		{"long_description", f.sort.long},
	}
	if f.document != nil {
		o[7].value = f.document.blobid
	}
	if f.path != "" {
		o[6].value = "link"
		o = append(o, field{"path", f.path})
	}
	return o
}

func (a answer) fields(when time.Time) object {
	return object{
		{"id", a.question.id},
		{"question", a.question.text},
		{"type_id", a.question.sort},
		{"instructions", a.question.instructions},
		{"sort_order", a.order},
		{"response", a.response},
		{"response_id", a.responseID},
		{"response_text", a.text},
		{"created_at", stamp(when)},
		{"updated_at", stamp(when)},
	}
}

func (r *recommendation) fields() object {
	o := object{
		{"recid", r.recid},
		{"email", r.writer.email},
		{"fname", r.writer.name.first},
		{"lname", r.writer.name.last},
		{"institution", r.writer.university.name},
		{"department", "Economics"},
		{"last_reverified", nil},
		{"reverified_by", nil},
		{"letterid", nil},
		{"blobid", nil},
		{"created_at", stamp(r.created)},
		{"updated_at", stamp(r.created)},
	}
	if r.document != nil {
		o[6].value, o[7].value = stamp(r.arrived), r.writer.email
		o[8].value, o[9].value = r.letterid, r.document.blobid
		o[11].value = stamp(r.arrived)
	}
	return o
}

// letterFields is a letter as the list of letters has it.
func (r *recommendation) letterFields(now time.Time) object {
	return object{
		{"letterid", r.letterid},
		{"blobid", r.document.blobid},
		{"a_rid", r.recid},
		{"date", day(r.arrived)},
		{"expiry_date", day(now.AddDate(0, 9, 0))},
		{"name", r.writer.name.full()},
		{"notes", nil},
		{"created_at", stamp(r.arrived)},
		{"updated_at", stamp(r.arrived)},
	}
}

// fields is a file as the list of files has it.
func (f *file) fields() object {
	if f.document == nil {
		return object{
			{"file_id", f.id},
			{"aid", f.aid},
			{"path", f.path},
			{"blobid", nil},
			{"type_id", f.sort.typeID},
			{"filename", nil},
			{"filesize", nil},
			{"filetype", nil},
			{"sha1_hash", nil},
		}
	}
	return fileFields(f.id, f.document)
}

func fileFields(id ejm.ID, d *document) object {
	return object{
		{"file_id", id},
		{"aid", d.aid},
		{"path", nil},
		{"blobid", d.blobid},
		{"type_id", d.typeID},
		{"filename", d.fileName},
		{"filesize", d.size},
		{"filetype", d.fileType},
		{"sha1_hash", d.sha1},
	}
}

// documentRecord is a document as it comes with its contents.
func documentRecord(d *document) json.RawMessage {
	if d.kind == ejm.KindFile {
		return fileFields(d.number, d).raw()
	}
	return object{
		{"letterid", d.number},
		{"blobid", d.blobid},
		{"filename", d.fileName},
		{"filesize", d.size},
		{"filetype", d.fileType},
		{"sha1_hash", nil},
	}.raw()
}

func (p *person) fields() object {
	others := object{}
	for _, n := range p.others {
		others = others.with(fmt.Sprint(100+n), fields[n])
	}
	return object{
		{"aid", p.aid},
		{"id", p.aid + 4000},
		{"enrolldate", stamp(p.enrolled)},
		{"changedate", stamp(p.changed)},
		{"email", p.email},
		{"fname", p.name.first},
		{"mname", some(p.name.middle)},
		{"lname", p.name.last},
		{"country", p.name.country},
		{"phone", p.phone},
		{"fax", nil},
		{"url", fmt.Sprintf("https://people.%s/%d", p.university.domain, p.aid)},
		{"category_id", 1},
		{"categories", "Candidate"},
		{"primary_field", p.field},
		{"degreetype", "PhD"},
		{"degreeinst", p.university.name},
		{"degreebegyear", p.degreeYear - 6},
		{"degreeendyear", p.degreeYear},
		{"curpos", "Doctoral candidate"},
		{"curinst", p.university.name},
		{"ethnic", 7 - int(p.aid%4)},
		{"ethnicity", "Prefers not to say"},
		{"race", "Prefers not to say"},
		{"gender", some(p.gender)},
		{"is_contactok", p.aid%3 != 0},
		{"ackdate", stamp(p.enrolled)},
		{"nationality", p.name.country},
		{"status", "active"},
		{"statusinactivedate", nil},
		{"last_revised_time", stamp(p.changed)},
		{"secondary_fields", others},
		{"conferences", object{{"71", "Winter Meeting of the Society for Imaginary Economics"}}},
	}
}

// with adds a field unless there is one of that key.
func (o object) with(key string, value any) object {
	for _, f := range o {
		if f.key == key {
			return o
		}
	}
	return append(o, field{key, value})
}

func (u university) officer() object {
	return object{
		{"department", "Economics"},
		{"name", u.name},
		{"fname", u.officerFirst},
		{"lname", u.officerLast},
		{"email", "placement@" + u.domain},
		{"urlplacement", "https://www." + u.domain + "/placement"},
	}
}

func (p *posting) ad(now time.Time) object {
	return object{
		{"adtitle", p.title},
		{"adtext", p.text},
		{"startdate", day(now.AddDate(0, -2, 0))},
		{"enddate", day(now.AddDate(0, 2, 0))},
		{"deadline_date", day(now.AddDate(0, 0, 14))},
		{"department", "Department of Economics"},
		{"name", "University of Port Anselm"},
		{"latitude", "41.0001"},
		{"longitude", "-70.5002"},
		{"locations", []object{{
			{"addr1", "1 Harbour Street"}, {"addr2", nil}, {"city", "Port Anselm"}, {"state", nil}, {"zip", "00001"}, {"country_code", "US"},
		}}},
		{"position_types", []object{{{"name", "Assistant Professor"}}}},
		{"categories", []object{{{"name", "Any field"}}}},
		{"url", fmt.Sprintf("https://econjobmarket.org/positions/%d", p.id)},
		{"logo", nil},
		{"logo_url", nil},
	}
}
