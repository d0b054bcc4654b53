package replay

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// Request is a request that was answered: a line of the log. It holds no token, and nothing of the query or the form.
type Request struct {
	Method   string
	Path     string
	Route    string // the path with {id} for numbers, by which requests are counted
	Remote   string
	Status   int // 0 where the connection was broken off before
	Bytes    int64
	Error    string // the answer's "error", or why it was broken off
	Fault    string // the faults that struck: "cut, sha1"
	Duration time.Duration
}

// Counts is how many requests there were.
type Counts struct {
	All    int
	Bytes  int64
	Routes map[string]int // by route: "/api/files/{id}"
	Paths  map[string]int // by path, for documents alone: "/api/files/828205"
	Errors map[string]int // answers by their "error"
	Faults map[string]int // by fault
}

type counts struct {
	mu  sync.Mutex
	all int
	now Counts
}

func (c *counts) began() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	return c.all
}

func (c *counts) ended(r Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.make()
	c.now.All++
	c.now.Bytes += r.Bytes
	c.now.Routes[r.Route]++
	if r.Route == "/api/files/{id}" || r.Route == "/api/letters/{id}" {
		c.now.Paths[strings.TrimSuffix(r.Path, "/")]++
	}
	if r.Error != "" {
		c.now.Errors[r.Error]++
	}
	if r.Fault != "" {
		c.now.Faults[r.Fault]++
	}
}

func (c *Counts) make() {
	if c.Routes == nil {
		*c = Counts{Routes: map[string]int{}, Paths: map[string]int{}, Errors: map[string]int{}, Faults: map[string]int{}}
	}
}

// Counts gives how many requests have been answered since the start or the last [Server.ResetCounts].
func (s *Server) Counts() Counts {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	now := s.counts.now
	now.Routes, now.Paths = maps.Clone(now.Routes), maps.Clone(now.Paths)
	now.Errors, now.Faults = maps.Clone(now.Errors), maps.Clone(now.Faults)
	return now
}

// ResetCounts begins the counting anew.
func (s *Server) ResetCounts() {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.now = Counts{}
}
