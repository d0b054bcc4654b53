package mirror

import (
	"encoding/json"
	"iter"
	"runtime"
)

// Records decodes the records of one list into T as they stream by, in their order.
//
// Most of what it takes to read a snapshot is decoding. So some records are decoded at a time, several such batches at once,
// while the file is read on; as many wait as there are processors.
func Records[T any](s *Snapshot, method Method) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		batches := make(chan chan *batch[T], runtime.GOMAXPROCS(0))
		stop := make(chan struct{})
		go decodeAhead(s, method, batches, stop)
		defer func() {
			close(stop)
			for range batches { // until the file is closed
			}
		}()
		for decoded := range batches {
			b := <-decoded
			for i := range b.records {
				if !yield(b.records[i], nil) {
					return
				}
			}
			if b.err != nil {
				var none T
				yield(none, b.err)
				return
			}
		}
	}
}

// batch is some records that follow one another.
type batch[T any] struct {
	raw     []json.RawMessage
	size    int // bytes of raw
	records []T
	err     error // in place of the record after these
}

// What a batch holds at most, so that few records wait for one another and none are many bytes.
const (
	batchRecords = 32
	batchBytes   = 256 << 10
)

// decodeAhead reads a list and has its batches decoded.
func decodeAhead[T any](s *Snapshot, method Method, batches chan<- chan *batch[T], stop <-chan struct{}) {
	defer close(batches)
	b := &batch[T]{}
	pass := func() (ok bool) {
		decoded := make(chan *batch[T], 1)
		select {
		case batches <- decoded:
		case <-stop:
			return false
		}
		go func(b *batch[T]) {
			b.decode()
			decoded <- b
		}(b)
		b = &batch[T]{}
		return true
	}
	for raw, err := range s.Records(method) {
		if err != nil {
			b.err = err
			break
		}
		b.raw = append(b.raw, append(json.RawMessage(nil), raw...)) // the line is good until the next one
		if b.size += len(raw); len(b.raw) == batchRecords || b.size >= batchBytes {
			if !pass() {
				return
			}
		}
	}
	pass()
}

func (b *batch[T]) decode() {
	b.records = make([]T, 0, len(b.raw))
	for _, raw := range b.raw {
		var record T
		if err := decode(raw, &record); err != nil {
			b.err = err
			break
		}
		b.records = append(b.records, record)
	}
	b.raw = nil
}

// decode is json.Unmarshal, which would read a record through before it has one that decodes itself read it.
func decode(raw json.RawMessage, record any) error {
	if own, ok := record.(json.Unmarshaler); ok {
		return own.UnmarshalJSON(raw)
	}
	return json.Unmarshal(raw, record)
}
