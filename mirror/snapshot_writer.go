package mirror

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"reflect"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/ejmx/ejmx/ejm"
)

// SnapshotInfo is what is known of a snapshot when it begins.
type SnapshotInfo struct {
	Taken time.Time // becomes the snapshot's name
	API   string    // base address
}

// SnapshotWriter takes records as they come. Nothing is visible until [SnapshotWriter.Commit]. Different lists may be
// written by different goroutines.
type SnapshotWriter struct {
	mirror   *Mirror
	info     SnapshotInfo
	tmp      string
	postings map[ejm.ID]PostingState

	mu    sync.Mutex
	lists map[Method]*listWriter
}

// listWriter takes the records of one list.
type listWriter struct {
	file     *os.File
	encoder  *zstd.Encoder
	sum      hash.Hash
	contents Contents

	closed bool                     // no record will follow
	end    func() (Contents, error) // makes the list durable, once, and says what is in it
}

// NewSnapshot begins a snapshot. Its writer must end in Commit or Abort.
func (m *Mirror) NewSnapshot(info SnapshotInfo) (*SnapshotWriter, error) {
	tmp := path.Join("tmp", rand.Text())
	if err := m.root.Mkdir(tmp, dirMode); err != nil {
		return nil, err
	}
	return &SnapshotWriter{
		mirror: m, info: info, tmp: tmp,
		lists: map[Method]*listWriter{}, postings: map[ejm.ID]PostingState{},
	}, nil
}

var lineEnd = []byte{'\n'}

// SetPosting says what the snapshot holds of one posting.
func (w *SnapshotWriter) SetPosting(id ejm.ID, state PostingState) { w.postings[id] = state }

// Add appends one record to a list, without white space between its values, as ejm and encoding/json give it already; one on
// several lines is put on one. Records of one list must come from one goroutine at a time.
func (w *SnapshotWriter) Add(method Method, record json.RawMessage) error {
	list, err := w.list(method)
	if err != nil {
		return err
	}
	if list.closed {
		return fmt.Errorf("a record of %s after the list's end", method)
	}
	if bytes.IndexByte(record, '\n') >= 0 {
		var line bytes.Buffer
		if err := json.Compact(&line, record); err != nil {
			return fmt.Errorf("a record of %s: %w", method, err)
		}
		record = line.Bytes()
	}
	for _, part := range [][]byte{record, lineEnd} {
		list.sum.Write(part)
		list.contents.Bytes += int64(len(part))
		if _, err := list.encoder.Write(part); err != nil {
			return err
		}
	}
	list.contents.Records++
	return nil
}

// End says that no record will be added to a list, unless it is restarted. The list becomes durable while others are being
// written, and what it takes to write one does not stay in memory. If that fails, Commit does.
func (w *SnapshotWriter) End(method Method) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if list := w.lists[method]; list != nil && !list.closed {
		list.closed = true
		go func() { _, _ = list.end() }() // Commit asks for what comes of it
	}
}

// Restart empties a list, before it is read once more.
func (w *SnapshotWriter) Restart(method Method) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.lists[method]
	if list == nil {
		return nil
	}
	delete(w.lists, method)
	_, err := list.end()
	return errors.Join(err, w.mirror.root.Remove(w.path(method)))
}

func (w *SnapshotWriter) path(method Method) string {
	return path.Join(w.tmp, string(method)+".jsonl.zst")
}

// window is how far back a list is looked through for what repeats, in bytes. All lists are open at once, and each holds twice
// as much in memory; a record is like those just before it.
const window = 1 << 20

func (w *SnapshotWriter) list(method Method) (*listWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if list := w.lists[method]; list != nil {
		return list, nil
	}
	file, err := w.mirror.root.OpenFile(w.path(method), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	// One thread and a fixed level: the same records give the same bytes.
	encoder, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	list := &listWriter{file: file, encoder: encoder, sum: sha256.New()}
	list.end = sync.OnceValues(list.finish)
	w.lists[method] = list
	return list, nil
}

func (l *listWriter) finish() (Contents, error) {
	err := errors.Join(l.encoder.Close(), l.file.Sync(), l.file.Close())
	l.encoder = nil // it has megabytes
	l.contents.SHA256 = hex.EncodeToString(l.sum.Sum(nil))
	return l.contents, err
}

// Commit makes the snapshot durable and visible and returns it, without what it says of postings that were disposed of
// (see [Mirror.Disposed]). Where nothing differs from the newest snapshot it adds none, and returns that one and false.
func (w *SnapshotWriter) Commit() (snapshot *Snapshot, isNew bool, err error) {
	defer func() { err = errors.Join(err, w.Abort()) }()
	latest, err := w.mirror.Latest()
	if err != nil {
		return nil, false, err
	}
	s := &Snapshot{
		Format: Format, Taken: w.info.Taken.UTC().Truncate(time.Second), API: w.info.API,
		Files: map[Method]Contents{}, Postings: w.postings, mirror: w.mirror, place: w.tmp,
	}
	for method, list := range w.lists {
		if s.Files[method], err = list.end(); err != nil {
			return nil, false, err
		}
	}
	if s, err = w.withoutDisposed(s); err != nil {
		return nil, false, err
	}
	if latest != nil && reflect.DeepEqual(latest.Files, s.Files) && reflect.DeepEqual(latest.Postings, s.Postings) && latest.API == s.API {
		return latest, false, nil
	}
	if latest != nil && !s.Taken.After(latest.Taken) {
		s.Taken = latest.Taken.Add(time.Second) // two runs within one second, or a clock set back: the order stays true
	}
	s.ID = s.Taken.Format(idLayout)
	return s, true, w.publish(s, path.Join("snapshots", s.ID))
}

// publish makes what was written durable and puts it in its place.
func (w *SnapshotWriter) publish(s *Snapshot, place string) error {
	manifest, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	s.mirror, s.place = w.mirror, place
	return w.placeAt(place, append(manifest, '\n'))
}

// placeAt makes a snapshot whose lists are closed durable and visible.
func (w *SnapshotWriter) placeAt(place string, manifest []byte) error {
	if err := writeDurably(w.mirror.root, path.Join(w.tmp, "manifest.json"), manifest); err != nil {
		return err
	}
	if err := w.mirror.syncDir(w.tmp); err != nil {
		return err
	}
	if err := w.mirror.root.Rename(w.tmp, place); err != nil {
		return err
	}
	return w.mirror.syncDir(path.Dir(place))
}

// Abort forgets the snapshot; after a Commit it does nothing.
func (w *SnapshotWriter) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range w.lists {
		_, _ = list.end() // so that nobody writes it any more; what is wrong with it matters to Commit alone
	}
	if err := w.mirror.root.RemoveAll(w.tmp); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
