package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	faults, err := replay.ParseFaults("404:/api/document/,gone:letter/90205,503:/api/files/828203")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, season.Options{Applications: 20, Postings: 2, DocumentBytes: 2_000}, replay.Options{Faults: faults})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("status"); code != exitUnexpected || !strings.Contains(u.stderr.String(), "there is no season") {
		t.Errorf("before the first fetch: exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("fetch", "--all"); code != exitProblems {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("archive", "--posting", "9012"); code != exitProblems && code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	if _, err := writeSettings(u.env["EJMX_SEASON"], nil); err != nil {
		t.Fatal(err)
	}
	if code := u.run("status", "--json"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	var status struct {
		seasonStatus
		Retention []json.RawMessage `json:"retention"` // whose periods are for people
	}
	if err := json.Unmarshal(u.stdout.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	failed, applications := 0, 0
	for _, p := range status.Postings {
		failed += p.Failed
		applications += p.Applications
	}
	if applications != 20 || failed != 1 || status.Snapshots != 1 || len(status.Archives) != 1 || len(status.Retention) != 2 || status.AtWork != nil {
		t.Errorf("the status is %s", u.stdout.String())
	}
	if status.Run == nil || status.Run.Failed == 0 || status.Bytes.Mirror < 20_000 || status.Bytes.Archives == 0 || status.Bytes.Free == 0 {
		t.Errorf("the status is %s", u.stdout.String())
	}
	if code := u.run("status"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	for _, want := range []string{"last fetch ", "! 1 document or list did not come", "POSTING", "Disk      mirror ", "Archives  1 archive", "Disposal  nothing is due"} {
		if !strings.Contains(u.stdout.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, u.stdout.String())
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 second", 3 * time.Minute: "3 minutes", 119 * time.Minute: "119 minutes", 5 * time.Hour: "5 hours", 72 * time.Hour: "3 days",
	} {
		if got := ago(d); got != want {
			t.Errorf("%s is told as %q, want %q", d, got, want)
		}
	}
}
