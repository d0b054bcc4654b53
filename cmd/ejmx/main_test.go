package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the program itself: as a worker of packet, and as ejmx in the scripts.
func TestMain(m *testing.M) {
	if isWorker() {
		main()
	}
	testscript.Main(m, map[string]func(){"ejmx": mainWithKeychain})
}

// keychainVariable names, in scripts, the file that stands for the system's keychain. Where there is no such folder, there is
// no keychain.
const keychainVariable = "EJMX_TEST_KEYCHAIN"

// mainWithKeychain is the program with a keychain of the script's own: nobody's real one is touched.
func mainWithKeychain() {
	e := systemEnv()
	e.keychain = fileKeychain(os.Getenv(keychainVariable))
	os.Exit(run(interruptible(), e))
}

// fileKeychain keeps each account's secret in a file of a folder.
func fileKeychain(dir string) keychain {
	name := func(account string) (string, error) {
		if _, err := os.Stat(dir); err != nil {
			return "", errNoKeychain
		}
		return filepath.Join(dir, url.QueryEscape(account)), nil
	}
	notKept := func(err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return errNotKept
		}
		return err
	}
	return keychain{
		get: func(account string) (string, error) {
			path, err := name(account)
			if err != nil {
				return "", err
			}
			secret, err := os.ReadFile(path)
			return string(secret), notKept(err)
		},
		set: func(account, secret string) error {
			path, err := name(account)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(secret), 0o600)
		},
		remove: func(account string) error {
			path, err := name(account)
			if err != nil {
				return err
			}
			return notKept(os.Remove(path))
		},
	}
}

func TestScripts(t *testing.T) { testscript.Run(t, scripts("testdata")) }

// scripts are the scripts of a folder, each with a home of its own.
func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("USERPROFILE", env.WorkDir)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
			env.Setenv("AppData", filepath.Join(env.WorkDir, ".config"))
			env.Setenv(keychainVariable, filepath.Join(env.WorkDir, "keychain"))
			if cache, err := os.UserCacheDir(); err == nil { // PDFium is compiled once for all tests
				env.Setenv("XDG_CACHE_HOME", cache)
				env.Setenv("LocalAppData", cache)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"serve": serveInScript, "expand": expandInScript, "exits": exitsInScript},
	}
}

// exitsInScript runs a program that is to end with the exit code given.
func exitsInScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("%s: %v, not exit code %s", args[1], err, args[0])
	}
}

// expandInScript writes into files what the variables in them stand for.
func expandInScript(ts *testscript.TestScript, _ bool, names []string) {
	for _, name := range names {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// serveInScript starts ejmx serve with the arguments given, for as long as the script runs, and sets EJMX_API to its address
// and KEY, SECRET and TOKEN to what it accepts.
func serveInScript(ts *testscript.TestScript, _ bool, args []string) {
	self, err := os.Executable()
	ts.Check(err)
	server := exec.Command(self, append([]string{"serve", "--json"}, args...)...)
	server.Args[0] = "ejmx" // which program the test's own is
	server.Dir = ts.MkAbs(".")
	out, err := server.StdoutPipe()
	ts.Check(err)
	ts.Check(server.Start())
	ts.Defer(func() {
		if err := server.Process.Kill(); err != nil {
			ts.Logf("ending the server: %v", err)
		}
		_ = server.Wait() // it was killed
	})
	var ready struct {
		URL    string `json:"url"`
		Key    string `json:"client_key"`
		Secret string `json:"client_secret"`
		Token  string `json:"access_token"`
		Error  string `json:"error"`
	}
	ts.Check(json.NewDecoder(out).Decode(&ready))
	if ready.Error != "" {
		ts.Fatalf("ejmx serve: %s", ready.Error)
	}
	for name, value := range map[string]string{"EJMX_API": ready.URL, "KEY": ready.Key, "SECRET": ready.Secret, "TOKEN": ready.Token} {
		ts.Setenv(name, value)
	}
}

// user is a person at a computer: runs commands and sees what they print.
type user struct {
	t      *testing.T
	env    map[string]string
	home   string
	cache  string
	keys   map[string]string // in the keychain, by account
	stdout bytes.Buffer
	stderr bytes.Buffer
}

func newUser(t *testing.T) *user {
	return &user{t: t, env: map[string]string{}, home: t.TempDir(), cache: systemEnv().cache, keys: map[string]string{}}
}

// run runs a command and gives its exit code; what it printed is in stdout and stderr.
func (u *user) run(args ...string) int {
	return u.runUntil(u.t.Context(), args...)
}

func (u *user) runUntil(ctx context.Context, args ...string) int {
	u.t.Helper()
	u.stdout.Reset()
	u.stderr.Reset()
	return run(ctx, u.at(args...))
}

// at is where the user runs a command.
func (u *user) at(args ...string) *env {
	return &env{
		args: args, getenv: func(name string) string { return u.env[name] }, home: u.home, cwd: u.home, cache: u.cache, now: time.Now,
		stdin: bytes.NewReader(nil), stdout: &u.stdout, stderr: &u.stderr,
		config: filepath.Join(u.home, "config"), keychain: u.keychain(),
		log: slog.New(slog.DiscardHandler), secrets: &secrets{},
	}
}

// keychain is the user's keychain, where they have one.
func (u *user) keychain() keychain {
	if u.keys == nil {
		return keychain{
			get:    func(string) (string, error) { return "", errNoKeychain },
			set:    func(string, string) error { return errNoKeychain },
			remove: func(string) error { return errNoKeychain },
		}
	}
	return keychain{
		get: func(account string) (string, error) {
			if secret, kept := u.keys[account]; kept {
				return secret, nil
			}
			return "", errNotKept
		},
		set: func(account, secret string) error {
			u.keys[account] = secret
			return nil
		},
		remove: func(account string) error {
			if _, kept := u.keys[account]; !kept {
				return errNotKept
			}
			delete(u.keys, account)
			return nil
		},
	}
}
