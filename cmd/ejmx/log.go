package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// logFlags are the flags that say where the log goes; every command has them.
type logFlags struct {
	to     string
	format string
	level  logLevel
}

// logLevel is how much is logged, as a flag.
type logLevel struct{ slog.Level }

// Type is what help calls the value.
func (l *logLevel) Type() string { return "LEVEL" }

// String is the word for the level.
func (l *logLevel) String() string { return strings.ToLower(l.Level.String()) }

// Set takes the word for a level.
func (l *logLevel) Set(word string) error {
	if l.UnmarshalText([]byte(word)) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", word)
	}
	return nil
}

func (o *logFlags) add(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&o.to, "log", "", "append a log to this `FILE`, - for standard error")
	f.StringVar(&o.format, "log-format", "text", "the log's `FORMAT`: text or json")
	f.Var(&o.level, "log-level", "what is logged: debug (each request and document), info, warn or error")
}

// open begins the log. A file is for its owner's eyes alone: it names applicants.
func (o *logFlags) open(e *env) error {
	out := e.stderr
	switch o.to {
	case "":
		return nil
	case "-":
	default:
		file, err := os.OpenFile(e.path(o.to), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		e.closeLog = file.Close
		out = file
	}
	handler, err := o.handler(out, e.secrets)
	if err != nil {
		return errors.Join(err, e.endLog())
	}
	e.log = slog.New(handler)
	return nil
}

func (o *logFlags) handler(out io.Writer, secrets *secrets) (slog.Handler, error) {
	options := &slog.HandlerOptions{Level: o.level.Level, ReplaceAttr: secrets.replace}
	switch o.format {
	case "text":
		return slog.NewTextHandler(out, options), nil
	case "json":
		return slog.NewJSONHandler(out, options), nil
	}
	return nil, &usageError{fmt.Errorf("--log-format is text or json, not %q", o.format)}
}

// endLog closes the log's file.
func (e *env) endLog() error {
	if e.closeLog == nil {
		return nil
	}
	closing := e.closeLog
	e.closeLog, e.log = nil, slog.New(slog.DiscardHandler)
	return closing()
}

// logRequest logs one request to EJM, which holds no token, key or query. One that failed may be made again; what is lost in
// the end, the ledger tells.
func (e *env) logRequest(r ejm.Request) {
	e.log.LogAttrs(context.Background(), slog.LevelDebug, "request", slog.String("method", r.Method), slog.String("path", r.Path),
		slog.Int("status", r.Status), slog.Int64("bytes", r.Bytes), slog.Duration("took", r.Duration), slog.String("error", r.Err))
}

// logEntry is the ledger's sink that logs: problems as warnings, notes, and in detail each document.
func (e *env) logEntry(entry ledger.Entry) {
	level := slog.LevelDebug
	switch {
	case entry.Outcome == ledger.Planned:
		return
	case entry.Outcome.Problem():
		level = slog.LevelWarn
	case entry.Outcome == ledger.Note:
		level = slog.LevelInfo
	}
	attributes := []slog.Attr{
		slog.String("stage", string(entry.Stage)), slog.String("item", entry.Item), slog.String("outcome", string(entry.Outcome)),
	}
	if entry.Whose != "" {
		attributes = append(attributes, slog.String("whose", entry.Whose))
	}
	if entry.Bytes > 0 {
		attributes = append(attributes, slog.Int64("bytes", entry.Bytes))
	}
	if entry.Err != nil {
		attributes = append(attributes, slog.String("reason", entry.Err.Error()))
	}
	e.log.LogAttrs(context.Background(), level, "ledger", attributes...)
}

// secrets are what may not be logged, whoever says it. Nothing that is logged should hold any; this is the second lock.
type secrets struct {
	mu    sync.Mutex
	known []string
}

// redact has the log leave these credentials out.
func (e *env) redact(c credentials) {
	e.secrets.mu.Lock()
	defer e.secrets.mu.Unlock()
	for _, secret := range []string{c.Secret, c.Token, c.Key} {
		if secret != "" && !slices.Contains(e.secrets.known, secret) {
			e.secrets.known = append(e.secrets.known, secret)
		}
	}
}

// replace takes the secrets out of an attribute's text.
func (s *secrets) replace(_ []string, a slog.Attr) slog.Attr {
	text := a.Value.String()
	if err, isError := a.Value.Any().(error); isError {
		text = err.Error()
	} else if a.Value.Kind() != slog.KindString {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.known {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return slog.String(a.Key, text)
}
