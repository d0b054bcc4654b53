package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

func TestFetchRestoresWhatIsDamaged(t *testing.T) {
	api := serve(t, season.Options{Applications: 4, Postings: 1, DocumentBytes: 2000}, replay.Options{})
	u := newUser(t)
	u.signIn(api)
	dir := filepath.Join(u.home, "season")
	u.must("fetch", "--all", "--season", dir)
	want := contents(t, filepath.Join(dir, "mirror", "file"))
	files, err := filepath.Glob(filepath.Join(dir, "mirror", "file", "*", "*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	change := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(filepath.Join(files[0], "content"), "other bytes")
	change(filepath.Join(files[1], "record.json"), "{")
	if err := os.RemoveAll(files[2]); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(files[3], "content")); err != nil {
		t.Fatal(err)
	}
	u.must("fetch", "--all", "--restore-damaged", "--season", dir)
	if !strings.Contains(u.stdout.String(), "4 damaged or lost documents restored") {
		t.Errorf("said: %s%s", u.stdout.String(), u.stderr.String())
	}
	same(t, contents(t, filepath.Join(dir, "mirror", "file")), want)
	u.must("verify", dir)

	// Nothing is damaged: nothing is fetched.
	u.must("fetch", "--all", "--restore-damaged", "--json", "--season", dir)
	if !strings.Contains(u.stdout.String(), `"documents":0`) || !strings.Contains(u.stdout.String(), `"restored":0,"lost":[]`) {
		t.Errorf("said: %s", u.stdout.String())
	}

	// Where EJM cannot be asked, what is left of a document stays.
	victim := files[len(files)-1]
	change(filepath.Join(victim, "content"), "other bytes")
	before := contents(t, filepath.Join(dir, "mirror", "file"))
	secret := u.env["EJMX_CLIENT_SECRET"]
	u.env["EJMX_CLIENT_SECRET"] = "wrong"
	if code := u.run("fetch", "--all", "--restore-damaged", "--season", dir); code != exitRefused {
		t.Errorf("exit %d: %s%s", code, u.stdout.String(), u.stderr.String())
	}
	same(t, contents(t, filepath.Join(dir, "mirror", "file")), before)
	u.env["EJMX_CLIENT_SECRET"] = secret

	// Where EJM has it no more, it is named, and stays as well.
	u.signIn(serve(t, season.Options{Applications: 1, Postings: 1, DocumentBytes: 2000}, replay.Options{}))
	if code := u.run("fetch", "--all", "--restore-damaged", "--season", dir); code != exitProblems {
		t.Errorf("exit %d: %s%s", code, u.stdout.String(), u.stderr.String())
	}
	name := "file " + filepath.Base(victim)
	if said := u.stderr.String(); !strings.Contains(said, name) || !strings.Contains(said, "hint: EJM did not give these again") {
		t.Errorf("said: %s", said)
	}
	if data, err := os.ReadFile(filepath.Join(victim, "content")); err != nil || string(data) != "other bytes" {
		t.Errorf("what was left of it: %q, %v", data, err)
	}
}

func TestFetchMovesADamagedSnapshotAside(t *testing.T) {
	api := serve(t, season.Options{Applications: 2, Postings: 1, DocumentBytes: 2000}, replay.Options{})
	u := newUser(t)
	u.signIn(api)
	dir := filepath.Join(u.home, "season")
	u.must("fetch", "--all", "--season", dir)
	lists, err := filepath.Glob(filepath.Join(dir, "mirror", "snapshots", "*", "documents.jsonl.zst"))
	if err != nil || len(lists) != 1 {
		t.Fatalf("%v, %v", lists, err)
	}
	if err := os.WriteFile(lists[0], []byte("no list"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := u.run("fetch", "--all", "--restore-damaged", "--season", dir); code != exitProblems {
		t.Errorf("exit %d: %s%s", code, u.stdout.String(), u.stderr.String())
	}
	id := filepath.Base(filepath.Dir(lists[0]))
	moved := filepath.Join(dir, "mirror", "derived", "damaged", "snapshots", id)
	if said := u.stderr.String(); !strings.Contains(said, "snapshot "+id+" was damaged") || !strings.Contains(said, moved) {
		t.Errorf("said: %s", said)
	}
	if data, err := os.ReadFile(filepath.Join(moved, "documents.jsonl.zst")); err != nil || string(data) != "no list" {
		t.Errorf("moved: %q, %v", data, err)
	}
	u.must("verify", dir)
	u.must("export", "--all", "--offline", "--season", dir, "--quiet")
}
