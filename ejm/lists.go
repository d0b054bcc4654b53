package ejm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
)

// Applications streams /api/applications: all applications to the organisation's postings that have not been retired.
func (c *Client) Applications(ctx context.Context) iter.Seq2[Application, error] {
	return stream[Application](ctx, c, "the list of applications", "/api/applications", "applications")
}

// Applicants streams /api/applicants.
func (c *Client) Applicants(ctx context.Context) iter.Seq2[Applicant, error] {
	return stream[Applicant](ctx, c, "the list of applicants", "/api/applicants", "applicants")
}

// Files streams /api/files: the files of all applicants, without their contents.
func (c *Client) Files(ctx context.Context) iter.Seq2[File, error] {
	return stream[File](ctx, c, "the list of files", "/api/files", "files")
}

// Letters streams /api/letters: the letters that have arrived, without their contents.
func (c *Client) Letters(ctx context.Context) iter.Seq2[Letter, error] {
	return stream[Letter](ctx, c, "the list of letters", "/api/letters", "letters")
}

// Conferences streams /api/conferences.
func (c *Client) Conferences(ctx context.Context) iter.Seq2[Conference, error] {
	return stream[Conference](ctx, c, "the list of conferences", "/api/conferences", "conferences")
}

// Interviews streams the interviews of one conference, /api/conferences/{conference_id}.
func (c *Client) Interviews(ctx context.Context, conference ID) iter.Seq2[Interview, error] {
	return stream[Interview](ctx, c, fmt.Sprintf("the interviews of conference %s", conference), "/api/conferences/"+conference.String(), "interviews")
}

// PlacementOfficers streams /api/placement_officers, which is undocumented and may be absent ([Error].Status 404).
func (c *Client) PlacementOfficers(ctx context.Context) iter.Seq2[PlacementOfficer, error] {
	return stream[PlacementOfficer](ctx, c, "the list of placement officers", "/api/placement_officers", "placement_officers")
}

// Ads streams the public advertisements of all organisations, /data/zz_public/json/Ads. No token goes with it.
func (c *Client) Ads(ctx context.Context) iter.Seq2[Ad, error] {
	return stream[Ad](ctx, c, "the list of ads", adsPath, "ads")
}

// Application reads one application, /api/applications/{appid}.
func (c *Client) Application(ctx context.Context, appid ID) (Application, error) {
	return one(appid, stream[Application](ctx, c, fmt.Sprintf("application %s", appid), "/api/applications/"+appid.String(), "applications"))
}

// Applicant reads one applicant, /api/applicants/{aid}.
func (c *Client) Applicant(ctx context.Context, aid ID) (Applicant, error) {
	return one(aid, stream[Applicant](ctx, c, fmt.Sprintf("applicant %s", aid), "/api/applicants/"+aid.String(), "applicants"))
}

// DocumentApplicant reads the applicant of an application, /api/document/{appid}/applicant.
func (c *Client) DocumentApplicant(ctx context.Context, appid ID) (Applicant, error) {
	return one(0, stream[Applicant](ctx, c, fmt.Sprintf("the applicant of application %s", appid), "/api/document/"+appid.String()+"/applicant", "applicant"))
}

// DocumentApplication reads an application by the document method, /api/document/{appid}/application.
func (c *Client) DocumentApplication(ctx context.Context, appid ID) (Application, error) {
	return one(appid, stream[Application](ctx, c, fmt.Sprintf("application %s", appid), "/api/document/"+appid.String()+"/application", "application"))
}

// one takes the first record of a stream; none is [ErrNoResults]. A record that says it is another than was asked for is
// [ErrBadContent]; asked is 0 where EJM's answer does not hold the id of the question.
func one[T any, P interface {
	*T
	key() ID
}](asked ID, records iter.Seq2[T, error],
) (T, error) {
	var none T
	for record, err := range records {
		if got := P(&record).key(); err == nil && asked != 0 && got != 0 && got != asked {
			return none, &Error{Err: fmt.Errorf("%w: number %s was asked for, %s came", ErrBadContent, asked, got)}
		}
		return record, err
	}
	return none, &Error{Err: ErrNoResults}
}

// stream reads the records of one reply as they come, one in memory at a time.
func stream[T any, P interface {
	*T
	json.Unmarshaler
}](ctx context.Context, c *Client, op, path, envelope string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := c.get(ctx, op, path, c.config.ListLimit, func(s *scanner) error {
			return eachRecord(s, envelope, func(raw []byte) error {
				var record T
				if err := P(&record).UnmarshalJSON(raw); err != nil {
					return err
				}
				if !yield(record, nil) {
					return errStopped
				}
				return nil
			})
		})
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// eachRecord calls do with each record of a reply: the elements of an array, the values of an object keyed "0", "1", …,
// what an envelope {"files": […]} holds, or the one bare object. An error object is that error, anything else is
// [ErrBadContent].
func eachRecord(s *scanner, envelope string, do func(raw []byte) error) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	l := &listReader{scan: s, envelope: envelope, do: do}
	switch c {
	case '[':
		err = l.array()
	case '{':
		err = l.object()
	default:
		// An empty list is [] or an error object. Whatever stands here must not be taken for "nothing there".
		return fmt.Errorf("%w: the list is no list", ErrBadContent)
	}
	if err != nil {
		return err
	}
	return s.end()
}

type listReader struct {
	scan     *scanner
	envelope string
	do       func(raw []byte) error
	buffer   []byte // of one record, used again for the next
}

func (l *listReader) array() error {
	if err := l.scan.open('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := l.scan.another(first, ']')
		if !more || err != nil {
			return err
		}
		if err := l.record(); err != nil {
			return err
		}
	}
}

// record reads one value as a record. A null among records is nothing.
func (l *listReader) record() error {
	raw, err := l.scan.value(l.buffer[:0], maxRecord)
	if err != nil {
		return err
	}
	l.buffer = raw
	if string(raw) == "null" {
		return nil
	}
	if err := replyErrorAtTop(raw); err != nil {
		return err
	}
	return l.do(raw)
}

// object reads an object whose keys tell whether it is a list, an envelope, or itself the record.
func (l *listReader) object() error {
	if err := l.scan.open('{'); err != nil {
		return err
	}
	bare := bytes.NewBufferString("{")
	isList := false
	for first := true; ; first = false {
		more, err := l.scan.another(first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		rawKey, err := l.scan.key()
		if err != nil {
			return err
		}
		c, err := l.scan.peek()
		if err != nil {
			return err
		}
		key := textOf(rawKey)
		switch {
		case isIndex(key) && c == '{':
			isList = true
			err = l.record()
		case string(key) == l.envelope && c == '[':
			isList = true
			err = l.array()
		default:
			err = l.member(bare, rawKey)
		}
		if err != nil {
			return err
		}
	}
	bare.WriteByte('}')
	if err := replyErrorAtTop(bare.Bytes()); err != nil || isList || bare.Len() == len("{}") {
		return err
	}
	if !bytes.Contains(bare.Bytes(), []byte(`id"`)) {
		return fmt.Errorf("%w: it answers with an object that is none of EJM's records", ErrNotAPI)
	}
	return l.do(bare.Bytes())
}

// member appends a member to the bare object.
func (l *listReader) member(bare *bytes.Buffer, rawKey []byte) error {
	if bare.Len() > 1 {
		bare.WriteByte(',')
	}
	bare.Write(rawKey)
	bare.WriteByte(':')
	value, err := l.scan.value(nil, maxRecord-bare.Len())
	bare.Write(value)
	return err
}

// replyErrorAtTop is replyError for bytes not known to be JSON yet.
func replyErrorAtTop(raw []byte) error {
	if !bytes.Contains(raw, []byte(`"error"`)) || !json.Valid(raw) || raw[0] != '{' {
		return nil // what is no JSON is told by the record's own decoding
	}
	return replyError(raw)
}
