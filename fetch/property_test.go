package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/fetch"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// passing are the faults that pass: another try may find them gone.
var passing = []string{
	"latency:300ms", "slow:40kBps", "stall", "cut", "short", "reset", "429:3s", "429-date:5s", "500", "502", "503", "504", "html",
	"database", "unknown", "expire-token", "gone", "sha1", "garbled",
	"fewer:x1", // a letter cut short twice in the same way cannot be told from one whose size EJM has wrong
}

// TestAnySeasonUnderAnyFaults is a property: whatever a season holds and whatever goes wrong on the way below certainty,
// going on until a run ends without a problem gives every document, with the bytes that the server has. Time is not real,
// so that pauses and stalls cost none.
func TestAnySeasonUnderAnyFaults(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2026))
			mix := anyFaults(t, random)
			quirks := anyQuirks(t, random)
			made := season.Options{Seed: seed, Applications: 1 + random.IntN(6), Postings: 1 + random.IntN(3), DocumentBytes: 1 + random.Int64N(9_000)}
			source := madeUp(t, made)
			synctest.Test(t, func(t *testing.T) { fetchUntilDone(t, source, replay.Options{Faults: mix, Quirks: quirks, Seed: seed}) })
		})
	}
}

// anyFaults are three to six kinds of fault, each at up to a quarter.
func anyFaults(t *testing.T, random *rand.Rand) replay.Faults {
	var grammar []string
	for _, i := range random.Perm(len(passing))[:3+random.IntN(4)] {
		grammar = append(grammar, fmt.Sprintf("%s:%d%%", passing[i], 3+random.IntN(22)))
	}
	faults, err := replay.ParseFaults(strings.Join(grammar, ","))
	if err != nil {
		t.Fatal(err)
	}
	return faults
}

func anyQuirks(t *testing.T, random *rand.Rand) replay.Quirks {
	names := replay.QuirkNames()
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	quirks, err := replay.ParseQuirks(strings.Join(append(names[:random.IntN(len(names))], "plain"), ","))
	if err != nil {
		t.Fatal(err)
	}
	return quirks
}

func madeUp(t *testing.T, options season.Options) *mirror.Mirror {
	m, err := mirror.Create(filepath.Join(t.TempDir(), "source"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	if err := season.Write(m, options); err != nil {
		t.Fatal(err)
	}
	return m
}

// fetchUntilDone runs fetch until it has no problem, as a person would, and compares what came with what is served.
func fetchUntilDone(t *testing.T, source *mirror.Mirror, options replay.Options) {
	server, err := replay.New(source, options)
	if err != nil {
		t.Fatal(err)
	}
	pipes := newPipes()
	web := &http.Server{Handler: server}
	var served sync.WaitGroup
	served.Go(func() { _ = web.Serve(pipes) })
	client, err := ejm.New(ejm.Config{
		BaseURL: "http://127.0.0.1", Key: server.Credentials().Key, Secret: server.Credentials().Secret, Tries: 40,
		Transport: &http.Transport{DialContext: pipes.dial, MaxIdleConnsPerHost: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, source: source, server: server, client: client}
	if w.copied, err = mirror.Create(filepath.Join(t.TempDir(), "copied")); err != nil {
		t.Fatal(err)
	}
	for run := 1; ; run++ {
		result, err := w.fetch(fetch.Selection{All: true})
		if err == nil && result.Failed == 0 && w.book.Outcomes("download", "withdrawn") == 0 {
			break
		}
		if run == 30 {
			t.Fatalf("after %d runs with %v: %+v, %v, %v", run, options.Faults, result, err, w.book.Problems())
		}
		time.Sleep(time.Hour)
	}
	w.complete()
	client.Close()
	if err := errors.Join(web.Close(), server.Close(), w.copied.Close()); err != nil {
		t.Error(err)
	}
	served.Wait()
}

// pipes is a network in memory: a listener whose connections are pipes, which a synctest bubble can see to be idle.
type pipes struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newPipes() *pipes { return &pipes{waiting: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.waiting <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.waiting:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the network.
func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

// Addr is where a client on this machine would be.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
