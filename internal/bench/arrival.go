package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// arrival puts a letter where one was to come: into the first application that lists a recommendation without one. Its
// bytes are those of another letter.
type arrival struct {
	mirror *mirror.Mirror
	like   ejm.ID          // the blobid of a letter that is there
	listed json.RawMessage // as the list of letters has it, once it has arrived
}

// into gives an application's record with the letter in it, or as it was.
func (a *arrival) into(application json.RawMessage) (json.RawMessage, error) {
	if a.listed != nil {
		return application, nil
	}
	var fields map[string]json.RawMessage
	var recommendations []map[string]json.RawMessage
	if err := json.Unmarshal(application, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(fields["recommendations"], &recommendations); err != nil {
		return nil, err
	}
	for _, r := range recommendations {
		var blobid ejm.ID
		if err := json.Unmarshal(r["blobid"], &blobid); err != nil {
			return nil, err
		}
		if blobid != 0 {
			a.like = blobid
			continue
		}
		if a.like == 0 {
			continue
		}
		if err := a.arrive(r); err != nil {
			return nil, err
		}
		var err error
		if fields["recommendations"], err = json.Marshal(recommendations); err != nil {
			return nil, err
		}
		return json.Marshal(fields)
	}
	return application, nil
}

// arrive stores the letter's document and notes it in its recommendation.
func (a *arrival) arrive(recommendation map[string]json.RawMessage) error {
	number := ejm.ID(900_000_001)
	for a.mirror.Has(ejm.KindLetter, number) {
		number++
	}
	record := map[string]json.RawMessage{
		"letterid": json.RawMessage(number.String()), "blobid": json.RawMessage(number.String()),
	}
	maps.Copy(recommendation, record)
	var err error
	if a.listed, err = json.Marshal(record); err != nil {
		return err
	}
	like, err := a.mirror.OpenDocument(ejm.KindLetter, a.like)
	if err != nil {
		return fmt.Errorf("a letter like others: %w", err)
	}
	defer like.Close()
	w, err := a.mirror.NewDocument(ejm.KindLetter)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, like); err != nil {
		return err
	}
	_, err = w.Commit(number, a.listed)
	return err
}
