package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// memoryOfDocument fetches a season that has one very large document, and one that has none.
func memoryOfDocument(l *lab) (o outcome, err error) {
	source, err := l.season(1, 10_000)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, l.forget(source)) }()
	fetch := func() (used, error) {
		s, err := l.serve(source, 0)
		if err != nil {
			return used{}, err
		}
		u, err := l.ejmx(s, "fetch", "--all", "--quiet", "--season", l.empty())
		return u, errors.Join(err, s.stop())
	}
	idle, err := fetch()
	if err != nil {
		return o, err
	}
	size := less[int64](l, 1<<30, 1<<26)
	if err := swell(source, size); err != nil {
		return o, err
	}
	large, err := fetch()
	o.figures = []float64{large.all - idle.all}
	o.detail = fmt.Sprintf("%.0f MB against %.0f MB; %d MB in %s", large.all, idle.all, size>>20, in("s", large.seconds))
	return o, err
}

// swell makes a season's first file a very large one.
func swell(season string, size int64) (err error) {
	m, err := mirror.Open(filepath.Join(season, "mirror"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	snapshot, err := m.Latest()
	if err != nil {
		return err
	}
	for file, err := range mirror.Records[ejm.File](snapshot, mirror.Files) {
		if err != nil {
			return err
		}
		if file.BlobID != 0 {
			return replace(m, file.BlobID, size)
		}
	}
	return errors.New("the season has no file")
}

// replace gives a file other bytes, as no one but a benchmark may.
func replace(m *mirror.Mirror, blobid ejm.ID, size int64) error {
	blob, err := m.Document(ejm.KindFile, blobid)
	if err != nil {
		return err
	}
	w, err := m.NewDocument(ejm.KindFile)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(w, rand.NewChaCha8([32]byte{1}), size); err != nil {
		return err
	}
	var record map[string]any
	if err := json.Unmarshal(blob.Record, &record); err != nil {
		return err
	}
	record["filesize"], record["sha1_hash"] = size, w.SHA1()
	raw, err := json.Marshal(record)
	if err != nil {
		return err
	}
	content := filepath.Join(m.Dir(), mirror.DocumentFiles(ejm.KindFile, blobid)[0])
	if err := os.RemoveAll(filepath.Dir(content)); err != nil {
		return err
	}
	_, err = w.Commit(blobid, raw)
	return err
}

// memoryOfSeason exports a large season of large documents.
func memoryOfSeason(l *lab) (o outcome, err error) {
	e, err := l.exportOf(l.large(), 570_000)
	if err != nil {
		return o, err
	}
	o.figures = []float64{e.first.all}
	o.detail = fmt.Sprintf("%.0f MB of it in ejmx itself, the rest in its PDF workers; in %s", e.first.main, in("s", e.first.seconds))
	return o, errors.Join(e.stop(), l.forget(e.source))
}

// start measures what it costs to start the program at all.
func start(l *lab) (o outcome, err error) {
	dir := l.empty()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return o, err
	}
	source, nothing := filepath.Join(dir, "main.go"), filepath.Join(dir, "nothing.exe")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return o, err
	}
	if _, err := l.run(exec.CommandContext(l.ctx, "go", "build", "-o", nothing, source)); err != nil {
		return o, err
	}
	var ours, others []float64
	for range 20 * l.rounds {
		a, err := l.ejmx(nil, "version")
		if err != nil {
			return o, err
		}
		b, err := l.run(exec.CommandContext(l.ctx, nothing))
		if err != nil {
			return o, err
		}
		ours, others = append(ours, 1000*a.seconds), append(others, 1000*b.seconds)
		o.figures = append(o.figures, 1000*(a.seconds-b.seconds))
	}
	o.detail = fmt.Sprintf("%.1f ms against %.1f ms", middle(ours), middle(others))
	return o, nil
}
