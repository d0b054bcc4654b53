package exporter

import (
	"bytes"
	"crypto/sha256"
	"os"
	"sync"
)

// pending is a file that is being written. It is made when there is more of it than is held back, or when it is settled that
// it is wanted: most pages of a site are what they were, and a file that is made to be taken away again costs more than
// what is in it.
type pending struct {
	create func() (*os.File, error)
	file   *os.File // nil until it is made
	held   *bytes.Buffer
	tally  tally // of what was written to the file

	// Of a large file, what was written is hashed while more is written.
	written chan *bytes.Buffer // nil of a small one
	hashed  chan struct{}      // closed after the last of it
}

// heldBack is how many bytes are written at once.
const heldBack = 128 << 10

var heldBuffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, heldBack)) }}

func newPending(create func() (*os.File, error)) *pending {
	return &pending{create: create, held: heldBuffers.Get().(*bytes.Buffer), tally: tally{sha: sha256.New()}}
}

// Write takes what belongs into the file.
func (p *pending) Write(data []byte) (n int, err error) {
	for len(data) > 0 {
		part := data[:min(len(data), heldBack-p.held.Len())]
		p.held.Write(part)
		data, n = data[len(part):], n+len(part)
		if p.held.Len() == heldBack {
			if err := p.flush(); err != nil {
				return n, err
			}
			p.hashLater()
		}
	}
	return n, nil
}

// flush writes what is held back.
func (p *pending) flush() error {
	if p.file == nil {
		var err error
		if p.file, err = p.create(); err != nil {
			return err
		}
	}
	_, err := p.file.Write(p.held.Bytes())
	return err
}

// hashLater has another goroutine hash what was just written.
func (p *pending) hashLater() {
	if p.written == nil {
		p.written, p.hashed = make(chan *bytes.Buffer, 2), make(chan struct{})
		go func() {
			defer close(p.hashed)
			for block := range p.written {
				p.tally.add(block.Bytes())
				release(block)
			}
		}()
	}
	p.written <- p.held
	p.held = heldBuffers.Get().(*bytes.Buffer)
}

// finishHashing waits until all that was to be hashed later is.
func (p *pending) finishHashing() {
	if p.written != nil {
		close(p.written)
		<-p.hashed
		p.written = nil
	}
}

func release(held *bytes.Buffer) {
	held.Reset()
	heldBuffers.Put(held)
}

// unmade gives what would be in the file, of one that was not made yet.
func (p *pending) unmade() (w Written, ok bool) {
	if p.file != nil {
		return Written{}, false
	}
	whole := tally{sha: sha256.New()}
	whole.add(p.held.Bytes())
	return whole.written(), true
}

// keep makes the file, if that was not done yet, with all that was written.
func (p *pending) keep() (Written, error) {
	if err := p.flush(); err != nil {
		return Written{}, err
	}
	p.finishHashing()
	p.tally.add(p.held.Bytes())
	return p.tally.written(), nil
}

// close gives back what a pending file holds.
func (p *pending) close() error {
	p.finishHashing()
	release(p.held)
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}
