package workbook

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// marksFile is what the offline site saves of a person's stars, tags and notes.
type marksFile struct {
	Format   string           `json:"format"` // "ejmx marks"
	Version  int              `json:"version"`
	Reviewer string           `json:"reviewer"`
	Marks    map[string]*mark `json:"marks"` // by appid
}

type mark struct {
	Name  string   `json:"name"`
	Stars int      `json:"stars"` // 0 for none, else 1 to 5
	Tags  []string `json:"tags"`
	Notes string   `json:"notes"`
}

// maxMarks bounds a file of marks, in bytes.
const maxMarks = 64 << 20

// ReadMarks reads the marks that a person saved from the offline site, as opinions by the reviewer named in the file, else
// by reviewer. Tags come at the head of the notes.
func ReadMarks(r io.Reader, reviewer string) ([]Opinion, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxMarks))
	if err != nil {
		return nil, err
	}
	var file marksFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("not a file of marks: %w", err)
	}
	if file.Format != "ejmx marks" || file.Version != 1 {
		return nil, fmt.Errorf("not a file of marks, or one of another version: format %q, version %d", file.Format, file.Version)
	}
	if words := strings.TrimSpace(file.Reviewer); words != "" {
		reviewer = words
	}
	var opinions []Opinion
	for key, m := range file.Marks {
		appid, err := strconv.ParseInt(key, 10, 64)
		if err != nil || m == nil {
			return nil, fmt.Errorf("a mark is for %q, which is no application", key)
		}
		opinions = append(opinions, m.opinion(ejm.ID(appid), reviewer))
	}
	slices.SortFunc(opinions, func(a, b Opinion) int { return int(a.AppID - b.AppID) })
	return opinions, nil
}

func (m *mark) opinion(appid ejm.ID, reviewer string) Opinion {
	o := Opinion{AppID: appid, Name: m.Name, Reviewer: reviewer, Notes: strings.TrimSpace(m.Notes)}
	if m.Stars > 0 {
		o.Rating = strconv.Itoa(m.Stars)
	}
	if len(m.Tags) > 0 {
		o.Notes = strings.TrimSpace("[" + strings.Join(m.Tags, ", ") + "] " + o.Notes)
	}
	return o
}
