package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/ejmx/ejmx/archive"
)

func TestCertificateIsTheSameForTheSame(t *testing.T) {
	one := archive.Certificate{Name: "disposal-20261124T090000Z", SHA256: []string{"bb", "aa", "bb"}, Began: day("2026-11-24")}
	other := archive.Certificate{Name: "disposal-20261124T090000Z", SHA256: []string{"aa", "bb"}, Began: day("2026-11-24")}
	var first, second bytes.Buffer
	for c, out := range map[*archive.Certificate]*bytes.Buffer{&one: &first, &other: &second} {
		c.Seal()
		if err := c.WriteJSON(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("%s\n%s", first.String(), second.String())
	}
	sum := sha256.Sum256([]byte("aa\nbb\n")) // as sha256sum does it
	if one.Digest != hex.EncodeToString(sum[:]) || one.Schema != 1 {
		t.Errorf("digest %s, schema %d", one.Digest, one.Schema)
	}
}

func TestPostingsOfAnArchive(t *testing.T) {
	data := write(t)
	got, err := archive.Postings(bytes.NewReader(data), int64(len(data)))
	if err != nil || !slices.Equal(got, []string{"9012"}) {
		t.Errorf("%v %v", got, err)
	}
	for name, foreign := range map[string][]byte{"no zip": []byte("PK nothing"), "cut": data[:len(data)/2]} {
		if got, err := archive.Postings(bytes.NewReader(foreign), int64(len(foreign))); !errors.Is(err, archive.ErrNotTold) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func TestRetentionRules(t *testing.T) {
	var two, five archive.Period
	if err := errors.Join(two.UnmarshalText([]byte("2y")), five.UnmarshalText([]byte("5y"))); err != nil {
		t.Fatal(err)
	}
	r := archive.Retention{Keep: two, Hold: "audit", Postings: map[string]archive.PostingRule{
		"9012": {Keep: five, Hold: "charge filed", Closed: archive.Day{Time: day("2025-01-15")}},
	}}
	if got := r.Rule("9012"); got != (archive.Rule{Keep: five, Hold: "audit; charge filed"}) {
		t.Errorf("9012: %+v", got)
	}
	if got := r.Rule("9013"); got != (archive.Rule{Keep: two, Hold: "audit"}) || !r.Closed("9013").IsZero() {
		t.Errorf("9013: %+v", got)
	}
	if !r.Closed("9012").Equal(day("2025-01-15")) {
		t.Errorf("closed %v", r.Closed("9012"))
	}
	for id, good := range map[string]bool{"9012": true, "0": false, "spring": false, "-1": false, "9012\u00a0": false} {
		if err := (archive.Retention{Postings: map[string]archive.PostingRule{id: {}}}).Check(); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
	var d archive.Day
	for text, good := range map[string]bool{"2024-12-15": true, "2024-12-15T10:00:00Z": true, "15.12.2024": false, "2024-02-30": false, "": false} {
		if err := d.UnmarshalText([]byte(text)); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
