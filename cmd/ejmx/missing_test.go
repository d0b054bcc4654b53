package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// missingSaid is what ejmx missing --json prints.
type missingSaid struct {
	Postings []exporter.Missing `json:"postings"`
	Mails    []reminder         `json:"mails"`
}

func (u *user) missing(args ...string) (said missingSaid) {
	u.t.Helper()
	if code := u.run(append([]string{"missing", "--all", "--json"}, args...)...); code != exitDone {
		u.t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	if err := json.Unmarshal(u.stdout.Bytes(), &said); err != nil {
		u.t.Fatal(err)
	}
	return said
}

func TestMissing(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 40, Postings: 2, DocumentBytes: 1_000}, replay.Options{})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("fetch", "--all"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	awaited, held := lettersOf(t, s.mirror)
	said := u.missing("--mail-text")
	letters := 0
	for _, m := range said.Postings {
		for _, a := range m.Awaited {
			if a.Kind == ejm.KindLetter && awaited[a.RecID] != a.Writer.Email {
				t.Errorf("recommendation %s is said to be awaited from %s", a.RecID, a.Writer.Email)
			}
			if a.Kind == ejm.KindLetter {
				letters++
			}
		}
	}
	if letters != len(awaited) || letters == 0 {
		t.Errorf("%d letters are awaited, of %d", letters, len(awaited))
	}
	checkReminders(t, said.Mails, awaited)

	if said := u.missing("--edition", "no-letters", "--mail-text", "--within", "100000"); len(said.Mails) > 0 || hasLetters(said) {
		t.Errorf("an edition without letters tells of them: %+v", said)
	}
	expiring := 0
	for _, m := range u.missing("--within", "100000").Postings {
		for _, x := range m.Expiring {
			if x.What == exporter.LetterExpires {
				expiring++
			}
		}
	}
	if expiring != held || held == 0 {
		t.Errorf("%d letters expire one day, of %d", expiring, held)
	}
}

// lettersOf gives the awaited letters' writers by recid, and how many letters have arrived.
func lettersOf(t *testing.T, m *mirror.Mirror) (awaited map[ejm.ID]string, held int) {
	t.Helper()
	latest, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	awaited = map[ejm.ID]string{}
	for a, err := range mirror.Records[ejm.Application](latest, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range a.Recommendations {
			if r.Arrived() {
				held++
			} else {
				awaited[r.RecID] = r.Email
			}
		}
	}
	return awaited, held
}

func hasLetters(said missingSaid) bool {
	for _, m := range said.Postings {
		for _, a := range m.Awaited {
			if a.Kind == ejm.KindLetter {
				return true
			}
		}
		for _, x := range m.Expiring {
			if x.What == exporter.LetterExpires {
				return true
			}
		}
	}
	return false
}

// checkReminders holds the e-mails against the letters awaited: one for each writer, that names a candidate for each letter.
func checkReminders(t *testing.T, mails []reminder, awaited map[ejm.ID]string) {
	t.Helper()
	of := map[string]int{}
	for _, email := range awaited {
		of[strings.ToLower(email)]++
	}
	if len(mails) != len(of) {
		t.Errorf("%d e-mails to %d writers", len(mails), len(of))
	}
	for _, mail := range mails {
		if n := strings.Count(mail.Text, "\n  - "); n != of[strings.ToLower(mail.To)] {
			t.Errorf("the e-mail to %s asks for %d letters of %d", mail.To, n, of[strings.ToLower(mail.To)])
		}
	}
}

// TestMissingTakesWordsAsData gives names that would be formulas, headers and commands of a terminal.
func TestMissingTakesWordsAsData(t *testing.T) {
	hostile := &exporter.Missing{PosID: 9012, Title: "=HYPERLINK(\"x\")", Awaited: []exporter.Awaited{{
		AppID: 1, Candidate: "Eve\nBcc: all@example.org", Listed: "=cmd|'/c calc'!A1", Kind: ejm.KindLetter, RecID: 7, Label: "@SUM(1)",
		State:  dossier.NotSubmitted,
		Writer: &exporter.Writer{Name: "\x1b[2JMallory\r\nBcc: all@example.org", Email: "m@example.org\nBcc: x@example.org", Institution: "+1"},
	}}, Expiring: []exporter.Expiring{{On: "2026-12-01", What: exporter.LetterExpires, AppID: 1, Candidate: "-1+1", Label: "L"}}}
	all := []*exporter.Missing{hostile}
	var table bytes.Buffer
	if err := writeMissingCSV(&table, all); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table.String(), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, cell := range append(rows[1], rows[2]...) {
		if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
			t.Errorf("a spreadsheet would run %q", cell)
		}
	}
	var mails, shown bytes.Buffer
	if err := tellReminders(&mails, reminders(all)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(mails.String(), "\nBcc") || strings.Contains(mails.String(), "\x1b") {
		t.Errorf("a name made a header or a command:\n%q", mails.String())
	}
	if err := tellMissing(&shown, hostile, &dossier.Edition{Letters: true}, 14); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(shown.String(), "\x1b\r") || strings.Contains(shown.String(), "\nBcc") {
		t.Errorf("a name reached the terminal:\n%q", shown.String())
	}
}
