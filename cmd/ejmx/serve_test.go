package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serving runs ejmx serve until the test ends, or stop is called, and signs the user in to it.
func (u *user) serving(args ...string) (stop func()) {
	u.t.Helper()
	ctx, cancel := context.WithCancelCause(u.t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		code <- run(ctx, &env{
			args: append([]string{"serve", "--json"}, args...), getenv: func(string) string { return "" }, home: u.home, cwd: u.home, now: time.Now,
			stdin: bytes.NewReader(nil), stdout: in, stderr: &said, config: filepath.Join(u.home, "config"), keychain: u.keychain(),
		})
		in.Close()
	}()
	var ready struct {
		URL    string `json:"url"`
		Key    string `json:"client_key"`
		Secret string `json:"client_secret"`
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		u.t.Fatalf("ejmx serve %s: %v, exit %d\n%s", strings.Join(args, " "), err, <-code, said.String())
	}
	u.env["EJMX_API"], u.env["EJMX_CLIENT_KEY"], u.env["EJMX_CLIENT_SECRET"] = ready.URL, ready.Key, ready.Secret
	return func() {
		cancel(errInterrupted)
		if got := <-code; got != exitDone {
			u.t.Errorf("ejmx serve ended with %d\n%s", got, said.String())
		}
	}
}

// TestServeAnArchive fetches from an archive what the season held that went into it.
func TestServeAnArchive(t *testing.T) {
	u := newUser(t)
	made, copied := filepath.Join(u.home, "made"), filepath.Join(u.home, "copied")
	u.must("demo", "--applications", "2", "--postings", "1", "--out", made, "--quiet")
	path := u.archived("--all", "--season", made)[0]
	temporary := filepath.Join(u.home, "temporary")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary)
	stop := u.serving(path)
	u.must("fetch", "--all", "--season", copied)
	stop()
	for _, kind := range []string{"file", "letter"} {
		want := contents(t, filepath.Join(made, "mirror", kind))
		got := contents(t, filepath.Join(copied, "mirror", kind))
		for name, data := range want {
			if filepath.Base(name) == "content" && got[name] != data {
				t.Errorf("%s/%s is not as it was", kind, name)
			}
		}
		if len(want) == 0 || len(got) != len(want) {
			t.Errorf("%d files of the kind %s came of %d", len(got), kind, len(want))
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Error("the archive is gone")
	}

	damaged := filepath.Join(u.home, "damaged.zip")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(damaged, data, 0o600); err != nil {
		t.Fatal(err)
	}
	u.env["EJMX_PASSPHRASE_FILE"] = filepath.Join(u.home, "passphrase")
	if err := os.WriteFile(u.env["EJMX_PASSPHRASE_FILE"], []byte("correct horse battery staple"), 0o600); err != nil {
		t.Fatal(err)
	}
	encrypted := u.archived("--all", "--season", made, "--passphrase")[0]
	for _, bad := range []struct {
		path string
		exit int
		says string
	}{
		{damaged, exitUnverified, "damaged"},
		{encrypted, exitUsage, "is encrypted"},
		{"nowhere", exitUsage, "there is no season and no archive nowhere"},
		{temporary, exitUsage, "neither a season nor a mirror"},
		{u.env["EJMX_PASSPHRASE_FILE"], exitUnverified, "passphrase"},
	} {
		if code := u.run("serve", bad.path); code != bad.exit || !strings.Contains(u.stderr.String(), bad.says) {
			t.Errorf("ejmx serve %s: exit %d\n%s", bad.path, code, u.stderr.String())
		}
	}
}

// TestLargestAnswers sets the limits of what is taken from EJM.
func TestLargestAnswers(t *testing.T) {
	u := newUser(t)
	stop := u.serving("--applications", "1", "--postings", "1", "--document-bytes", "20000")
	defer stop()
	if code := u.run("fetch", "--all", "--max-document", "10kB"); code != exitProblems || !strings.Contains(u.stderr.String(), "over 10000 bytes") {
		t.Errorf("documents too large: exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("fetch", "--all", "--max-list", "1kB"); code != exitUnexpected || !strings.Contains(u.stderr.String(), "--max-list") {
		t.Errorf("lists too large: exit %d\n%s", code, u.stderr.String())
	}
	if err := os.WriteFile(filepath.Join(u.home, "ejmx", settingsFile), []byte("max_document = \"10kB\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := u.run("fetch", "--all"); code != exitProblems {
		t.Errorf("by ejmx.toml: exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("fetch", "--all", "--max-document", "1MB"); code != exitDone {
		t.Errorf("the flag beats ejmx.toml: exit %d\n%s", code, u.stderr.String())
	}
	if code := u.run("fetch", "--all", "--max-document", "much"); code != exitUsage {
		t.Errorf("no size: exit %d\n%s", code, u.stderr.String())
	}
}
