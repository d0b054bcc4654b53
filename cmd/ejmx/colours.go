package main

import (
	"os"

	"golang.org/x/term"
)

// palette puts words in colour, or leaves them as they are.
type palette bool

// colours is the palette for standard output: on a terminal, unless NO_COLOR (https://no-color.org) says not to.
func (e *env) colours() palette {
	file, isFile := e.printed.to.(*os.File)
	return palette(isFile && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd())) && showsColours(file))
}

func (p palette) plain(text string) string  { return text }
func (p palette) green(text string) string  { return p.paint("32", text) }
func (p palette) yellow(text string) string { return p.paint("33", text) }
func (p palette) red(text string) string    { return p.paint("1;31", text) }

// paint wraps a text in a colour (ECMA-48, SGR).
func (p palette) paint(code, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
