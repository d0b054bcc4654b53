package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// silent reports whether a run printed nothing.
func (u *user) silent() bool { return u.stdout.Len() == 0 && u.stderr.Len() == 0 }

// TestUnattended runs day after day as cron does: silent while all is well, one summary when not.
func TestUnattended(t *testing.T) {
	t.Parallel()
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := season.Write(m, season.Options{Applications: 10, Postings: 1, Days: 2, DocumentBytes: 2_000}); err != nil {
		t.Fatal(err)
	}
	snapshots, err := m.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	s := serveMirror(t, m, replay.Options{Snapshot: snapshots[0].ID})
	u := newUser(t)
	u.signIn(s)
	nightly := []string{"export", "--all", "--quiet", "--json", "--no-zip"}
	for _, run := range []string{"first", "second"} {
		if code := u.run(nightly...); code != exitDone || !u.silent() {
			t.Fatalf("the %s run: exit %d, said %q, %q", run, code, u.stdout.String(), u.stderr.String())
		}
	}
	if _, err := s.server.Advance(); err != nil {
		t.Fatal(err)
	}
	if code := u.run("export", "--all", "--quiet", "--news", "--no-zip"); code != exitDone || u.stderr.Len() > 0 {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	if said := u.stdout.String(); !strings.HasPrefix(said, "ejmx export: 0 problems, ") || !strings.Contains(said, "What is new") || strings.Contains(said, "What is wrong") {
		t.Errorf("a day's news are told as\n%s", said)
	}
	if code := u.run("export", "--all", "--quiet", "--news", "--no-zip"); code != exitDone || !u.silent() {
		t.Errorf("without news: exit %d, said %q, %q", code, u.stdout.String(), u.stderr.String())
	}
}

// TestUnattendedWithProblems fails at one document on the second day.
func TestUnattendedWithProblems(t *testing.T) {
	t.Parallel()
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := season.Write(m, season.Options{Applications: 10, Postings: 1, Days: 2, DocumentBytes: 2_000}); err != nil {
		t.Fatal(err)
	}
	snapshots, err := m.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	u := newUser(t)
	u.signIn(serveMirror(t, m, replay.Options{Snapshot: snapshots[0].ID}))
	if code := u.run("export", "--all", "--quiet", "--no-zip"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	faults, err := replay.ParseFaults("503:/api/letters/,503:/api/files/,503:/api/document/")
	if err != nil {
		t.Fatal(err)
	}
	s := serveMirror(t, m, replay.Options{Faults: faults})
	u.signIn(s)
	log := filepath.Join(u.home, "run.log")
	code := u.run("export", "--all", "--quiet", "--json", "--no-zip", "--log", log, "--log-format", "json", "--log-level", "debug")
	if code != exitProblems {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	var summary exportSummary
	if err := json.Unmarshal(u.stdout.Bytes(), &summary); err != nil || summary.Complete || len(summary.News) == 0 {
		t.Errorf("--json says %+v, %v", summary, err)
	}
	for _, want := range []string{"problem", "What is wrong", "HTTP 503", "What is new", "The results are in"} {
		if strings.Count(u.stderr.String(), want) == 0 {
			t.Errorf("the summary does not say %q:\n%s", want, u.stderr.String())
		}
	}
	checkLog(t, log, s.server.Credentials().Secret)

	u.env["EJMX_CLIENT_SECRET"] = "not-the-one-at-all"
	if code := u.run("export", "--all", "--quiet"); code != exitRefused || !strings.HasPrefix(u.stderr.String(), "ejmx export: stopped early\nSeason ") {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
}

// checkLog holds a log to be JSON lines that tell of requests and failed documents, for its owner alone, without secrets.
func checkLog(t *testing.T, name, secret string) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("the log's mode is %o", info.Mode().Perm())
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), secret) {
		t.Error("the secret is in the log")
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(data)) {
		var entry struct {
			Level   string `json:"level"`
			Message string `json:"msg"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		seen[entry.Message+" "+entry.Level]++
	}
	for _, want := range []string{"began INFO", "request DEBUG", "ledger WARN", "ledger DEBUG", "ended INFO"} {
		if seen[want] == 0 {
			t.Errorf("no line is %q: %v", want, seen)
		}
	}
}

// TestLogLeavesSecretsOut logs what should never be said.
func TestLogLeavesSecretsOut(t *testing.T) {
	var out strings.Builder
	e := &env{secrets: &secrets{}}
	e.redact(credentials{Key: "organisation-7", Secret: "open-sesame", Token: "eyJ.a.b"})
	handler, err := (&logFlags{format: "text", level: logLevel{slog.LevelDebug}}).handler(&out, e.secrets)
	if err != nil {
		t.Fatal(err)
	}
	e.log = slog.New(handler)
	e.log.Warn("it said open-sesame", "error", errors.New("eyJ.a.b and organisation-7"), "name", "\x1b[2J\u202egnp.exe")
	e.logRequest(ejm.Request{Method: "GET", Path: "/open-sesame", Err: "open-sesame"})
	for _, secret := range []string{"open-sesame", "eyJ.a.b", "organisation-7", "\x1b", "\u202e"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log shows %q:\n%s", secret, out.String())
		}
	}
	if strings.Count(out.String(), "\n") != 2 {
		t.Errorf("not a line each:\n%s", out.String())
	}
}
