// Command ejmx exports, packs and archives the applications that EconJobMarket.org holds for an organisation. It is
// unofficial: EconJobMarket has no part in it.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	if !isWorker() { // which bounds its own
		frugal()
	}
	e, byDoubleClick := systemEnv(), startedByDoubleClick()
	e.args = meant(e.args, byDoubleClick)
	code := run(interruptible(), e)
	if byDoubleClick && code != exitDone {
		holdOpen(e)
	}
	os.Exit(code)
}

// interruptible gives a context that the first interrupt ends, so that what is being written is finished. The second
// ends the program at once.
func interruptible() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(errInterrupted)
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx
}

func systemEnv() *env {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	cwd, err := os.Getwd()
	if err != nil {
		cwd = "."
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "ejmx")
	}
	config, err := os.UserConfigDir()
	if err != nil {
		config = home
	}
	return &env{
		cache: cache, config: filepath.Join(config, "ejmx"), keychain: systemKeychain(), show: desktop(os.Getenv),
		args: os.Args[1:], getenv: os.Getenv, home: home, cwd: cwd, now: time.Now,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		isTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
}
