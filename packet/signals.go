package packet

import (
	"os"
	"os/signal"
)

// ignoreInterrupts leaves Ctrl-C, which a terminal sends to all processes, to the one that started this worker: it finishes
// what it is writing first.
func ignoreInterrupts() { signal.Ignore(os.Interrupt) }
