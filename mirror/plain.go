package mirror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Plain gives the snapshots for reading as text, under names such as 20261124T090000Z/applications.jsonl, each beside its
// manifest.json. Only files can be opened.
func (m *Mirror) Plain() fs.FS { return plainFS{m} }

// PlainFiles names the files of a snapshot in [Mirror.Plain].
func (s *Snapshot) PlainFiles() []string {
	names := []string{path.Join(s.ID, "manifest.json")}
	for _, method := range Methods {
		if _, listed := s.Files[method]; listed {
			names = append(names, path.Join(s.ID, string(method)+".jsonl"))
		}
	}
	return names
}

type plainFS struct{ mirror *Mirror }

func (p plainFS) Open(name string) (fs.File, error) {
	method, isList := strings.CutSuffix(path.Base(name), ".jsonl")
	if !isList {
		return p.mirror.root.Open(path.Join("snapshots", name))
	}
	s, err := p.mirror.Snapshot(path.Dir(name))
	if err != nil {
		return nil, err
	}
	file, err := p.mirror.root.Open(path.Join("snapshots", name+".zst"))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &plainList{decoder, file, path.Base(name), s.Files[Method(method)].Bytes, s.Taken}, nil
}

// plainList is a list being read as text.
type plainList struct {
	decoder *zstd.Decoder
	file    *os.File
	name    string
	size    int64 // as the manifest has it
	taken   time.Time
}

func (p *plainList) Read(b []byte) (int, error) { return p.decoder.Read(b) }

func (p *plainList) Close() error {
	p.decoder.Close()
	return p.file.Close()
}

func (p *plainList) Stat() (fs.FileInfo, error) { return plainInfo{p}, nil }

type plainInfo struct{ list *plainList }

func (i plainInfo) Name() string       { return i.list.name }
func (i plainInfo) Size() int64        { return i.list.size }
func (i plainInfo) Mode() fs.FileMode  { return fileMode }
func (i plainInfo) ModTime() time.Time { return i.list.taken }
func (i plainInfo) IsDir() bool        { return false }
func (i plainInfo) Sys() any           { return nil }

// AddPlain puts a snapshot in place whose files lie in a folder as [Mirror.Plain] gives them. What is not as its manifest
// says is an error.
func (m *Mirror) AddPlain(from fs.FS, id string) (err error) {
	manifest, err := fs.ReadFile(from, path.Join(id, "manifest.json"))
	if err != nil {
		return err
	}
	s := &Snapshot{mirror: m}
	if err := json.Unmarshal(manifest, s); err != nil {
		return fmt.Errorf("snapshot %s: %w", id, err)
	}
	if _, err := time.Parse(idLayout, id); err != nil || s.ID != id {
		return fmt.Errorf("%q is not the name of the snapshot in it, %q", id, s.ID)
	}
	w, err := m.NewSnapshot(SnapshotInfo{Taken: s.Taken, API: s.API})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Abort()) }()
	for method, want := range s.Files {
		if err := w.copyPlain(from, id, method, want); err != nil {
			return fmt.Errorf("snapshot %s, %s: %w", id, method, err)
		}
	}
	return w.placeAt(path.Join("snapshots", id), manifest)
}

func (w *SnapshotWriter) copyPlain(from fs.FS, id string, method Method, want Contents) (err error) {
	file, err := from.Open(path.Join(id, string(method)+".jsonl"))
	if err != nil {
		return err
	}
	defer file.Close()
	list, err := w.list(method)
	if err != nil {
		return err
	}
	lines := lineCounter{}
	list.contents.Bytes, err = io.Copy(io.MultiWriter(list.encoder, list.sum, &lines), file)
	list.contents.Records = lines.n
	got, fault := list.end()
	if err = errors.Join(err, fault); err != nil {
		return err
	}
	if got != want {
		return errors.New("its records are not those that the manifest names")
	}
	return nil
}

// lineCounter counts line ends.
type lineCounter struct{ n int }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.n += bytes.Count(p, []byte{'\n'})
	return len(p), nil
}
