package mirror

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sync"

	"golang.org/x/sync/errgroup"
)

// rounds puts documents in place durably, many at a time. To make one durable takes several waits for the disk, however
// little was written, and a disk that is asked for many things at once does them together. So whoever commits a document
// adds it to those that wait, and the first to find no round at work leads one for them all.
//
// A round flushes what the documents hold, then their folders, renames them, and flushes the folders they came into, in
// this order: whatever prefix of its writes reaches the disk, what is visible is whole, and what it has ended for stays.
type rounds struct {
	lead sync.Mutex // held by the round at work

	mu      sync.Mutex
	waiting []*placement

	// What flushes, so that tests can watch and fail it.
	flushFile, flushFolder func(*os.File) error
}

// atOnce is how many files a round flushes at once.
const atOnce = 32

// placement is a document on its way to its place.
type placement struct {
	tmp, place      string   // from where to where: "tmp/4DX…", "file/77/77123"
	content, record *os.File // open until they are flushed

	ended bool // by the round that it was in
	held  bool // the mirror had the document already
	err   error
}

// putInPlace puts a document where it belongs, in a round with others that wait, and returns once it is durable.
func (m *Mirror) putInPlace(p *placement) error {
	m.rounds.mu.Lock()
	m.rounds.waiting = append(m.rounds.waiting, p)
	m.rounds.mu.Unlock()
	m.rounds.lead.Lock()
	defer m.rounds.lead.Unlock()
	if p.ended { // the round before took it along
		return p.err
	}
	m.rounds.mu.Lock()
	round := m.rounds.waiting
	m.rounds.waiting = nil
	m.rounds.mu.Unlock()
	m.round(round)
	return p.err
}

// round brings documents to their places. What fails with one document is its error alone, what fails with a folder that
// several came into is the error of each of them.
func (m *Mirror) round(documents []*placement) {
	together(documents, m.flush)
	together(documents, func(p *placement) { p.fail(m.flushNames(p.tmp)) })
	drained := m.drain()
	came := map[string][]*placement{}
	for _, p := range documents {
		p.fail(drained)
		if p.err != nil || !m.move(p) {
			continue
		}
		shelf := path.Dir(p.place)
		came[shelf] = append(came[shelf], p)
		came[path.Dir(shelf)] = append(came[path.Dir(shelf)], p)
	}
	for folder, documents := range came {
		err := m.flushNames(folder)
		for _, p := range documents {
			p.fail(err)
		}
	}
	drained = m.drain()
	for _, p := range documents {
		p.fail(drained)
		p.ended = true
	}
}

// together does the same with every document, several at a time.
func together(documents []*placement, do func(*placement)) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, p := range documents {
		group.Go(func() error { do(p); return nil })
	}
	_ = group.Wait() // each document has its own error
}

// fail notes a document's first error.
func (p *placement) fail(err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("make %s durable: %w", p.place, err)
	}
}

// flush makes what a document's files hold durable, and closes them.
func (m *Mirror) flush(p *placement) {
	for _, file := range []*os.File{p.content, p.record} {
		p.fail(errors.Join(m.rounds.flushFile(file), file.Close()))
	}
}

// flushNames makes the names in a folder durable.
func (m *Mirror) flushNames(folder string) error {
	dir, err := m.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(m.rounds.flushFolder(dir), dir.Close())
}

// drain has the drive write down what was flushed to it.
func (m *Mirror) drain() error {
	dir, err := m.root.Open("tmp")
	if err != nil {
		return err
	}
	return errors.Join(drain(dir), dir.Close())
}

// move renames a document's folder to its place, and reports whether it did: not where the mirror has the document already,
// for what it has stays.
func (m *Mirror) move(p *placement) bool {
	if err := m.root.MkdirAll(path.Dir(p.place), dirMode); err != nil {
		p.fail(err)
		return false
	}
	err := m.root.Rename(p.tmp, p.place)
	if err != nil {
		_, statErr := m.root.Stat(path.Join(p.place, "record.json"))
		if p.held = statErr == nil; !p.held {
			p.fail(err)
		}
	}
	return err == nil
}
