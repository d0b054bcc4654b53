package main

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the program itself: as a worker of packet, and as ejmx in the scripts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArguments[0] {
		main()
	}
	testscript.Main(m, map[string]func(){"ejmx": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("USERPROFILE", env.WorkDir)
			if cache, err := os.UserCacheDir(); err == nil { // PDFium is compiled once for all tests
				env.Setenv("XDG_CACHE_HOME", cache)
				env.Setenv("LocalAppData", cache)
			}
			return nil
		},
	})
}

// user is a person at a computer: runs commands and sees what they print.
type user struct {
	t      *testing.T
	env    map[string]string
	home   string
	cache  string
	stdout bytes.Buffer
	stderr bytes.Buffer
}

func newUser(t *testing.T) *user {
	return &user{t: t, env: map[string]string{}, home: t.TempDir(), cache: systemEnv().cache}
}

// run runs a command and gives its exit code; what it printed is in stdout and stderr.
func (u *user) run(args ...string) int {
	return u.runUntil(u.t.Context(), args...)
}

func (u *user) runUntil(ctx context.Context, args ...string) int {
	u.t.Helper()
	u.stdout.Reset()
	u.stderr.Reset()
	return run(ctx, &env{
		args: args, getenv: func(name string) string { return u.env[name] }, home: u.home, cwd: u.home, cache: u.cache, now: time.Now,
		stdin: bytes.NewReader(nil), stdout: &u.stdout, stderr: &u.stderr,
	})
}
