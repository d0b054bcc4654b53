package season

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// nextDay lets a day go by. On every day a letter arrives, another is replaced and a third withdrawn, a file is replaced
// and a person's details change; every second day an application disappears, and every fourth the last posting retires.
func (w *world) nextDay() {
	w.now = w.now.Add(24 * time.Hour)
	day := int(w.now.Sub(w.options.Taken) / (24 * time.Hour))
	w.rng = rand.New(rand.NewPCG(w.options.Seed, uint64(day)))
	w.receive()
	w.replaceLetter()
	w.withdrawLetter()
	w.replaceFile()
	if day%2 == 0 && len(w.applications) > 1 {
		n := w.rng.IntN(len(w.applications))
		w.applications = slices.Delete(w.applications, n, n+1)
	}
	if day%4 == 0 {
		w.retire()
	}
}

// receive brings the letters that one person still waited for.
func (w *world) receive() {
	a, r := w.anyRecommendation(func(r *recommendation) bool { return r.document == nil })
	if r != nil {
		w.arrive(a, r, w.now.Add(-time.Hour))
	}
}

// replaceLetter lets a writer send another letter instead of the one that was there.
func (w *world) replaceLetter() {
	a, r := w.anyRecommendation(func(r *recommendation) bool { return r.document != nil })
	if r == nil {
		return
	}
	r.writer.document = nil
	w.arrive(a, r, w.now.Add(-2*time.Hour))
	for _, other := range w.applications {
		for _, o := range other.recommendations {
			if o.writer == r.writer && o.document != nil {
				o.document, o.arrived = r.document, r.arrived
			}
		}
	}
}

func (w *world) withdrawLetter() {
	_, r := w.anyRecommendation(func(r *recommendation) bool { return r.document != nil })
	if r != nil {
		r.document, r.arrived = nil, time.Time{}
	}
}

// anyRecommendation picks one of those that are as is says, nil where there is none.
func (w *world) anyRecommendation(is func(*recommendation) bool) (*application, *recommendation) {
	start := w.rng.IntN(max(1, len(w.applications)))
	for i := range w.applications {
		a := w.applications[(start+i)%len(w.applications)]
		for _, r := range a.recommendations {
			if is(r) {
				return a, r
			}
		}
	}
	return nil, nil
}

// replaceFile lets a person send a new curriculum vitae, under the number of the old one.
func (w *world) replaceFile() {
	if len(w.applications) == 0 {
		return
	}
	p := pick(w.rng, w.applications).person
	p.changed = w.now.Add(-3 * time.Hour)
	old := p.files[0].document
	replaced := *old
	replaced.blobid, replaced.sha1 = take(&w.next.blob), ""
	replaced.kind = ejm.KindFile
	p.files[0].document = &replaced
}

// retire takes the last posting that is open off the market. One always stays.
func (w *world) retire() {
	for i := len(w.postings) - 1; i > 0; i-- {
		p := w.postings[i]
		if !p.retired {
			p.retired = true
			w.applications = slices.DeleteFunc(w.applications, func(a *application) bool { return a.posting == p })
			return
		}
	}
}
