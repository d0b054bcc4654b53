package replay

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ejmx/ejmx/ejm"
)

// faultPlan decides which faults strike. Whether one does depends on the seed, on what it would strike, and on how often
// that was asked for before: not on the order in which clients ask for different things.
type faultPlan struct {
	seed  uint64
	rules []*rule
}

// rule is a fault and how it has gone with each of the things that it may strike.
type rule struct {
	Fault
	scope scope

	mu     sync.Mutex
	asked  map[string]int
	struck map[string]int
}

func newFaultPlan(faults Faults, seed uint64) faultPlan {
	p := faultPlan{seed: seed}
	for _, f := range faults {
		if f.Rate == 0 {
			f.Rate = 1
		}
		scope, _ := scopeOf(f.Kind)
		p.rules = append(p.rules, &rule{Fault: f, scope: scope, asked: map[string]int{}, struck: map[string]int{}})
	}
	return p
}

// strikes decides whether a rule strikes this time, and counts.
func (p faultPlan) strikes(r *rule, what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[what]++
	if r.Times > 0 && r.struck[what] >= r.Times {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Kind + "\x00" + r.Target + "\x00" + what + "\x00" + strconv.Itoa(r.asked[what]) + "\x00" + strconv.FormatUint(p.seed, 16)))
	const unit = 1 << 53
	if float64(mixed(h.Sum64())>>11)/unit >= r.Rate {
		return false
	}
	r.struck[what]++
	return true
}

// mixed spreads a hash over all its bits (the finaliser of SplitMix64).
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fits reports whether a rule is about a request as a whole: for documents, those asked for by themselves.
func (r *rule) fits(a *answer) bool {
	if r.Target == "" || strings.HasPrefix(r.Target, "/") {
		return strings.HasPrefix(strings.TrimSuffix(a.r.URL.Path, "/")+"/", strings.TrimSuffix(r.Target, "/"))
	}
	return r.Target == a.target()
}

// target names the document that a request is for, "" where it is not for one alone.
func (a *answer) target() string {
	switch a.route.pattern {
	case "/api/files/{id}":
		return documentName(ejm.KindFile, a.ids[0])
	case "/api/letters/{id}":
		return documentName(ejm.KindLetter, a.ids[0])
	}
	return ""
}

func documentName(kind ejm.Kind, id ejm.ID) string { return string(kind) + "/" + id.String() }

// struck notes a fault for the log.
func (a *answer) struck(kind string) {
	if a.request.Fault != "" {
		a.request.Fault += ", "
	}
	a.request.Fault += kind
}

// failsAtOnce lets faults strike a request before it is answered. It reports whether there is nothing left to answer.
func (s *Server) failsAtOnce(a *answer) bool {
	path := strings.TrimSuffix(a.r.URL.Path, "/")
	for _, r := range s.faults.rules {
		if r.scope == ofContent || !r.fits(a) || !s.faults.strikes(r, path) {
			continue
		}
		a.struck(r.Kind)
		if r.scope == ofRequest {
			a.failAs(r)
			return true
		}
		a.trouble(r)
	}
	return false
}

// trouble prepares what is to happen to an answer on its way.
func (a *answer) trouble(r *rule) {
	switch r.Kind {
	case "latency":
		if !wait(a.r.Context(), r.Wait) {
			panic(http.ErrAbortHandler)
		}
	case "slow":
		a.out.speed = r.Speed
	case "stall":
		a.out.meet(standStill, r.Wait)
	case "cut":
		a.out.meet(cutOff, 0)
	case "short":
		a.out.meet(endEarly, 0)
	}
}

// failAs answers with what a fault puts in the place of an answer.
func (a *answer) failAs(r *rule) {
	if status, err := strconv.Atoi(strings.TrimSuffix(r.Kind, "-date")); err == nil {
		a.failStatus(status, r)
		return
	}
	switch r.Kind {
	case "reset":
		a.reset()
	case "html":
		a.page(http.StatusOK, "Welcome to the campus network")
	case "redirect":
		a.out.Header().Set("Location", "http://elsewhere.invalid"+a.r.URL.Path)
		a.page(http.StatusFound, "Found")
	case "database":
		a.fail(databaseDown)
	case "unknown":
		a.fail(unknownError)
	case "unauthorized":
		a.fail(unauthorized)
	case "expire-token":
		a.fail(badToken)
	default:
		a.attack(r.Kind)
	}
}

func (a *answer) failStatus(status int, r *rule) {
	if status == http.StatusTooManyRequests {
		after := max(r.Wait, time.Second)
		text := strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10)
		if strings.HasSuffix(r.Kind, "-date") {
			text = time.Now().Add(after + time.Second).UTC().Format(http.TimeFormat)
		}
		a.out.Header().Set("Retry-After", text)
	}
	a.page(status, http.StatusText(status))
}

// contentFaults is what happens to one document.
type contentFaults struct {
	gone, sha1, garbled, fewer bool
	onTheWay                   []*rule // targeted at this document within an answer of several
}

// contentFaults lets faults strike one document of an answer.
func (s *Server) contentFaults(a *answer, k kind, id ejm.ID) contentFaults {
	var f contentFaults
	name := documentName(k.kind, id)
	for _, r := range s.faults.rules {
		isWay := r.scope == ofAnswer && r.Target == name && a.target() == ""
		if !isWay && (r.scope != ofContent || r.Target != "" && r.Target != name) || !s.faults.strikes(r, name) {
			continue
		}
		a.struck(r.Kind)
		switch r.Kind {
		case "gone":
			f.gone = true
		case "sha1":
			f.sha1 = true
		case "garbled":
			f.garbled = true
		case "fewer":
			f.fewer = true
		default:
			f.onTheWay = append(f.onTheWay, r)
		}
	}
	return f
}

// prepare makes what befalls this document happen in the middle of it.
func (f contentFaults) prepare(a *answer, size int64) {
	for _, r := range f.onTheWay {
		a.out.expects = size
		a.trouble(r)
	}
}
