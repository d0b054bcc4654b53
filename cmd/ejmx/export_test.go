package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// served is a made-up season behind a server.
type served struct {
	mirror *mirror.Mirror
	server *replay.Server
	url    string
}

// serve makes a season up and serves it.
func serve(t *testing.T, made season.Options, options replay.Options) *served {
	t.Helper()
	m, err := mirror.Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := season.Write(m, made); err != nil {
		t.Fatal(err)
	}
	return serveMirror(t, m, options)
}

func serveMirror(t *testing.T, m *mirror.Mirror, options replay.Options) *served {
	t.Helper()
	server, err := replay.New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	return &served{mirror: m, server: server, url: web.URL}
}

// signIn gives a user the server's key and secret.
func (u *user) signIn(s *served) {
	u.env["EJMX_API"] = s.url
	u.env["EJMX_CLIENT_KEY"] = s.server.Credentials().Key
	u.env["EJMX_CLIENT_SECRET"] = s.server.Credentials().Secret
	u.env["EJMX_SEASON"] = filepath.Join(u.home, "season")
}

// exported is what --json says of a run of export.
func (u *user) exported() exportSummary {
	u.t.Helper()
	var summary exportSummary
	if err := json.Unmarshal(u.stdout.Bytes(), &summary); err != nil {
		u.t.Fatalf("--json printed %q: %v\n%s", u.stdout.String(), err, u.stderr.String())
	}
	return summary
}

func readReport(t *testing.T, folder string) *exporter.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report exporter.Report
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	return &report
}

// hashes gives the SHA-256 of every file below a folder.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		relative, err := filepath.Rel(dir, name)
		sums[filepath.ToSlash(relative)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// checkReport holds a report against the folder it lies in and the mirror it should tell of.
func checkReport(t *testing.T, folder string, report *exporter.Report, source *mirror.Mirror) {
	t.Helper()
	sums := hashes(t, folder)
	totals := exporter.Totals{Excluded: report.Totals.Excluded}
	for _, a := range report.Applications {
		totals.Applications++
		totals.Pages += a.Pages
		if sums[a.Packet] != a.SHA256 {
			t.Errorf("%s is not what the report says", a.Packet)
		}
		for _, d := range a.Documents {
			totals.Documents++
			totals.Bytes += d.Bytes
			if d.Merged == dossier.MergedPlaceholder && d.State.HasBytes() {
				totals.Placeholder++
			}
			countState(&totals, d.State)
			if !d.State.HasBytes() {
				continue
			}
			if sums[d.Path] != d.SHA256 {
				t.Errorf("%s is not what the report says", d.Path)
			}
			truth, err := source.Document(d.Kind, d.BlobID)
			if d.State == dossier.Stored && (err != nil || truth.SHA256 != d.SHA256) {
				t.Errorf("%s %s of %s is not what EJM has: %v", d.Kind, d.ID, a.Name, err)
			}
		}
	}
	if totals != report.Totals {
		t.Errorf("the totals do not add up: %+v, counted %+v", report.Totals, totals)
	}
}

func countState(t *exporter.Totals, s dossier.State) {
	switch s {
	case dossier.Stored:
		t.Stored++
	case dossier.Suspect:
		t.Suspect++
	case dossier.Link:
		t.Link++
	case dossier.NotSubmitted:
		t.NotSubmitted++
	case dossier.Withdrawn:
		t.Withdrawn++
	case dossier.Failed:
		t.Failed++
	}
}

// blobsOf lists what a mirror's newest snapshot says is held, with its hash.
func blobsOf(t *testing.T, m *mirror.Mirror) map[string]string {
	t.Helper()
	latest, err := m.Latest()
	if err != nil || latest == nil {
		t.Fatal(err)
	}
	blobs := map[string]string{}
	add := func(kind ejm.Kind, blobid ejm.ID) {
		if blobid == 0 {
			return
		}
		blob, err := m.Document(kind, blobid)
		if err != nil {
			t.Errorf("%s %s: %v", kind, blobid, err)
			return
		}
		blobs[fmt.Sprint(kind, blobid)] = blob.SHA256
	}
	for a, err := range mirror.Records[ejm.Application](latest, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			add(ejm.KindFile, f.BlobID)
		}
		for _, r := range a.Recommendations {
			add(ejm.KindLetter, r.BlobID)
		}
	}
	return blobs
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 8, Postings: 2}, replay.Options{})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("export", "--all", "--json"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	first := u.exported()
	if len(first.Postings) != 2 || !first.Complete || first.Fetch == nil || first.Fetch.Documents == 0 {
		t.Fatalf("the first run says %+v", first)
	}
	copied, err := mirror.Open(filepath.Join(u.home, "season", "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if got, want := blobsOf(t, copied), blobsOf(t, s.mirror); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the mirror is not the server's: %d documents, %d there", len(got), len(want))
	}
	for _, p := range first.Postings {
		checkReport(t, p.Folder, readReport(t, p.Folder), s.mirror)
	}

	postings := filepath.Join(u.home, "season", "postings")
	before := hashes(t, postings)
	if code := u.run("export", "--all", "--json"); code != exitDone {
		t.Fatalf("second run: exit %d\n%s", code, u.stderr.String())
	}
	second := u.exported()
	if second.Fetch.New || second.Fetch.Documents != 0 || second.Postings[0].Packets != 0 || second.Fetch.Requests > 10 {
		t.Errorf("with nothing new the second run did %+v, %+v", second.Fetch, second.Postings[0])
	}
	if after := hashes(t, postings); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the second run changed what nothing had changed")
	}

	elsewhere := filepath.Join(u.home, "elsewhere")
	if code := u.run("export", "--all", "--offline", "--out", elsewhere); code != exitDone {
		t.Fatalf("offline: exit %d\n%s", code, u.stderr.String())
	}
	if again := hashes(t, elsewhere); fmt.Sprint(again) != fmt.Sprint(before) {
		t.Error("made again from the mirror, the export is another")
	}
}

// TestExportWithFaults exports while single documents fail in every way: each is named, all others arrive.
func TestExportWithFaults(t *testing.T) {
	t.Parallel()
	made := season.Options{Applications: 6, Postings: 1, DocumentBytes: 20_000}
	source := serve(t, made, replay.Options{})
	files := slices.Sorted(maps.Keys(blobsOfKind(t, source.mirror, ejm.KindFile)))
	if len(files) < 6 {
		t.Fatalf("the season has only %d files", len(files))
	}
	faults := map[string]string{}
	var grammar strings.Builder
	grammar.WriteString("404:/api/document,") // so that each document is asked for by itself
	for i, kind := range []string{"html", "cut", "garbled", "sha1", "gone", "503"} {
		faults[files[i]] = kind
		fmt.Fprintf(&grammar, "%s:file/%s,", kind, files[i])
	}
	parsed, err := replay.ParseFaults(strings.TrimSuffix(grammar.String(), ","))
	if err != nil {
		t.Fatal(err)
	}
	s := serveMirror(t, source.mirror, replay.Options{Faults: parsed})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("export", "--all", "--json"); code != exitProblems {
		t.Fatalf("exit %d\n%s\n%s", code, u.stdout.String(), u.stderr.String())
	}
	folder := u.exported().Postings[0].Folder
	report := readReport(t, folder)
	checkReport(t, folder, report, source.mirror)
	want := map[string]dossier.State{
		"html": dossier.Failed, "cut": dossier.Failed, "garbled": dossier.Failed, "503": dossier.Failed,
		"sha1": dossier.Suspect, "gone": dossier.Withdrawn,
	}
	for _, a := range report.Applications {
		for _, d := range a.Documents {
			kind := faults[d.ID.String()]
			if d.Kind != ejm.KindFile || kind == "" {
				if d.State == dossier.Failed || d.State == dossier.Suspect {
					t.Errorf("%s %s failed without a fault: %s", d.Kind, d.ID, d.Reason)
				}
				continue
			}
			if d.State != want[kind] || d.Reason == "" {
				t.Errorf("fault %s made file %s %s: %q", kind, d.ID, d.State, d.Reason)
			}
			if strings.Count(u.stderr.String(), "file "+d.ID.String()) == 0 && kind != "gone" {
				t.Errorf("nobody was told of file %s (%s)\n%s", d.ID, kind, u.stderr.String())
			}
		}
	}
	if len(report.Problems) < 5 {
		t.Errorf("problems %+v", report.Problems)
	}

	healthy := serveMirror(t, source.mirror, replay.Options{})
	u.signIn(healthy)
	if code := u.run("export", "--all", "--json"); code != exitProblems {
		t.Errorf("after the faults: exit %d, want 3 because one document stays suspect\n%s", code, u.stderr.String())
	}
	if healed := readReport(t, folder); healed.Totals.Failed != 0 || healed.Totals.Withdrawn != 0 || healed.Totals.Suspect != 1 {
		t.Errorf("after the faults the totals are %+v", healed.Totals)
	}
}

// blobsOfKind gives the ids of the documents of a kind that have contents.
func blobsOfKind(t *testing.T, m *mirror.Mirror, kind ejm.Kind) map[string]ejm.ID {
	t.Helper()
	latest, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]ejm.ID{}
	for a, err := range mirror.Records[ejm.Application](latest, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if f.BlobID != 0 && kind == ejm.KindFile {
				ids[f.FileID.String()] = f.BlobID
			}
		}
	}
	return ids
}

func TestExportRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 2, Postings: 1, DocumentBytes: 5_000}, replay.Options{})
	for name, test := range map[string]struct {
		change func(*user)
		args   []string
		exit   int
		says   string
	}{
		"a wrong secret": {func(u *user) { u.env["EJMX_CLIENT_SECRET"] = "0123456789abcdef" }, nil, exitRefused, "does not accept"},
		"a wrong token": {func(u *user) {
			u.env["EJMX_TOKEN"], u.env["EJMX_CLIENT_KEY"], u.env["EJMX_CLIENT_SECRET"] = "abc.def.ghi", "", ""
		}, nil, exitRefused, "access token"},
		"nothing there":      {func(u *user) { u.env["EJMX_API"] = "http://127.0.0.1:1" }, nil, exitUnreachable, "cannot be reached"},
		"not encrypted":      {func(u *user) { u.env["EJMX_API"] = "http://example.org" }, nil, exitUnreachable, "not encrypted"},
		"a path too many":    {func(u *user) { u.env["EJMX_API"] += "/nothing/here" }, nil, exitUnreachable, "not EJM's API"},
		"an unknown posting": {func(*user) {}, []string{"export", "--posting", "1"}, exitUsage, "the postings with applications are"},
		"an unknown edition": {func(*user) {}, []string{"export", "--all", "--edition", "x"}, exitUsage, "there are: committee"},
		"never fetched":      {func(*user) {}, []string{"export", "--posting", "1", "--offline"}, exitUnexpected, "run ejmx export or ejmx fetch first"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUser(t)
			u.signIn(s)
			test.change(u)
			args := test.args
			if args == nil {
				args = []string{"export", "--all"}
			}
			code := u.run(args...)
			said := u.stderr.String()
			if code != test.exit || !strings.Contains(said, test.says) {
				t.Errorf("exit %d, want %d; said\n%s", code, test.exit, said)
			}
			if strings.Contains(said, s.server.Credentials().Secret) {
				t.Error("the secret was printed")
			}
			if strings.Count(said, "ejmx: error: ") != 1 {
				t.Errorf("not one clear line:\n%s", said)
			}
		})
	}
}

// anotherRun has another run be at work on a season until the function it gives is called.
func (u *user) anotherRun(dir string) (end func()) {
	u.t.Helper()
	m, err := mirror.Create(filepath.Join(dir, "mirror"))
	if err != nil {
		u.t.Fatal(err)
	}
	unlock, err := m.Lock(time.Now())
	if err != nil {
		u.t.Fatal(errors.Join(err, m.Close()))
	}
	return func() {
		u.t.Helper()
		if err := errors.Join(unlock(), m.Close()); err != nil {
			u.t.Fatal(err)
		}
	}
}

func TestSecondRunIsToldWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 1, Postings: 1, DocumentBytes: 5_000}, replay.Options{})
	u := newUser(t)
	u.signIn(s)
	unlock := u.anotherRun(filepath.Join(u.home, "season"))
	if code := u.run("export", "--all"); code != exitUnexpected || !strings.Contains(u.stderr.String(), "another run of ejmx is at work on this season: process") {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
	unlock()
	if code := u.run("export", "--all"); code != exitDone {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
}

// TestInterrupted ends a run in the middle, as Ctrl-C does, and goes on from there.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	faults, err := replay.ParseFaults("latency:50ms")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, season.Options{Applications: 6, Postings: 1, DocumentBytes: 3_000}, replay.Options{Faults: faults})
	u := newUser(t)
	u.signIn(s)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for s.server.Counts().All < 12 { // lists and some documents have been asked for
			time.Sleep(time.Millisecond)
		}
		cancel(errInterrupted)
	}()
	if code := u.runUntil(ctx, "export", "--all"); code != exitInterrupted || !strings.Contains(u.stderr.String(), "run the same command again") {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	if _, err := os.Stat(filepath.Join(u.home, "season", "mirror", "lock")); err == nil {
		t.Error("the lock stayed")
	}
	if left, err := os.ReadDir(filepath.Join(u.home, "season", "mirror", "tmp")); err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
	if code := u.run("export", "--all", "--json"); code != exitDone {
		t.Fatalf("exit %d\n%s", code, u.stderr.String())
	}
	checkReport(t, u.exported().Postings[0].Folder, readReport(t, u.exported().Postings[0].Folder), s.mirror)
}
