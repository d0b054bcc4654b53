package destination

import (
	"fmt"
	"sync"

	"github.com/ejmx/ejmx/ledger"
)

// steps tells the ledger how far an archive is, a part at a time. It is a writer of what was passed on.
type steps struct {
	sink  ledger.Sink
	stage ledger.Stage
	name  string
	size  int64

	mu   sync.Mutex
	at   int64
	told int64 // bytes of the parts told of
}

// newSteps announces an archive's parts.
func newSteps(sink ledger.Sink, stage ledger.Stage, name string, size int64) *steps {
	s := &steps{sink: sink, stage: stage, name: name, size: size}
	for at := int64(0); at < size; at += partSize {
		s.tell(at, ledger.Planned)
	}
	return s
}

func (s *steps) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at += int64(len(p))
	for s.told < s.size && s.at >= min(s.told+partSize, s.size) {
		s.tell(s.told, ledger.Done)
		s.told += partSize
	}
	return len(p), nil
}

func (s *steps) tell(at int64, outcome ledger.Outcome) {
	s.sink(ledger.Entry{
		Stage: s.stage, Item: fmt.Sprintf("%s from byte %d", s.name, at), Outcome: outcome, Bytes: min(partSize, s.size-at),
	})
}
