package replay

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults are what goes wrong, and when.
type Faults []Fault

// Fault is one thing that goes wrong.
type Fault struct {
	Kind   string        // a name of the table
	Rate   float64       // of the requests or documents that it fits, above 0 and at most 1
	Target string        // a document, "file/828205", or the beginning of a path, "/api/applicants"; "" is all
	Times  int           // at most so often for one path or document, 0 for no limit
	Wait   time.Duration // how long, for kinds that wait
	Speed  int64         // bytes a second, for kinds that slow down
}

// scope is what a kind of fault befalls.
type scope int

const (
	ofRequest scope = iota // instead of an answer
	ofAnswer               // on the way of an answer
	ofContent              // in one document
)

// faultTable names every kind of fault. It is the one place that does.
var faultTable = []struct {
	name  string
	scope scope
	about string
}{
	{"latency", ofAnswer, "answers come after a DURATION"},
	{"slow", ofAnswer, "answers come at a SPEED"},
	{"stall", ofAnswer, "the answer stops in the middle for a DURATION, for ever without one"},
	{"cut", ofAnswer, "the connection breaks in the middle of the answer"},
	{"short", ofAnswer, "the answer ends in the middle of the JSON, in good form for HTTP"},
	{"reset", ofRequest, "the connection breaks before any answer"},
	{"429", ofRequest, "too many requests; Retry-After a DURATION (1s), in seconds"},
	{"429-date", ofRequest, "too many requests; Retry-After as a date"},
	{"403", ofRequest, "a web page, forbidden"},
	{"404", ofRequest, "a web page, not found"},
	{"500", ofRequest, "a web page, internal server error"},
	{"502", ofRequest, "a web page, bad gateway"},
	{"503", ofRequest, "a web page, service unavailable"},
	{"504", ofRequest, "a web page, gateway timeout"},
	{"html", ofRequest, "a web page with status 200, as a sign-in page of a network"},
	{"redirect", ofRequest, "a redirect to another host"},
	{"database", ofRequest, "EJM's error: database connection error"},
	{"unknown", ofRequest, "EJM's error: unknown error"},
	{"unauthorized", ofRequest, "EJM's error: unauthorized request"},
	{"expire-token", ofRequest, "EJM's error: missing or expired token"},
	{"endless", ofRequest, "an array that never ends"},
	{"deep", ofRequest, "arrays in arrays, a million deep"},
	{"bomb", ofRequest, "a little gzip that unpacks to 10 GB of one string"},
	{"headers", ofRequest, "a header of 16 MB"},
	{"gone", ofContent, "EJM's error for one document: no results returned"},
	{"sha1", ofContent, "sha1_hash is of other bytes"},
	{"garbled", ofContent, "the base64 has a character that is none of base64's"},
	{"fewer", ofContent, "the contents end in the middle, in good form for JSON"},
}

// FaultsUsage explains the grammar of faults and all kinds, one a line.
func FaultsUsage() string {
	var b strings.Builder
	b.WriteString("KIND[:ARGUMENT…][,KIND…], such as 503:10%,cut:5%,stall:file/828205,slow:100kBps,429:/api/files:2s:x1\n" +
		"  ARGUMENT is, in any order: a rate (10%), a document (file/828205, letter/90213) or the beginning of a path (/api/files),\n" +
		"  a DURATION (200ms), a SPEED (1Bps, 100kBps, 2MBps), or how often at most for each path or document (x2).\n")
	for _, row := range faultTable {
		fmt.Fprintf(&b, "  %-14s %s\n", row.name, row.about)
	}
	return b.String()
}

// ParseFaults reads faults by the grammar that [FaultsUsage] explains.
func ParseFaults(text string) (Faults, error) {
	var faults Faults
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		f, err := parseFault(part)
		if err != nil {
			return nil, fmt.Errorf("fault %q: %w", part, err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func parseFault(text string) (Fault, error) {
	arguments := strings.Split(text, ":")
	f := Fault{Kind: arguments[0], Rate: 1}
	scope, ok := scopeOf(f.Kind)
	if !ok {
		return f, errors.New("there is no such kind")
	}
	for _, argument := range arguments[1:] {
		if err := f.take(argument); err != nil {
			return f, err
		}
	}
	switch {
	case f.Kind == "latency" && f.Wait == 0:
		return f, errors.New("it needs a duration, such as 200ms")
	case f.Kind == "slow" && f.Speed == 0:
		return f, errors.New("it needs a speed, such as 100kBps")
	case scope == ofContent && strings.HasPrefix(f.Target, "/"):
		return f, errors.New("it befalls documents, not paths: file/828205")
	}
	return f, nil
}

func scopeOf(name string) (scope, bool) {
	for _, row := range faultTable {
		if row.name == name {
			return row.scope, true
		}
	}
	return 0, false
}

// speeds are the units of speeds, in bytes a second.
var speeds = []struct {
	unit  string
	bytes int64
}{{"MBps", 1e6}, {"kBps", 1e3}, {"Bps", 1}}

// take reads one argument, of whichever sort it is.
func (f *Fault) take(argument string) error {
	if rate, ok := strings.CutSuffix(argument, "%"); ok {
		percent, err := strconv.ParseFloat(rate, 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return fmt.Errorf("%q is no rate above 0%% and up to 100%%", argument)
		}
		f.Rate = percent / 100
		return nil
	}
	if strings.Contains(argument, "/") {
		f.Target = argument
		return checkTarget(argument)
	}
	if times, ok := strings.CutPrefix(argument, "x"); ok {
		n, err := strconv.Atoi(times)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of times, such as x2", argument)
		}
		f.Times = n
		return nil
	}
	for _, speed := range speeds {
		if number, ok := strings.CutSuffix(argument, speed.unit); ok {
			n, err := strconv.ParseInt(number, 10, 32)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no speed, such as 100kBps", argument)
			}
			f.Speed = n * speed.bytes
			return nil
		}
	}
	d, err := time.ParseDuration(argument)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no rate, target, number of times, speed or duration", argument)
	}
	f.Wait = d
	return nil
}

func checkTarget(target string) error {
	if strings.HasPrefix(target, "/") {
		return nil
	}
	kind, id, _ := strings.Cut(target, "/")
	if _, err := strconv.ParseUint(id, 10, 62); err != nil || kind != "file" && kind != "letter" {
		return fmt.Errorf("%q is no document, such as file/828205, and no path", target)
	}
	return nil
}

// String is what ParseFaults reads.
func (f Faults) String() string {
	parts := make([]string, len(f))
	for i, fault := range f {
		parts[i] = fault.String()
	}
	return strings.Join(parts, ",")
}

// String is the fault as ParseFaults reads it.
func (f Fault) String() string {
	parts := []string{f.Kind}
	if f.Rate != 1 {
		parts = append(parts, strconv.FormatFloat(f.Rate*100, 'g', -1, 64)+"%")
	}
	if f.Target != "" {
		parts = append(parts, f.Target)
	}
	if f.Wait != 0 {
		parts = append(parts, f.Wait.String())
	}
	if f.Speed != 0 {
		i := slices.IndexFunc(speeds, func(s struct {
			unit  string
			bytes int64
		},
		) bool {
			return f.Speed%s.bytes == 0
		})
		parts = append(parts, strconv.FormatInt(f.Speed/speeds[i].bytes, 10)+speeds[i].unit)
	}
	if f.Times != 0 {
		parts = append(parts, "x"+strconv.Itoa(f.Times))
	}
	return strings.Join(parts, ":")
}
