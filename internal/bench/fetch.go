package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// latency is how long EJM takes to answer, in the rows that have one.
const latency = 100 * time.Millisecond

func fetchAgainstSerial(l *lab) (outcome, error) {
	o, err := l.fetchAgainst(latency)
	return o.faster(), err
}

func fetchAgainstParallel(l *lab) (outcome, error) { return l.fetchAgainst(latency, atOnce...) }

func fetchLocally(l *lab) (outcome, error) { return l.fetchAgainst(0, atOnce...) }

// atOnce has curl make eight requests at a time.
var atOnce = []string{"--parallel", "--parallel-max", "8"}

// fetchAgainst has ejmx and curl fetch all documents of a season, each with connections that stay open and a token at hand.
func (l *lab) fetchAgainst(latency time.Duration, curlFlags ...string) (o outcome, err error) {
	dir, err := l.fullSeason(less(l, 100, 10), 300_000)
	if err != nil {
		return o, err
	}
	s, err := l.serve(dir, latency)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	s.ready = s.Token
	took, err := l.race(
		func() (float64, error) {
			u, err := l.ejmx(s, "fetch", "--all", "--quiet", "--season", l.empty())
			return u.seconds, err
		},
		func() (float64, error) { return l.curl(s, dir, l.empty(), curlFlags...) },
	)
	if err != nil {
		return o, err
	}
	return against(took[0], took[1]), nil
}

// curl fetches the list of applications and then each document of a season by its own request, into a folder, and gives the
// seconds it took.
func (l *lab) curl(s *server, season, into string, flags ...string) (float64, error) {
	if err := os.MkdirAll(into, 0o700); err != nil {
		return 0, err
	}
	addresses, err := addresses(season)
	if err != nil {
		return 0, err
	}
	var list strings.Builder
	fmt.Fprintf(&list, "header = \"Authorization: Bearer %s\"\n", s.Token)
	for i, address := range addresses {
		fmt.Fprintf(&list, "url = \"%s%s\"\noutput = \"%d.json\"\n", s.URL, address, i)
	}
	name := filepath.Join(into, "curlrc")
	if err := os.WriteFile(name, []byte(list.String()), 0o600); err != nil {
		return 0, err
	}
	u, err := l.tool(into, "curl", append([]string{"--silent", "--fail", "--config", name}, flags...)...)
	return u.seconds, err
}

// addresses are those of the applications and of each document of a season.
func addresses(season string) (all []string, err error) {
	m, err := mirror.Open(filepath.Join(season, "mirror"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	snapshot, err := m.Latest()
	if err != nil {
		return nil, err
	}
	all = append(all, "/api/applications")
	for application, err := range mirror.Records[ejm.Application](snapshot, mirror.Applications) {
		if err != nil {
			return nil, err
		}
		for _, f := range application.Files {
			if f.BlobID != 0 && !f.IsLink() {
				all = append(all, "/api/files/"+f.FileID.String())
			}
		}
		for _, r := range application.Recommendations {
			if r.BlobID != 0 {
				all = append(all, "/api/letters/"+r.LetterID.String())
			}
		}
	}
	return all, nil
}
