package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// applicantFields are EJM's fields of an applicant, each a column of applicants under the same name.
var applicantFields = []string{
	"email", "phone", "fax", "url", "country", "categories", "primary_field", "secondary_fields", "conferences",
	"degreetype", "degreeinst", "degreebegyear", "degreeendyear", "curpos", "curinst",
	"enrolldate", "changedate", "ackdate", "last_revised_time", "is_contactok", "status",
	"ethnic", "ethnicity", "race", "gender", "nationality",
}

// columns are those of each table that rows are given for, in the order of their values. Tables whose key ends in _no number
// their rows themselves.
var columns = map[string][]string{
	"postings": {
		"posid", "title", "institution", "department", "url", "deadline", "edition", "snapshot", "taken", "changes_since",
		"api", "tool", "folder",
	},
	"applicants":   append([]string{"aid", "first_name", "middle_name", "last_name"}, applicantFields...),
	"applications": {"appid", "posid", "aid", "name", "applied", "changed", "as_of"},
	"documents": {
		"appid", "place", "kind", "file_id", "type_id", "type_name", "label", "state", "reason", "date", "previous",
		"blobid", "bytes", "sha1", "sha256", "media_type", "file_name", "url", "path",
	},
	"letters":    {"document_no", "recid", "letterid", "first_name", "last_name", "institution", "department", "email"},
	"questions":  {"posid", "question_id", "place", "question", "type"},
	"answers":    {"appid", "posid", "question_id", "answer"},
	"interviews": {"appid", "interview_id", "conference_id", "conference", "group_name", "starts", "ends", "location", "description"},
	"changes":    {"posid", "appid", "name", "item", "what", "before", "after"},
}

// tables takes rows for each table by its name.
type tables map[string]*sql.Stmt

// prepare makes the statements that add rows. Applicants and applications that are there already stand.
func prepare(ctx context.Context, tx *sql.Tx) (tables, error) {
	into := tables{}
	for table, names := range columns {
		insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)",
			table, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1))
		if table == "applicants" || table == "applications" {
			insert += " ON CONFLICT DO NOTHING"
		}
		statement, err := tx.PrepareContext(ctx, insert)
		if err != nil {
			return nil, err
		}
		into[table] = statement
	}
	return into, nil
}

// add adds one row and tells whether it was new.
func (into tables) add(ctx context.Context, table string, values ...any) (isNew bool, err error) {
	result, err := into[table].ExecContext(ctx, values...)
	if err != nil {
		return false, fmt.Errorf("%s: %w", table, err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

func (into tables) posting(ctx context.Context, p Posting) error {
	if _, err := into.add(ctx, "postings",
		int64(p.PosID), text(p.Title), text(p.Institution), text(p.Department), text(p.URL), text(p.Deadline), clean(p.Edition.Name),
		p.Snapshot.ID, moment(p.Snapshot.Taken), text(p.Since), text(p.API), text(p.Tool), text(p.Folder),
	); err != nil {
		return err
	}
	for i, q := range p.Questions {
		if _, err := into.add(ctx, "questions", int64(p.PosID), int64(q.ID), i+1, text(q.Text), text(q.Type)); err != nil {
			return err
		}
	}
	here := map[ejm.ID]bool{}
	for _, d := range p.Dossiers {
		isNew, err := into.application(ctx, p.PosID, d)
		if err != nil {
			return fmt.Errorf("application %s: %w", d.AppID, err)
		}
		here[d.AppID] = here[d.AppID] || isNew // EJM may list one twice
	}
	for _, v := range p.Interviews {
		if !here[v.AppID] {
			continue
		}
		if err := into.interview(ctx, v); err != nil {
			return err
		}
	}
	for _, c := range p.Changes {
		if _, err := into.add(ctx, "changes",
			int64(p.PosID), int64(c.AppID), text(c.Name), text(c.Item), c.What, text(c.Before), text(c.After),
		); err != nil {
			return err
		}
	}
	return nil
}

// application adds an application with all that hangs on it, unless it is there already.
func (into tables) application(ctx context.Context, posid ejm.ID, d *dossier.Dossier) (isNew bool, err error) {
	aid := d.AID
	if aid == 0 {
		aid = -d.AppID
	}
	if err := into.applicant(ctx, aid, d); err != nil {
		return false, err
	}
	isNew, err = into.add(ctx, "applications",
		int64(d.AppID), int64(posid), int64(aid), clean(d.Name.Full()), text(d.Applied), text(d.Changed), moment(d.AsOf))
	if err != nil || !isNew {
		return false, err
	}
	for i := range d.Documents {
		if err := into.document(ctx, d.AppID, i+1, &d.Documents[i]); err != nil {
			return false, err
		}
	}
	for _, a := range d.Answers {
		if _, err := into.add(ctx, "answers", int64(d.AppID), int64(posid), int64(a.QuestionID), clean(a.Text)); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (into tables) applicant(ctx context.Context, aid ejm.ID, d *dossier.Dossier) error {
	row := []any{int64(aid), text(d.Name.First), text(d.Name.Middle), text(d.Name.Last)}
	for _, field := range applicantFields {
		row = append(row, text(d.Fact(field)))
	}
	for _, fact := range d.Facts {
		if !slices.Contains(applicantFields, fact.Key) {
			return fmt.Errorf("applicants has no column for %q", fact.Key)
		}
	}
	_, err := into.add(ctx, "applicants", row...)
	return err
}

// document adds a file or a letter; what is known of a letter alone goes into letters.
func (into tables) document(ctx context.Context, appid ejm.ID, place int, d *dossier.Document) error {
	var fileID, size any
	if d.Kind == ejm.KindFile {
		fileID = number(d.ID)
	}
	if d.State.HasBytes() {
		size = d.Bytes
	}
	result, err := into["documents"].ExecContext(ctx,
		int64(appid), place, string(d.Kind), fileID, number(d.TypeID), text(d.TypeName), clean(d.Label), string(d.State),
		text(d.Reason), text(d.Date), d.Previous, number(d.BlobID), size, text(d.SHA1), text(d.SHA256), text(d.MediaType),
		text(d.FileName), text(d.URL), text(d.Path))
	if err != nil {
		return fmt.Errorf("documents: %w", err)
	}
	if d.Kind != ejm.KindLetter {
		return nil
	}
	documentNo, err := result.LastInsertId()
	if err != nil {
		return err
	}
	var writer dossier.Writer
	if d.Writer != nil {
		writer = *d.Writer
	}
	_, err = into.add(ctx, "letters", documentNo, number(d.RecID), number(d.ID), text(writer.First), text(writer.Last),
		text(writer.Institution), text(writer.Department), text(writer.Email))
	return err
}

func (into tables) interview(ctx context.Context, v dossier.Interview) error {
	_, err := into.add(ctx, "interviews", int64(v.AppID), number(v.ID), number(v.ConferenceID), text(v.Conference),
		text(v.Group), text(v.Start), text(v.End), text(v.Place), text(v.Description))
	return err
}

// number is one of EJM's numbers; none is NULL.
func number(id ejm.ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// text is a text as it is stored; an empty one is NULL.
func text(s string) any {
	if s == "" {
		return nil
	}
	return clean(s)
}

// clean makes a text one that every reader takes whole. SQLite stores any bytes as a text, but programs in C end it at a NUL and
// Python refuses what is not UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// moment is a time of ours: RFC 3339 in UTC.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
