// Package torture does to the real program what the world does: it kills it at any moment, interrupts it, takes away its
// disk, its memory of open files and its network, and fails its system calls one after the other. Its tests check what is
// left afterwards; their results are docs/reliability.md, which make torture writes.
//
//	program, err := torture.Build(dir)
//	run, err := program.Start(torture.Command{Args: []string{"fetch", "--all"}, Env: env})
//	run.Kill()
//	ended := run.Wait()
//
// It needs a Unix system. [Trace], which counts and fails single system calls, needs Linux on amd64.
package torture

import "time"

// Command is one start of the program.
type Command struct {
	Args []string
	Env  []string // NAME=value: all of the environment
	Dir  string   // where it runs; "" is where the caller does

	Limits Limits
	User   int // runs as this user and group, where the caller may become it; 0 is the caller
}

// Limits are what the system gives a process at most; 0 is what the caller has.
type Limits struct {
	OpenFiles int
	FileSize  int64 // bytes of each file it writes, in steps of 512
}

// Ended is how a process ended.
type Ended struct {
	Code   int // -1 where a signal ended it
	Stdout string
	Stderr string
	Took   time.Duration
}
