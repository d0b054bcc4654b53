package archive

import (
	"cmp"
	"slices"
	"strings"
)

// Kind is what is wrong with an archive or a file in it.
type Kind string

// The kinds of faults.
const (
	Missing   Kind = "missing"   // a manifest names it and it is not there
	Extra     Kind = "extra"     // it is there and no manifest names it
	Changed   Kind = "changed"   // its bytes are not the manifest's
	Renamed   Kind = "renamed"   // its bytes are those of a missing file
	Duplicate Kind = "duplicate" // it is there or listed twice
	Unsafe    Kind = "unsafe"    // its name or kind must not be unpacked
	Malformed Kind = "malformed" // the zip, or a file about the bag, breaks its own rules
	Unread    Kind = "unread"    // it could not be read to its end
)

// Fault is one thing wrong, for people and programs.
type Fault struct {
	Kind   Kind   `json:"kind"`
	Path   string `json:"path"` // within the bag; "" when it is the whole
	Detail string `json:"detail,omitempty"`
}

// Report is what [Verify] found. An archive is whole when there are no faults; warnings are what its maker did badly
// and what loses nothing.
type Report struct {
	Version  string  `json:"version"` // of BagIt
	Base     string  `json:"base"`    // the folder within the zip; "" for an unpacked bag
	Files    int     `json:"files"`   // payload files
	Bytes    int64   `json:"bytes"`   // of the payload
	Info     []Field `json:"info"`    // bag-info.txt
	Faults   []Fault `json:"faults"`
	Warnings []Fault `json:"warnings"`

	algorithms map[string]map[string]string // payload manifests: algorithm, then path, then hex digest
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Value gives the first value of a field of bag-info.txt, "" without one. Case does not matter (RFC 8493 section 2.2.2).
func (r *Report) Value(label string) string {
	for _, f := range r.Info {
		if strings.EqualFold(f.Label, label) {
			return f.Value
		}
	}
	return ""
}

// SHA256 gives what the manifest has for a file of the bag, hex; "" where it is not listed or by other checksums alone.
func (r *Report) SHA256(name string) string { return r.algorithms["sha256"][name] }

// Own reports whether ejmx wrote the bag, and so promises more than BagIt asks.
func (r *Report) Own() bool { return strings.HasPrefix(r.Value("Bag-Software-Agent"), agent+" ") }

func (r *Report) fault(kind Kind, path, detail string) {
	r.Faults = append(r.Faults, Fault{kind, path, detail})
}

func (r *Report) warn(kind Kind, path, detail string) {
	r.Warnings = append(r.Warnings, Fault{kind, path, detail})
}

// faultSince10 records a fault where BagIt 1.0 forbids something, a warning in older versions, which let it pass.
func (r *Report) faultSince10(kind Kind, path, detail string) {
	if r.Version == "1.0" {
		r.fault(kind, path, detail)
		return
	}
	r.warn(kind, path, detail)
}

func (r *Report) sort() {
	for _, faults := range [][]Fault{r.Faults, r.Warnings} {
		slices.SortStableFunc(faults, func(a, b Fault) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(string(a.Kind), string(b.Kind)))
		})
	}
}
