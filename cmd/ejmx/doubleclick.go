package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"
)

// A double click on the program opens the window. It is told by this rule, from how the program was started without
// arguments:
//   - on Windows its parent is the Explorer;
//   - on a Mac it was called by its whole path, as the Finder has Terminal do; typed at a prompt it is a name, or a path
//     from the folder at hand;
//   - elsewhere never: a desktop's entry says "ejmx ui".
//
// Everybody else who types ejmx alone gets the help.

// meant gives the arguments that a start stands for.
func meant(args []string, byDoubleClick bool) []string {
	cobra.MousetrapHelpText = "" // it would send those who double-click away to a terminal
	if byDoubleClick && len(args) == 0 {
		return []string{"ui"}
	}
	return args
}

// holdOpen keeps a terminal that closes with the program open until what went wrong was read.
func holdOpen(e *env) {
	fmt.Fprintln(e.stderr, "\nPress Enter to close this window.")
	_, _ = bufio.NewReader(e.stdin).ReadString('\n') // closing the window is as good
}
