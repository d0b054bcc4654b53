package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

// randomSeason is a season in which every person, application and document has a secret of its own.
type randomSeason struct {
	t            *testing.T
	rng          *rand.Rand
	dir          string
	applications []randomApplication
}

// randomApplication is one person's application to one posting.
type randomApplication struct {
	appid, aid, posid int
	blobs             []int // of files; the first is the person's CV, which goes to every posting
	letters           []int // of one recommendation: the second replaces the first
	left              bool  // withdrawn on the last day
}

var randomPostings = []int{9012, 9013, 9014}

func newRandomSeason(t *testing.T, seed uint64) *randomSeason {
	t.Helper()
	s := &randomSeason{t: t, rng: rand.New(rand.NewPCG(seed, 8)), dir: filepath.Join(t.TempDir(), "season")}
	for person := range 5 {
		aid, cv := 38801+person, 77100+10*person
		for _, posid := range randomPostings {
			if s.rng.IntN(2) == 0 {
				continue
			}
			n := len(s.applications)
			a := randomApplication{
				appid: 620301 + n, aid: aid, posid: posid, blobs: []int{cv, 78100 + n}, letters: []int{79100 + 2*n}, left: s.rng.IntN(5) == 0,
			}
			if s.rng.IntN(2) == 0 {
				a.letters = append(a.letters, 79101+2*n)
			}
			s.applications = append(s.applications, a)
		}
	}
	s.write()
	return s
}

func personSecret(aid int) string        { return fmt.Sprintf("%sPERSON%dX", secretMark, aid) }
func applicationSecret(appid int) string { return fmt.Sprintf("%sANSWER%dX", secretMark, appid) }
func documentSecret(blobid int) string   { return fmt.Sprintf("%sDOCUMENT%dX", secretMark, blobid) }

// write puts the season into a mirror: two days, on the second of which letters were replaced and applications withdrawn.
func (s *randomSeason) write() {
	s.t.Helper()
	m, err := mirror.Create(filepath.Join(s.dir, "mirror"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer m.Close()
	for _, a := range s.applications {
		for _, blobid := range a.blobs {
			s.document(m, ejm.KindFile, blobid)
		}
		for _, blobid := range a.letters {
			s.document(m, ejm.KindLetter, blobid)
		}
	}
	for day := range 2 {
		s.snapshot(m, day)
	}
}

func (s *randomSeason) document(m *mirror.Mirror, kind ejm.Kind, blobid int) {
	s.t.Helper()
	if m.Has(kind, ejm.ID(blobid)) {
		return
	}
	w, err := m.NewDocument(kind)
	if err == nil {
		err = confidential(w, documentSecret(blobid))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	record := fmt.Sprintf(`{"blobid":%d,"filename":"%s.pdf","filetype":"application/pdf"}`, blobid, documentSecret(blobid))
	if _, err := w.Commit(ejm.ID(blobid), json.RawMessage(record)); err != nil {
		s.t.Fatal(err)
	}
}

// days are when the two snapshots were taken.
var days = []time.Time{time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}

func (s *randomSeason) snapshot(m *mirror.Mirror, day int) {
	s.t.Helper()
	w, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: days[day], API: "https://backend.econjobmarket.org"})
	if err != nil {
		s.t.Fatal(err)
	}
	add := func(method mirror.Method, format string, values ...any) {
		if err := w.Add(method, fmt.Appendf(nil, format, values...)); err != nil {
			s.t.Fatal(err)
		}
	}
	counts, people := map[int]int{}, map[int]bool{}
	for _, a := range s.applications {
		s.register(add, a, day)
		if day == 1 && a.left {
			continue
		}
		counts[a.posid]++
		letter := a.letters[min(day, len(a.letters)-1)]
		add(mirror.Applications, `{"appid":%d,"aid":%d,"posid":%d,"fname":"Jo","lname":"%s","adtitle":"Professor",
			"files":[{"file_id":%d,"type_id":10,"name":"cv","description":"CV","blobid":%d},{"file_id":%d,"type_id":30,"name":"other","description":"Statement","blobid":%d}],
			"questions":[{"id":1,"question":"Why?","type_id":"text","response_text":"%s"}],
			"recommendations":[{"recid":%d,"letterid":%d,"fname":"Ref","lname":"%s","blobid":%d}]}`,
			a.appid, a.aid, a.posid, personSecret(a.aid), a.blobs[0], a.blobs[0], a.blobs[1], a.blobs[1], applicationSecret(a.appid),
			a.appid, letter, applicationSecret(a.appid), letter)
		for _, blobid := range a.blobs {
			add(mirror.Files, `{"file_id":%d,"aid":%d,"blobid":%d,"filename":"%s.pdf"}`, blobid, a.aid, blobid, documentSecret(blobid))
		}
		add(mirror.Letters, `{"letterid":%d,"blobid":%d,"name":"%s"}`, letter, letter, documentSecret(letter))
		add(mirror.Interviews, `{"id":%d,"appid":%d,"aid":%d,"fname":"Jo","lname":"%s","description":"%s","ejmx_conference_id":1}`,
			a.appid, a.appid, a.aid, personSecret(a.aid), applicationSecret(a.appid))
		if !people[a.aid] {
			people[a.aid] = true
			add(mirror.Applicants, `{"aid":%d,"fname":"Jo","lname":"%s","email":"%s@example.org"}`, a.aid, personSecret(a.aid), personSecret(a.aid))
		}
	}
	add(mirror.Conferences, `{"conference_id":1,"name":"Winter Meeting"}`)
	for posid, n := range counts {
		w.SetPosting(ejm.ID(posid), mirror.PostingState{Title: "Professor", Applications: n, Held: true})
		add(mirror.Ads, `{"adtitle":"Professor","name":"Port Anselm","deadline_date":"2026-11-30 00:00:00","url":"https://econjobmarket.org/positions/%d"}`, posid)
	}
	if _, isNew, err := w.Commit(); err != nil || !isNew {
		s.t.Fatal(isNew, err)
	}
}

// register adds the register's lines of an application on a day.
func (s *randomSeason) register(add func(mirror.Method, string, ...any), a randomApplication, day int) {
	ended := func(isOver bool) string {
		if day == 1 && isOver {
			return fmt.Sprintf(`,"until":%q`, days[1].Format(time.RFC3339))
		}
		return ""
	}
	line := func(kind string, id, recid, blobid int, end string) {
		add(mirror.Documents, `{"kind":"%s","appid":%d,"posid":%d,"id":%d,"recid":%d,"blobid":%d,"state":"held","since":%q%s}`,
			kind, a.appid, a.posid, id, recid, blobid, days[0].Format(time.RFC3339), end)
	}
	for _, blobid := range a.blobs {
		line("file", blobid, 0, blobid, ended(a.left))
	}
	for i, blobid := range a.letters[:min(day+1, len(a.letters))] {
		line("letter", blobid, a.appid, blobid, ended(a.left || i+1 < len(a.letters)))
	}
}

// secrets gives the secrets that must be gone once postings are disposed of, and those that must still be there.
func (s *randomSeason) secrets(gone map[int]bool) (lost, kept []string) {
	stays := map[string]bool{}
	for _, a := range s.applications {
		of := []string{personSecret(a.aid), applicationSecret(a.appid)}
		for _, blobid := range slices.Concat(a.blobs, a.letters) {
			of = append(of, documentSecret(blobid))
		}
		for _, secret := range of {
			stays[secret] = stays[secret] || !gone[a.posid]
		}
	}
	for _, secret := range slices.Sorted(maps.Keys(stays)) {
		if stays[secret] {
			kept = append(kept, secret)
		} else {
			lost = append(lost, secret)
		}
	}
	return lost, kept
}

// settings writes an ejmx.toml by which some postings are due: the others are too young, or on hold.
func (s *randomSeason) settings(gone map[int]bool) {
	s.t.Helper()
	var text strings.Builder
	text.WriteString("[retention]\nkeep = \"2y\"\n")
	for i, posid := range randomPostings {
		switch {
		case gone[posid]:
			fmt.Fprintf(&text, "[retention.posting.%d]\nclosed = \"2020-01-31\"\n", posid)
		case i%2 == 0:
			fmt.Fprintf(&text, "[retention.posting.%d]\nclosed = \"2020-01-31\"\nhold = \"charge filed\"\n", posid)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, "ejmx.toml"), []byte(text.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// exportsOf reads the exports of the postings that stay.
func (s *randomSeason) exportsOf(gone map[int]bool) map[string]string {
	files := contents(s.t, filepath.Join(s.dir, "postings"))
	maps.DeleteFunc(files, func(name, _ string) bool {
		return !slices.ContainsFunc(randomPostings, func(posid int) bool { return !gone[posid] && strings.HasPrefix(name, fmt.Sprint(posid)) })
	})
	return files
}

// TestPruneLeavesNothing disposes of random postings of random seasons, and looks for what should be gone in every byte that is
// left, whatever it is packed in. What stays exports as before.
func TestPruneLeavesNothing(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newRandomSeason(t, seed)
			gone := map[int]bool{randomPostings[seed%3]: true}
			if s.rng.IntN(2) == 0 {
				gone[randomPostings[(seed+1)%3]] = true
			}
			s.settings(gone)
			u := newUser(t)
			u.must("export", "--all", "--offline", "--csv", "--sqlite", "--season", s.dir, "--quiet")
			u.must("export", "--all", "--offline", "--edition", "no-letters", "--season", s.dir, "--quiet")
			for _, posid := range randomPostings {
				u.archived("--posting", fmt.Sprint(posid), "--season", s.dir)
			}
			before := s.exportsOf(gone)
			u.must("prune", "--dispose", "--yes", "--by", "Jane Doe", "--season", s.dir)
			lost, kept := s.secrets(gone)
			search := newSearcher(t, slices.Concat(lost, kept))
			search.folder(s.dir)
			for _, secret := range lost {
				if len(search.found[secret]) > 0 {
					t.Errorf("%s is still in %v", secret, search.found[secret])
				}
			}
			for _, secret := range kept {
				if len(search.found[secret]) == 0 {
					t.Errorf("%s is lost", secret)
				}
			}
			if len(lost) == 0 || len(kept) == 0 {
				t.Fatalf("%d secrets to go, %d to stay", len(lost), len(kept))
			}
			same(t, s.exportsOf(gone), before)
			u.must("verify", s.dir)
			u.must("verify", filepath.Join(s.dir, "mirror"))
			u.must("register", "--season", s.dir)
			u.must("export", "--all", "--offline", "--csv", "--season", s.dir, "--quiet")
			u.must("export", "--all", "--offline", "--edition", "no-letters", "--season", s.dir, "--quiet")
			same(t, s.exportsOf(gone), before)
		})
	}
}

// TestPruneKilled kills disposals as a crash does, at moments over their whole length, and finishes them.
func TestPruneKilled(t *testing.T) {
	made := newRandomSeason(t, 7)
	gone := map[int]bool{randomPostings[0]: true, randomPostings[1]: true}
	made.settings(gone)
	lost, _ := made.secrets(gone)
	interrupted := 0
	for try := range 6 {
		dir := filepath.Join(t.TempDir(), "season")
		if err := os.CopyFS(dir, os.DirFS(made.dir)); err != nil {
			t.Fatal(err)
		}
		u := newUser(t)
		plan := filepath.Join(dir, "archives", "disposal-begun.json")
		command := exec.CommandContext(t.Context(), "ejmx", "prune", "--dispose", "--yes", "--season", dir)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- command.Wait() }()
		killAfter(t, command, ended, plan, time.Duration(3*try)*time.Millisecond)
		if _, err := os.Stat(plan); err == nil {
			interrupted++
		}
		u.must("verify", filepath.Join(dir, "mirror"))
		u.must("prune", "--dispose", "--yes", "--season", dir)
		u.must("verify", dir)
		search := newSearcher(t, lost)
		search.folder(dir)
		if len(search.found) > 0 {
			t.Errorf("killed, and gone on, there are still %v", search.found)
		}
		certificates, err := filepath.Glob(filepath.Join(dir, "archives", "disposal-2*.json"))
		if err != nil || len(certificates) != 1 {
			t.Errorf("certificates %v %v", certificates, err)
		}
	}
	if interrupted == 0 {
		t.Error("no run was killed in the midst of it")
	}
	t.Logf("%d of 6 runs were killed in the midst of it", interrupted)
}

// killAfter kills a disposal some time after its plan was written, unless it has ended.
func killAfter(t *testing.T, command *exec.Cmd, ended <-chan error, plan string, after time.Duration) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		if _, err := os.Stat(plan); err == nil {
			break
		}
	}
	select {
	case <-ended:
	case <-time.After(after):
		if err := command.Process.Kill(); err != nil {
			t.Log(err)
		}
		<-ended
	}
}

// TestDisposedIsNotFetchedAgain fetches from an EJM that still lists what was disposed of.
func TestDisposedIsNotFetchedAgain(t *testing.T) {
	t.Parallel()
	s := newRandomSeason(t, 1)
	source, err := mirror.Open(filepath.Join(s.dir, "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	u := newUser(t)
	u.signIn(serveMirror(t, source, replay.Options{}))
	dir := filepath.Join(u.home, "fetched")
	u.must("fetch", "--all", "--season", dir)
	rule := "[retention]\nkeep = \"1d\"\n[retention.posting.9012]\nclosed = \"2020-01-01\"\n"
	if err := os.WriteFile(filepath.Join(dir, "ejmx.toml"), []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	u.must("prune", "--dispose", "--yes", "--posting", "9012", "--season", dir)
	u.must("fetch", "--all", "--season", dir)
	if !strings.Contains(u.stderr.String(), "posting 9012: EJM lists it, but it was disposed of and is left out") {
		t.Errorf("it does not say what it left out:\n%s", u.stderr.String())
	}
	lost, _ := s.secrets(map[int]bool{9012: true})
	search := newSearcher(t, lost)
	search.folder(dir)
	if len(search.found) > 0 {
		t.Errorf("it is back: %v", search.found)
	}
	if code := u.run("fetch", "--posting", "9012", "--season", dir); code != exitUsage || !strings.Contains(u.stderr.String(), "--readmit") {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
	moved := filepath.Join(u.home, "moved")
	u.must("restore", u.archived("--all", "--season", dir)[0], "--season", moved)
	u.must("fetch", "--all", "--season", moved)
	if search.folder(moved); len(search.found) > 0 {
		t.Errorf("it is back in a season that was restored: %v", search.found)
	}
	u.must("fetch", "--posting", "9012", "--readmit", "--season", dir)
	u.must("export", "--posting", "9012", "--offline", "--season", dir, "--quiet")
	again, err := mirror.Open(filepath.Join(dir, "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	v, verifyErr := again.Verify(t.Context(), ledger.Discard)
	if err := errors.Join(verifyErr, again.Close()); err != nil || len(v.Faults) > 0 {
		t.Errorf("%v %v", v.Faults, err)
	}
}
