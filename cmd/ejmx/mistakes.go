package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/fetch"
)

// usageError is a mistake in how the program was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
func (e *usageError) Hint() string  { return "see ejmx --help, or --help after a command" }

// mistypedError is a usage error with a guess at what was meant.
type mistypedError struct {
	usage *usageError
	hint  string
}

func (e *mistypedError) Error() string { return e.usage.Error() }
func (e *mistypedError) Unwrap() error { return e.usage }
func (e *mistypedError) Hint() string  { return e.hint }

// unknownCommand says that a command has no such subcommand, and which one may be meant.
func unknownCommand(c *cobra.Command, word string) error {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, append(sub.Aliases, sub.Name())...)
		}
	}
	mistake := &mistypedError{
		usage: &usageError{fmt.Errorf("there is no command %q", c.CommandPath()+" "+word)}, hint: c.CommandPath() + " --help lists the commands",
	}
	if near := nearest(word, names); near != "" {
		mistake.hint = fmt.Sprintf("did you mean %s %s? %s", c.CommandPath(), near, mistake.hint)
	}
	return mistake
}

// argumentMistake says what is wrong with a command's arguments: which it takes, and which one may be meant.
func argumentMistake(c *cobra.Command, args []string) error {
	for _, arg := range args {
		if len(c.ValidArgs) > 0 && !slices.Contains(c.ValidArgs, arg) {
			mistake := &mistypedError{
				usage: &usageError{fmt.Errorf("%s does not know %q", c.CommandPath(), arg)}, hint: "it is one of " + strings.Join(c.ValidArgs, ", "),
			}
			if near := nearest(arg, c.ValidArgs); near != "" {
				mistake.hint = fmt.Sprintf("did you mean %s? %s", near, mistake.hint)
			}
			return mistake
		}
	}
	wrong := fmt.Errorf("%s is not called with %s", c.CommandPath(), plural(len(args), "argument"))
	if len(args) == 0 {
		wrong = fmt.Errorf("%s wants something to work on", c.CommandPath())
	}
	return &mistypedError{usage: &usageError{wrong}, hint: "it is called as: " + c.UseLine()}
}

// flagMistake says what is wrong with a flag, and which one may be meant.
func flagMistake(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		invalid *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
	)
	switch {
	case errors.As(err, &unknown):
		if words := c.Flags().Args(); len(words) > 0 && c.HasAvailableSubCommands() { // a flag of the command that was meant
			return unknownCommand(c, words[0])
		}
		return unknownFlag(c, unknown.GetSpecifiedName())
	case errors.As(err, &missing):
		return &usageError{fmt.Errorf("--%s needs a value after it", missing.GetSpecifiedName())}
	case errors.As(err, &invalid):
		return &usageError{fmt.Errorf("--%s: %s", invalid.GetFlag().Name, valueMistake(invalid))}
	}
	return &usageError{err}
}

func unknownFlag(c *cobra.Command, name string) error {
	if strings.HasPrefix(name, "secret") || strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "token") || strings.HasSuffix(name, "key") {
		return &mistypedError{
			usage: &usageError{errors.New("no key, secret or token is ever a flag: others on this computer could read it")},
			hint:  "run ejmx setup, or set EJMX_CLIENT_KEY and EJMX_CLIENT_SECRET, or EJMX_TOKEN",
		}
	}
	dashes := "--"
	if len(name) == 1 {
		dashes = "-"
	}
	mistake := &mistypedError{
		usage: &usageError{fmt.Errorf("%s has no flag %s%s", c.CommandPath(), dashes, name)}, hint: c.CommandPath() + " --help lists the flags",
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		mistake.hint = fmt.Sprintf("did you mean --%s? %s", near, mistake.hint)
	}
	return mistake
}

// valueMistake says why a flag's value is none.
func valueMistake(e *pflag.InvalidValueError) string {
	var number *strconv.NumError
	switch {
	case !errors.As(e.Unwrap(), &number):
		return e.Unwrap().Error()
	case errors.Is(number, strconv.ErrRange):
		return fmt.Sprintf("%q is too large", e.GetValue())
	case e.GetFlag().Value.Type() == "bool":
		return fmt.Sprintf("%q is neither true nor false", e.GetValue())
	}
	return fmt.Sprintf("%q is no number", e.GetValue())
}

// nearest gives the word that is likely meant, "" where none is like it: one that it begins, or one with at most two letters
// mistyped, left out, added or exchanged.
func nearest(word string, words []string) string {
	best, least := "", min(2, len(word)/2)+1
	for _, w := range slices.Sorted(slices.Values(words)) {
		if d := typos(word, w); d < least {
			best, least = w, d
		}
	}
	if best != "" || len(word) < 2 {
		return best
	}
	for _, w := range slices.Sorted(slices.Values(words)) {
		if strings.HasPrefix(w, word) {
			return w
		}
	}
	return ""
}

// typos is how many letters must be changed, added, taken away or exchanged with their neighbour to make b of a (the optimal
// string alignment distance).
func typos(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			differ := 1
			if a[i-1] == b[j-1] {
				differ = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// guess says which posting or edition is likely meant by one that is not there.
func guess(err error) string {
	var (
		posting *fetch.UnknownPostingError
		edition *dossier.NoEditionError
		known   []string
	)
	switch {
	case errors.As(err, &posting):
		for _, p := range posting.Known {
			known = append(known, p.ID.String())
		}
		if near := nearest(posting.Posting.String(), known); near != "" {
			return "did you mean " + near + "? " + posting.Hint()
		}
	case errors.As(err, &edition):
		if near := nearest(edition.Name, edition.Known); near != "" {
			return "did you mean " + near + "?"
		}
	}
	return ""
}

// hintOf says what to do about an error; "" where there is nothing to say.
func hintOf(err error) string {
	if hint := guess(err); hint != "" {
		return hint
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint()
	}
	return systemHint(err)
}

// placedError says in which folder a file lies that an error names only by its way from there.
type placedError struct {
	place string
	err   error
}

func (e *placedError) Error() string { return e.place + ": " + e.err.Error() }
func (e *placedError) Unwrap() error { return e.err }

// placed names the folder that a command works in, where an error of a file in it does not.
func (e *env) placed(err error) error {
	var (
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case e.place == "":
	case errors.As(err, &path) && !filepath.IsAbs(path.Path), errors.As(err, &link) && !filepath.IsAbs(link.New):
		return &placedError{e.place, err}
	}
	return err
}

// plainly is an error in words for people: what an operating system says is put into ours. The errors of several things that
// failed at once stand in a line each; but where the disk fails, all of them are of that, and the first tells it.
func plainly(err error) string {
	text := err.Error()
	var (
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &path):
		if words := systemWords(path.Err); words != "" {
			text = strings.ReplaceAll(text, path.Error(), path.Path+": "+words)
		}
		text = strings.ReplaceAll(text, path.Path+": "+path.Path+": ", path.Path+": ") // whoever passed it on named it too
	case errors.As(err, &link):
		if words := systemWords(link.Err); words != "" {
			text = strings.ReplaceAll(text, link.Error(), link.New+": "+words)
		}
	}
	if number := syscall.Errno(0); errors.As(err, &number) && systemFaults[number] != (systemFault{}) {
		text, _, _ = strings.Cut(text, "\n")
	}
	return text
}

// systemWords says in words for people what an operating system reports; "" for what is better left as it is.
func systemWords(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "this user may not read or write it"
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file or folder"
	case errors.Is(err, fs.ErrExist):
		return "it is there already"
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return systemFaults[number].words
	}
	return ""
}

// systemHint says what to do about what an operating system reports.
func systemHint(err error) string {
	var (
		path   *fs.PathError
		number syscall.Errno
	)
	switch {
	case !errors.As(err, &path):
		return ""
	case errors.Is(err, fs.ErrPermission):
		return "run ejmx as the user who made the folder, or name another folder with --season or --out"
	case errors.As(err, &number):
		return systemFaults[number].hint
	}
	return ""
}

// systemFault is how an operating system's report is told, and what to do about it.
type systemFault struct{ words, hint string }

const freeSpaceHint = "free some space on that disk and run it again: it goes on from here"

// isUsage reports whether an error is a mistake in how the program was called.
func isUsage(err error) bool {
	var (
		usage   *usageError
		unknown *fetch.UnknownPostingError
		meeting *exporter.UnknownConferenceError
		notDue  *exporter.NotDueError
		gone    *fetch.DisposedPostingError
		nobody  *exporter.UnknownPersonError
		several *exporter.SeveralPersonsError
		foreign *exporter.ForeignFolderError
	)
	return errors.As(err, &usage) || errors.As(err, &unknown) || errors.As(err, &meeting) || errors.As(err, &notDue) || errors.As(err, &gone) ||
		errors.As(err, &nobody) || errors.As(err, &several) || errors.As(err, &foreign)
}
