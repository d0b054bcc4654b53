package main

import "github.com/inconshreveable/mousetrap"

// startedByDoubleClick reports whether the Explorer started the program.
func startedByDoubleClick() bool { return mousetrap.StartedByExplorer() }
