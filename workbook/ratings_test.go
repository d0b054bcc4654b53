package workbook

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

func rate(t *testing.T, ratings map[ejm.ID]any, notes map[ejm.ID]string) []byte {
	p := edit(t, write(t, madeUp(6, 1), Options{}))
	for id, rating := range ratings {
		p.must(p.file.SetCellValue("Candidates", p.at("Candidates", "Rating", id), rating))
	}
	for id, words := range notes {
		p.must(p.file.SetCellStr("Candidates", p.at("Candidates", "Notes", id), words))
	}
	return p.save()
}

func TestMergeRatings(t *testing.T) {
	var opinions []Opinion
	for reviewer, data := range map[string][]byte{
		"ada": rate(t, map[ejm.ID]any{620001: 5, 620003: 4.5, 620004: "A"}, map[ejm.ID]string{620003: "good"}),
		"bea": rate(t, map[ejm.ID]any{620001: 2, 620003: "4,5"}, map[ejm.ID]string{620003: "agreed", 620005: "only notes"}),
	} {
		typed, err := ReadTyped(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		opinions = append(opinions, typed.Opinions(reviewer)...)
	}
	marks := `{"format":"ejmx marks","version":1,"reviewer":"Cyd","marks":{"620003":{"name":"Lee, Min-Jung","stars":3,"tags":["fly out"],"notes":"yes"}}}`
	more, err := ReadMarks(strings.NewReader(marks), "file")
	if err != nil {
		t.Fatal(err)
	}
	m := Merge(append(opinions, more...))
	if got := strings.Join(m.Reviewers, " "); got != "Cyd ada bea" {
		t.Errorf("reviewers are %s", got)
	}
	first, second := m.Candidates[0], m.Candidates[1]
	if first.AppID != 620003 || first.Mean != 4 || first.Spread != 1.5 || first.Count != 3 || first.Disagree() || first.Notes["Cyd"] != "[fly out] yes" {
		t.Errorf("first is %+v", first)
	}
	if second.AppID != 620001 || second.Mean != 3.5 || !second.Disagree() {
		t.Errorf("second is %+v", second)
	}
	var out bytes.Buffer
	if err := m.Write(&out, "ejmx test", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	rows, err := open(t, out.Bytes()).GetRows("Ratings")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[1], "|"); !strings.HasPrefix(got, "Lee, Min-Jung|620003|4.00|1.50|3||3|4.5|4,5|Cyd: [fly out] yes\nada: good\nbea: agreed") {
		t.Errorf("the first row is %q", got)
	}
}

func TestReadMarksRefusesOthers(t *testing.T) {
	for _, words := range []string{"", "[]", `{"format":"x"}`, `{"format":"ejmx marks","version":1,"marks":{"me":{}}}`, `{"format":"ejmx marks","version":1,"marks":{"1":null}}`} {
		if opinions, err := ReadMarks(strings.NewReader(words), "x"); err == nil {
			t.Errorf("%q was read: %v", words, opinions)
		}
	}
}
