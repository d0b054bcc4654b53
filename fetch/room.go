package fetch

import (
	"sync"

	"github.com/ejmx/ejmx/ejm"
)

// room adds up what is to be fetched, once both are known: which documents are missing, from the list of applications, and
// how large files are, from the list of files. The two lists come at the same time, in either order.
type room struct {
	ask func(bytes int64) error // nil for nobody

	mu     sync.Mutex
	sizes  map[ejm.ID]int64 // of files, by blobid
	jobs   []job
	listed bool
	known  bool // which documents are missing
}

// list takes the sizes of files.
func (r *room) list(sizes map[ejm.ID]int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sizes, r.listed = sizes, true
	return r.check()
}

// plan takes what is to be fetched.
func (r *room) plan(jobs []job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs, r.known = jobs, true
	return r.check()
}

func (r *room) check() error {
	if r.ask == nil || !r.listed || !r.known {
		return nil
	}
	var sum int64
	for _, j := range r.jobs {
		for _, w := range j.want {
			if w.kind == ejm.KindFile {
				sum += r.sizes[w.blobid]
			}
		}
	}
	r.sizes, r.jobs = nil, nil
	return r.ask(sum)
}
