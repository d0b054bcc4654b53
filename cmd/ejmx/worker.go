package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/packet"
)

// workerArguments start this program as a worker process of packet, which parses what applicants sent: a process can be
// ended when it hangs or eats memory, a goroutine cannot.
var workerArguments = []string{"pdf-worker"}

// isWorker reports whether this process was started as one.
func isWorker() bool { return len(os.Args) > 1 && os.Args[1] == workerArguments[0] }

func newWorker(e *env) *cobra.Command {
	return &cobra.Command{
		Use:    workerArguments[0],
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			if code := packet.WorkerMain(e.stdin, e.stdout); code != 0 {
				return fmt.Errorf("the PDF worker ended with code %d", code)
			}
			return nil
		},
	}
}
