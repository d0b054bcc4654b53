package main

// Questions go to the terminal itself, wherever standard output and standard error lead, and answers come from standard
// input, which must be that terminal: nobody is asked anything in a pipe or at night. What is secret is not shown while it is
// typed.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// canAsk reports whether there is somebody to ask.
func (e *env) canAsk() bool {
	file, isFile := e.stdin.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// talk is a conversation with the person at the terminal.
type talk struct {
	in    *os.File
	out   io.Writer
	close func() error
}

// startTalk opens the terminal to talk on.
func (e *env) startTalk() (*talk, error) {
	in, isFile := e.stdin.(*os.File)
	if !isFile || !e.canAsk() {
		return nil, errors.New("there is no terminal to ask on")
	}
	if out, err := os.OpenFile(terminalPath, os.O_WRONLY, 0); err == nil {
		return &talk{in: in, out: out, close: out.Close}, nil
	}
	return &talk{in: in, out: e.stderr, close: func() error { return nil }}, nil // a terminal without a name
}

// say tells the person something.
func (t *talk) say(format string, values ...any) { fmt.Fprintf(t.out, format+"\n", values...) }

// ask puts a question and gives the answer, or otherwise where the person just presses Enter.
func (t *talk) ask(ctx context.Context, question, otherwise string) (string, error) {
	if otherwise != "" {
		question += " [" + visible(otherwise) + "]"
	}
	answer, err := t.answer(ctx, question+": ", readLine)
	if answer == "" {
		answer = otherwise
	}
	return answer, err
}

// askSecret puts a question whose answer is not shown.
func (t *talk) askSecret(ctx context.Context, question string) (string, error) {
	return t.answer(ctx, question+" (not shown while you type): ", func(file *os.File) (string, error) {
		answer, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(t.out)
		return string(answer), err
	})
}

// confirm asks a question of yes or no.
func (t *talk) confirm(ctx context.Context, question string, otherwise bool) (bool, error) {
	choices := " (y/N)"
	if otherwise {
		choices = " (Y/n)"
	}
	answer, err := t.ask(ctx, question+choices, "")
	if err != nil || answer == "" {
		return otherwise, err
	}
	return strings.HasPrefix(strings.ToLower(answer), "y"), nil
}

// answer reads an answer. An interrupt ends the wait, and the terminal shows again what is typed. Who closes the input
// instead of answering has interrupted too.
func (t *talk) answer(ctx context.Context, prompt string, read func(*os.File) (string, error)) (string, error) {
	before, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(t.out, prompt)
	type typed struct {
		text string
		err  error
	}
	answered := make(chan typed, 1)
	go func() { // a read from a terminal cannot be ended; after an interrupt the program is about to end anyway
		text, err := read(t.in)
		answered <- typed{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(t.out)
		return "", errors.Join(context.Cause(ctx), term.Restore(int(t.in.Fd()), before))
	case got := <-answered:
		if errors.Is(got.err, io.EOF) {
			return "", errInterrupted
		}
		return strings.TrimSpace(got.text), got.err
	}
}

// readLine reads a line and not a byte more: the next question's answer may have been typed already.
func readLine(file *os.File) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := file.Read(one)
		switch {
		case n == 1 && one[0] == '\n', errors.Is(err, io.EOF) && len(line) > 0:
			return string(line), nil
		case err != nil:
			return "", err
		}
		line = append(line, one[:n]...)
	}
}
