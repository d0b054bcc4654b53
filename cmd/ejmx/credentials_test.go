package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// TestSystemKeychain tries what stands between ejmx and the system's keychain, which is a made-up one here.
func TestSystemKeychain(t *testing.T) {
	keyring.MockInit()
	k := systemKeychain()
	if _, err := k.get("a"); !errors.Is(err, errNotKept) {
		t.Errorf("before anything is kept: %v", err)
	}
	if err := k.set("a", "open-sesame"); err != nil {
		t.Fatal(err)
	}
	if secret, err := k.get("a"); err != nil || secret != "open-sesame" {
		t.Errorf("it keeps %q, %v", secret, err)
	}
	if err := k.remove("a"); err != nil {
		t.Fatal(err)
	}
	if err := k.remove("a"); !errors.Is(err, errNotKept) {
		t.Errorf("removed twice: %v", err)
	}
	keyring.MockInitWithError(errors.New("no\x1b[2J bus"))
	if _, err := k.get("a"); !errors.Is(err, errNoKeychain) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("without a keychain: %v", err)
	}
}

// TestOrderOfCredentials sets up every place that credentials come from, and takes them away one by one.
func TestOrderOfCredentials(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	dir := filepath.Join(u.home, "given")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := &settings{api: "https://example.org/"}
	e := u.at()
	if _, err := e.keep(s.account(), credentials{Key: "file", Secret: "s"}, storeInFile); err != nil {
		t.Fatal(err)
	}
	u.keys[s.account()] = `{"client_key": "keychain", "client_secret": "s"}`
	u.env["CREDENTIALS_DIRECTORY"] = dir
	for name, text := range map[string]string{systemdKey: "systemd\n", systemdSecret: "s\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u.env["EJMX_CLIENT_KEY"], u.env["EJMX_CLIENT_SECRET"] = "environment", "s"
	for _, step := range []struct {
		key   string
		from  source
		takes func()
	}{
		{"environment", fromEnvironment, func() { u.env["EJMX_CLIENT_KEY"], u.env["EJMX_CLIENT_SECRET"] = "", "" }},
		{"systemd", fromSystemd, func() { u.env["CREDENTIALS_DIRECTORY"] = "" }},
		{"keychain", fromKeychain, func() { delete(u.keys, s.account()) }},
		{"file", fromFile, func() { u.keys = nil }},
		{"file", fromFile, func() { os.Remove(e.keptFile()) }},
		{"", "", func() {}},
	} {
		got, err := u.at().credentials(s)
		if err != nil || got.Key != step.key || got.present() && got.from != step.from {
			t.Errorf("from %q it takes %+v, %v", step.from, got, err)
		}
		step.takes()
	}
	u.env["EJMX_CLIENT_KEY"] = "alone"
	if _, err := u.at().credentials(s); err == nil || !strings.Contains(err.Error(), "no EJMX_CLIENT_SECRET") {
		t.Errorf("a key without a secret: %v", err)
	}
}

func TestKeptFileIsTheUsersAlone(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.keys = nil
	e := u.at()
	for _, account := range []string{"a", "b"} {
		if where, err := e.keep(account, credentials{Token: account}, storeAnywhere); err != nil || where != fromFile {
			t.Fatalf("kept in %s, %v", where, err)
		}
	}
	if _, err := e.keep("c", credentials{Token: "c"}, storeInKeychain); !errors.Is(err, errNoKeychain) {
		t.Errorf("the keychain was asked for: %v", err)
	}
	info, err := os.Stat(e.keptFile())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %o", info.Mode().Perm())
	}
	for _, account := range []string{"a", "b"} {
		if found, err := e.forget(account); !found || err != nil {
			t.Errorf("forgetting %s: %v, %v", account, found, err)
		}
	}
	if found, err := e.forget("a"); found || err != nil {
		t.Errorf("forgotten twice: %v, %v", found, err)
	}
	if _, err := os.Stat(e.keptFile()); err == nil {
		t.Error("the empty file is still there")
	}
}

// TestSetupWithoutATerminal takes what the environment or the service manager gives.
func TestSetupWithoutATerminal(t *testing.T) {
	t.Parallel()
	s := serve(t, season.Options{Applications: 1, Postings: 1, DocumentBytes: 1_000}, replay.Options{})
	u := newUser(t)
	u.signIn(s)
	if code := u.run("setup", "--non-interactive", "--json"); code != exitDone || !strings.Contains(u.stdout.String(), `"accepted":true`) || len(u.keys) != 1 {
		t.Fatalf("exit %d, %d kept\n%s%s", code, len(u.keys), u.stdout.String(), u.stderr.String())
	}
	dir := t.TempDir()
	for name, text := range map[string]string{systemdKey: s.server.Credentials().Key, systemdSecret: s.server.Credentials().Secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clear(u.keys)
	u.env["EJMX_CLIENT_KEY"], u.env["EJMX_CLIENT_SECRET"], u.env["CREDENTIALS_DIRECTORY"] = "", "", dir
	if code := u.run("setup", "--non-interactive"); code != exitDone || len(u.keys) != 0 || !strings.Contains(u.stdout.String(), "kept nowhere else") {
		t.Errorf("exit %d, %d kept\n%s%s", code, len(u.keys), u.stdout.String(), u.stderr.String())
	}
	if code := u.run("fetch", "--all", "--quiet"); code != exitDone {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
	for says, given := range map[string]map[string]string{
		"does not accept this client key and secret": {"EJMX_CLIENT_KEY": "organisation-8", "EJMX_CLIENT_SECRET": "open-sesame-please"},
		"does not accept this access token":          {"EJMX_TOKEN": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"},
	} {
		u.env = map[string]string{"EJMX_API": s.url, "EJMX_SEASON": u.env["EJMX_SEASON"]}
		maps.Copy(u.env, given)
		if code := u.run("setup", "--non-interactive"); code != exitRefused || !strings.Contains(u.stderr.String(), says) || len(u.keys) != 0 {
			t.Errorf("exit %d, %d kept\n%s", code, len(u.keys), u.stderr.String())
		}
	}
}

func TestWriteSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after string }{
		"a comment that shows how": {"# api = \"x\"\n", "api = \"new\"\n"},
		"a line":                   {"workers = 3\n  api = 'old' # ours\n", "workers = 3\napi = \"new\" # ours\n"},
		"a line and a comment":     {"# api = \"x\"\napi = \"old\"\n", "# api = \"x\"\napi = \"new\"\n"},
		"nothing like it":          {"workers = 3\n", "workers = 3\napi = \"new\"\n"},
		"a table after it":         {"workers = 3\n\n[retention]\nkeep = \"2y\"\n", "workers = 3\napi = \"new\"\n\n[retention]\nkeep = \"2y\"\n"},
		"a table before it":        {"[retention]\n# api = 1\nkeep = \"2y\"\n", "api = \"new\"\n[retention]\n# api = 1\nkeep = \"2y\"\n"},
		"nothing at all":           {"", "api = \"new\"\n"},
		"Windows line ends":        {"workers = 3\r\n# api = \"x\"\r\n", "workers = 3\r\napi = \"new\"\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, settingsFile)
			if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, isFirst := range []bool{true, false} {
				written, err := writeSettings(dir, []setting{{"api", "new"}})
				got, readErr := os.ReadFile(path)
				if err != nil || readErr != nil || string(got) != test.after || written != isFirst {
					t.Errorf("written %v: %q, want %q; %v, %v", written, got, test.after, err, readErr)
				}
			}
			if f, err := readSettings(path); err != nil || f.API != "new" {
				t.Errorf("it reads as %+v, %v", f, err)
			}
		})
	}
	dir := t.TempDir()
	if written, err := writeSettings(dir, nil); !written || err != nil {
		t.Errorf("a fresh file: %v, %v", written, err)
	}
	if f, err := readSettings(filepath.Join(dir, settingsFile)); err != nil || f.API != "" || f.Workers != 0 || f.Edition != "" {
		t.Errorf("a fresh file sets %+v, %v", f, err)
	}
}
