package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/ejmx/ejmx/mirror"
)

// large gives the size of a season of 1,500 applications.
func (l *lab) large() int { return less(l, 1500, 60) }

// exported is a season that was fetched and exported, with the server it came from.
type exported struct {
	*server
	source, season string
	first          used
}

// exportOf makes up a season, serves it and exports it once.
func (l *lab) exportOf(applications int, documentBytes int64) (*exported, error) {
	source, err := l.season(applications, documentBytes)
	if err != nil {
		return nil, err
	}
	e := &exported{source: source, season: l.empty()}
	if e.server, err = l.serve(source, 0); err != nil {
		return nil, err
	}
	if e.first, err = e.again(l); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	return e, nil
}

func (e *exported) again(l *lab) (used, error) {
	return l.ejmx(e.server, "export", "--all", "--json", "--season", e.season)
}

// exportSummary is what matters here of what export prints.
type exportSummary struct {
	Fetch struct {
		Requests  int `json:"requests"`
		Documents int `json:"documents"`
	} `json:"fetch"`
	Postings []struct {
		Packets int `json:"packets_made"`
	} `json:"postings"`
}

func (u used) summary() (s exportSummary, err error) {
	if err = json.Unmarshal(u.stdout, &s); err == nil && len(s.Postings) != 1 {
		err = fmt.Errorf("an export of %d postings, not one", len(s.Postings))
	}
	return s, err
}

// unchanged exports a season again and again in which nothing happens.
func unchanged(l *lab) (o outcome, err error) {
	e, err := l.exportOf(l.large(), 20_000)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, e.stop()) }()
	before, err := stamps(filepath.Join(e.season, "postings"))
	if err != nil {
		return o, err
	}
	requests := 0
	for range l.rounds {
		u, err := e.again(l)
		if err != nil {
			return o, err
		}
		s, err := u.summary()
		if err != nil {
			return o, err
		}
		o.figures, requests = append(o.figures, u.seconds), s.Fetch.Requests
	}
	after, err := stamps(filepath.Join(e.season, "postings"))
	if err != nil {
		return o, err
	}
	o.detail = fmt.Sprintf("%d requests, nothing rewritten; the first export took %s", requests, in("s", e.first.seconds))
	if requests > 10 {
		o.fault = fmt.Sprintf("%d requests are more than 10", requests)
	}
	if before != after {
		o.fault = strings.TrimPrefix(o.fault+"; files were rewritten", "; ")
	}
	return o, nil
}

// stamps is the name, size and time of every file in a folder.
func stamps(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			fmt.Fprintln(&b, name, info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	return b.String(), err
}

// oneLetter exports a season again in which one letter has arrived, as often as there are rounds.
func oneLetter(l *lab) (o outcome, err error) {
	e, err := l.exportOf(l.large(), 20_000)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, l.forget(e.source)) }()
	defer func() { err = errors.Join(err, e.stop()) }()
	for round := range l.rounds {
		if err := letterArrives(e.source); err != nil {
			return o, err
		}
		if err := e.stop(); err != nil { // a server serves the snapshot there was when it started
			return o, err
		}
		if e.server, err = l.serve(e.source, 0, "--listen", strings.TrimPrefix(e.URL, "http://")); err != nil {
			return o, err
		}
		u, err := e.again(l)
		if err != nil {
			return o, err
		}
		s, err := u.summary()
		if err != nil {
			return o, err
		}
		o.figures = append(o.figures, u.seconds)
		o.detail = fmt.Sprintf("%d requests, %d document, %d packet made", s.Fetch.Requests, s.Fetch.Documents, s.Postings[0].Packets)
		if s.Fetch.Documents != 1 || s.Postings[0].Packets != 1 {
			o.fault = fmt.Sprintf("in round %d %d documents came and %d packets were made", round+1, s.Fetch.Documents, s.Postings[0].Packets)
		}
	}
	return o, nil
}

// letterArrives adds a snapshot to a season, in which the first letter that was to come has come.
func letterArrives(season string) (err error) {
	m, err := mirror.Open(filepath.Join(season, "mirror"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	before, err := m.Latest()
	if err != nil {
		return err
	}
	w, err := m.NewSnapshot(mirror.SnapshotInfo{Taken: before.Taken.Add(24 * time.Hour), API: before.API})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	for id, state := range before.Postings {
		w.SetPosting(id, state)
	}
	letter := &arrival{mirror: m}
	for _, method := range mirror.Methods {
		for record, err := range before.Records(method) {
			if err == nil && method == mirror.Applications {
				record, err = letter.into(record)
			}
			if err == nil {
				err = w.Add(method, bytes.Clone(record))
			}
			if err != nil {
				return err
			}
		}
		if method == mirror.Letters && letter.listed != nil {
			if err := w.Add(method, letter.listed); err != nil {
				return err
			}
		}
	}
	if letter.listed == nil {
		return errors.New("no letter was to come")
	}
	_, _, err = w.Commit()
	return err
}
