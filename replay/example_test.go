package replay_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// A made-up season, served on loopback until the context is done.
func Example() {
	dir, err := os.MkdirTemp("", "season-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	m, err := mirror.Create(dir)
	if err != nil {
		panic(err)
	}
	defer m.Close()
	if err := season.Write(m, season.Options{Applications: 3, DocumentBytes: 10_000}); err != nil {
		panic(err)
	}
	faults, err := replay.ParseFaults("503:10%,latency:5ms")
	if err != nil {
		panic(err)
	}
	server, err := replay.New(m, replay.Options{Quirks: replay.AllQuirks(), Faults: faults})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	ctx, stop := context.WithCancel(context.Background())
	err = server.ListenAndServe(ctx, replay.Listen{Ready: func(string) {
		fmt.Println("serving snapshot", server.Snapshot())
		stop()
	}})
	if err != nil {
		panic(err)
	}
	// Output: serving snapshot 20261124T090000Z
}
