package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// archiveAgainstZip archives a season, which proves every document, hashes all and flushes the archive to the disk, and has
// zip pack the same files.
func archiveAgainstZip(l *lab) (o outcome, err error) {
	source, err := l.season(less(l, 200, 20), 300_000)
	if err != nil {
		return o, err
	}
	s, err := l.serve(source, 0)
	if err != nil {
		return o, err
	}
	dir := l.empty() // an archive holds what fetches noted, so it is a fetched season
	_, err = l.ejmx(s, "fetch", "--all", "--quiet", "--season", dir)
	if err = errors.Join(err, s.stop()); err != nil {
		return o, err
	}
	took, err := l.race(
		func() (float64, error) {
			u, err := l.ejmx(nil, "archive", "--all", "--quiet", "--season", dir)
			return u.seconds, errors.Join(err, os.RemoveAll(filepath.Join(dir, "archives")))
		},
		func() (float64, error) { return l.zip(filepath.Join(dir, "mirror"), l.empty()+".zip") },
	)
	if err != nil {
		return o, err
	}
	return against(took[0], took[1]).faster(), nil
}

// zip packs a folder without deflating, and gives the seconds it took.
func (l *lab) zip(dir, out string) (float64, error) {
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return 0, err
	}
	u, err := l.tool(dir, "zip", "-q", "-0", "-r", out, ".")
	return u.seconds, err
}

// exportAgainstTools has ejmx export a season, and the best single tools do the like one after the other: curl fetches it,
// qpdf merges each application's documents, zip packs both.
func exportAgainstTools(l *lab) (o outcome, err error) {
	dir, err := l.fullSeason(less(l, 640, 20), 300_000)
	if err != nil {
		return o, err
	}
	s, err := l.serve(dir, 0)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, s.stop(), l.forget(dir)) }()
	took, err := l.race(
		func() (float64, error) {
			u, err := l.ejmx(s, "export", "--all", "--quiet", "--season", l.empty())
			return u.seconds, err
		},
		func() (float64, error) { return l.byTools(s, dir) },
	)
	if err != nil {
		return o, err
	}
	return against(took[0], took[1]), nil
}

func (l *lab) byTools(s *server, season string) (float64, error) {
	into := l.empty()
	seconds, err := l.curl(s, season, into, atOnce...)
	if err != nil {
		return 0, err
	}
	packets := filepath.Join(into, "packets")
	if err := os.MkdirAll(packets, 0o700); err != nil {
		return 0, err
	}
	applications, err := papers(season)
	if err != nil {
		return 0, err
	}
	for appid, documents := range applications {
		arguments := append([]string{"--empty", "--warning-exit-0", "--pages"}, documents...)
		u, err := l.tool(into, "qpdf", append(arguments, "--", filepath.Join(packets, appid.String()+".pdf"))...)
		if err != nil {
			return 0, err
		}
		seconds += u.seconds
	}
	packing, err := l.zip(into, l.empty()+".zip")
	return seconds + packing, err
}

// papers gives the PDFs of each application of a season by their paths.
func papers(season string) (all map[ejm.ID][]string, err error) {
	m, err := mirror.Open(filepath.Join(season, "mirror"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	snapshot, err := m.Latest()
	if err != nil {
		return nil, err
	}
	all = map[ejm.ID][]string{}
	for a, err := range mirror.Records[ejm.Application](snapshot, mirror.Applications) {
		if err != nil {
			return nil, err
		}
		add := func(kind ejm.Kind, blobid ejm.ID) error {
			name := mirror.DocumentFiles(kind, blobid)[0]
			if ok, err := isPDF(m.FS(), name); !ok {
				return err
			}
			all[a.AppID] = append(all[a.AppID], filepath.Join(m.Dir(), filepath.FromSlash(name)))
			return nil
		}
		for _, f := range a.Files {
			if f.BlobID != 0 && !f.IsLink() {
				err = errors.Join(err, add(ejm.KindFile, f.BlobID))
			}
		}
		for _, r := range a.Recommendations {
			if r.BlobID != 0 {
				err = errors.Join(err, add(ejm.KindLetter, r.BlobID))
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func isPDF(files fs.FS, name string) (bool, error) {
	file, err := files.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	start := make([]byte, 5)
	if _, err := io.ReadFull(file, start); err != nil {
		return false, nil // shorter than any PDF
	}
	return bytes.Equal(start, []byte("%PDF-")), nil
}
