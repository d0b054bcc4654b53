package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestArchive makes one season up and hands each test a copy of its own.
func TestArchive(t *testing.T) {
	maker := newUser(t)
	made := filepath.Join(maker.home, "season")
	maker.must("demo", "--applications", "6", "--postings", "2", "--out", made, "--quiet")
	for name, test := range map[string]func(u *user, dir string){
		"gives the season back":            givesTheSeasonBack,
		"of one posting tells no other":    ofOnePostingTellsNoOther,
		"damage is named":                  damageIsNamed,
		"an export's faults are all named": exportFaultsAreNamed,
		"encrypted":                        encryptedArchive,
		"a changed register is found":      changedRegisterIsFound,
		"verified beside another run":      verifiedBesideAnotherRun,
		"copied to folder and bucket":      copiedToFolderAndBucket,
		"opens with ssh keys":              opensWithSSHKeys,
		"opens what age sealed":            opensWhatAgeSealed,
		"a copy that fails":                aCopyThatFailsKeepsNoOtherFromIt,
	} {
		t.Run(name, func(t *testing.T) {
			u := newUser(t)
			dir := filepath.Join(u.home, "season")
			if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
				t.Fatal(err)
			}
			test(u, dir)
		})
	}
}

// must runs a command that is to succeed.
func (u *user) must(args ...string) {
	u.t.Helper()
	if code := u.run(args...); code != exitDone {
		u.t.Fatalf("ejmx %s: exit %d\n%s%s", strings.Join(args, " "), code, u.stdout.String(), u.stderr.String())
	}
}

// archived archives and gives the paths of the archives.
func (u *user) archived(args ...string) []string {
	u.t.Helper()
	u.must(append([]string{"archive", "--json"}, args...)...)
	var said struct{ Archives []archived }
	if err := json.Unmarshal(u.stdout.Bytes(), &said); err != nil {
		u.t.Fatal(err)
	}
	var paths []string
	for _, a := range said.Archives {
		paths = append(paths, a.Archive)
	}
	return paths
}

// contents reads all files below a folder; modification times do not count.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, data := range want {
		if there, found := got[name]; !found {
			t.Errorf("%s is missing", name)
		} else if there != data {
			t.Errorf("%s is not as it was", name)
		}
	}
	for name := range got {
		if _, expected := want[name]; !expected {
			t.Errorf("%s is new", name)
		}
	}
}

func givesTheSeasonBack(u *user, dir string) {
	t := u.t
	path := u.archived("--all", "--season", dir)[0]
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	u.archived("--all", "--season", dir)
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(first, again) {
		t.Errorf("made twice, the archive is not the same (%v)", err)
	}
	back := filepath.Join(u.home, "back")
	u.must("restore", path, "--season", back)
	for _, part := range []string{"file", "letter", "snapshots"} {
		same(t, contents(t, filepath.Join(back, "mirror", part)), contents(t, filepath.Join(dir, "mirror", part)))
	}
	u.must("export", "--all", "--offline", "--season", back, "--quiet")
	same(t, contents(t, filepath.Join(back, "postings")), contents(t, filepath.Join(dir, "postings")))
	u.must("verify", back)
	u.must("register", "--season", back)
	if !strings.Contains(u.stdout.String(), "restore") {
		t.Errorf("the register does not tell of the restoring:\n%s", u.stdout.String())
	}

	// Once more into the same folder: nothing is added and nothing is changed.
	before := contents(t, filepath.Join(back, "postings"))
	u.must("restore", path, "--season", back, "--json")
	if !strings.Contains(u.stdout.String(), `"documents":0,"snapshots":0,"files":0`) {
		t.Errorf("restored twice: %s", u.stdout.String())
	}
	same(t, contents(t, filepath.Join(back, "postings")), before)
}

func ofOnePostingTellsNoOther(u *user, dir string) {
	t := u.t
	folders := reports(t, dir)
	if len(folders) != 2 {
		t.Fatalf("not two postings: %v", folders)
	}
	report, other := readReport(t, filepath.Dir(folders[0])), readReport(t, filepath.Dir(folders[1]))
	path := u.archived("--posting", report.Posting.PosID.String(), "--season", dir)[0]
	u.must("verify", path)
	back := filepath.Join(u.home, "back")
	u.must("restore", path, "--season", back)
	u.must("verify", back)
	u.must("export", "--all", "--offline", "--season", back, "--quiet")
	name := filepath.Base(filepath.Dir(folders[0]))
	same(t, contents(t, filepath.Join(back, "postings", name)), contents(t, filepath.Join(dir, "postings", name)))
	u.must("postings", "--season", back)
	if strings.Contains(u.stdout.String(), other.Posting.PosID.String()) {
		t.Errorf("the archive of %s tells of %s:\n%s", report.Posting.PosID, other.Posting.PosID, u.stdout.String())
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "mirror", "tmp")); err != nil || len(entries) > 0 {
		t.Errorf("archive left %v in the mirror (%v)", entries, err)
	}

	// The whole season has all that the archive has; another posting's archive of the same moment cannot be added to it.
	u.must("restore", path, "--season", dir)
	second := u.archived("--posting", other.Posting.PosID.String(), "--season", dir)[0]
	before := contents(t, filepath.Join(back, "mirror", "snapshots"))
	if code := u.run("restore", second, "--season", back); code != exitUnexpected || !strings.Contains(u.stderr.String(), "hint: restore into a season of its own") {
		t.Errorf("exit %d: %s", code, u.stderr.String())
	}
	same(t, contents(t, filepath.Join(back, "mirror", "snapshots")), before)
}

func damageIsNamed(u *user, dir string) {
	t := u.t
	path := u.archived("--all", "--season", dir)[0]
	contentFiles, err := filepath.Glob(filepath.Join(dir, "mirror", "file", "*", "*", "content"))
	if err != nil || len(contentFiles) == 0 {
		t.Fatal(err)
	}
	victim := contentFiles[0]
	document, err := os.ReadFile(victim)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(dir, victim)
	if err != nil {
		t.Fatal(err)
	}
	name = filepath.ToSlash(name)

	flip(t, path, document)
	u.refused("verify", "changed: data/postings/", "verify", path)
	u.refused("restore", "changed: data/postings/", "restore", path, "--season", filepath.Join(u.home, "none"))
	if _, err := os.Stat(filepath.Join(u.home, "none")); err == nil {
		t.Error("a damaged archive left a season behind")
	}
	u.must("register", "--season", dir)
	if !strings.Contains(u.stdout.String(), "fault") {
		t.Errorf("the register does not tell of the fault:\n%s", u.stdout.String())
	}

	flip(t, victim, document)
	u.refused("verify a mirror", strings.TrimPrefix(name, "mirror/"), "verify", filepath.Join(dir, "mirror"))
	u.refused("verify a season", name, "verify", dir)
	if code := u.run("archive", "--all", "--season", dir); code != exitProblems || !strings.Contains(u.stderr.String(), "--incomplete") {
		t.Errorf("a damaged mirror was archived: exit %d: %s", code, u.stderr.String())
	}
	u.must("archive", "--all", "--incomplete", "--season", dir)
	if !strings.Contains(u.stdout.String(), "missing: posting") {
		t.Errorf("the archive does not say what it lacks: %s", u.stdout.String())
	}
	u.must("verify", path)
}

// refused runs a command that is to find a fault in a file.
func (u *user) refused(what, name string, args ...string) {
	u.t.Helper()
	if code := u.run(args...); code != exitUnverified {
		u.t.Errorf("%s: exit %d, want %d: %s", what, code, exitUnverified, u.stderr.String())
	}
	if said := u.stdout.String() + u.stderr.String(); !strings.Contains(said, name) {
		u.t.Errorf("%s does not name %s: %s", what, name, said)
	}
}

// flip changes one byte of a file in the midst of a piece of it.
func flip(t *testing.T, path string, piece []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, piece)
	if at < 0 {
		t.Fatalf("%s does not hold the piece", path)
	}
	data[at+len(piece)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func exportFaultsAreNamed(u *user, dir string) {
	t := u.t
	folder := filepath.Dir(reports(t, dir)[0])
	var packets []string
	for _, a := range readReport(t, folder).Applications {
		packets = append(packets, filepath.Join(folder, filepath.FromSlash(a.Packet)))
	}
	if len(packets) < 2 {
		t.Fatalf("too few packets: %v", packets)
	}
	u.must("verify", folder)
	if err := os.Remove(packets[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(packets[1], []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.refused("verify", filepath.Base(packets[0]), "verify", folder)
	u.refused("verify", filepath.Base(packets[1]), "verify", folder)
}

func encryptedArchive(u *user, dir string) {
	t := u.t
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keys, recipients := filepath.Join(u.home, "key.txt"), filepath.Join(u.home, "recipients.txt")
	for name, text := range map[string]string{keys: identity.String(), recipients: "# the dean\n" + identity.Recipient().String()} {
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := u.archived("--all", "--season", dir, "--encrypt", recipients)[0]
	u.must("verify", path, "--identity", keys)
	back := filepath.Join(u.home, "back")
	u.must("restore", path, "--identity", keys, "--season", back)
	for _, part := range []string{"snapshots", "file", "letter"} {
		same(t, contents(t, filepath.Join(back, "mirror", part)), contents(t, filepath.Join(dir, "mirror", part)))
	}
	if err := os.RemoveAll(filepath.Join(back, "postings")); err != nil { // made again, not kept
		t.Fatal(err)
	}
	u.must("export", "--all", "--offline", "--season", back, "--quiet")
	same(t, contents(t, filepath.Join(back, "postings")), contents(t, filepath.Join(dir, "postings")))

	passphrase := filepath.Join(u.home, "passphrase")
	if err := os.WriteFile(passphrase, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.env["EJMX_PASSPHRASE_FILE"] = passphrase
	if code := u.run("verify", path); code != exitUnverified {
		t.Errorf("opened without its key: exit %d", code)
	}
	u.must("verify", u.archived("--all", "--season", dir, "--passphrase")[0])
}

func changedRegisterIsFound(u *user, dir string) {
	t := u.t
	path := u.archived("--all", "--season", dir)[0]
	u.must("verify", path)
	name := filepath.Join(dir, archivesFolder, registerFile)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.Replace(data, []byte(`"ok"`), []byte(`"no"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := u.run("register", "--season", dir); code != exitUnverified {
		t.Errorf("exit %d: %s", code, u.stderr.String())
	}
	u.refused("verify", "archives/register.jsonl", "verify", dir)
	u.refused("verify an archive", "archives/register.jsonl", "verify", path)
}

// verifiedBesideAnotherRun verifies archives while another run is at work on the season: what was found is told, and that the
// register does not tell of it.
func verifiedBesideAnotherRun(u *user, dir string) {
	t := u.t
	path := u.archived("--all", "--season", dir)[0]
	u.must("register", "--season", dir)
	noted := u.stdout.String()
	unlock := u.anotherRun(dir)
	u.must("verify", path)
	if !strings.Contains(u.stdout.String(), "archive is whole") || !strings.Contains(u.stderr.String(), "the season's register does not tell of this verification") {
		t.Errorf("it says %s%s", u.stdout.String(), u.stderr.String())
	}
	u.must("verify", path, "--json")
	if !strings.Contains(u.stdout.String(), `"not_noted":"`) {
		t.Errorf("it says %s", u.stdout.String())
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	u.refused("verify", "malformed: ", "verify", path)
	unlock()
	u.must("register", "--season", dir)
	if u.stdout.String() != noted {
		t.Errorf("the register now has\n%s", u.stdout.String())
	}
}

// reports gives the paths of the reports of a season's exports, those of most applications first.
func reports(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "postings", "*", "report.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reports: %v", err)
	}
	slices.SortFunc(paths, func(a, b string) int {
		return len(readReport(t, filepath.Dir(b)).Applications) - len(readReport(t, filepath.Dir(a)).Applications)
	})
	return paths
}
