package mirror

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/ejmx/ejmx/ejm"
)

// Method is one of the lists that make up a snapshot; its records lie in METHOD.jsonl.zst.
type Method string

// The lists of a snapshot. All but Documents hold records exactly as EJM sent them.
const (
	Applications      Method = "applications"
	Applicants        Method = "applicants"
	Files             Method = "files"
	Letters           Method = "letters"
	Conferences       Method = "conferences"
	Interviews        Method = "interviews" // with the added key ejmx_conference_id
	PlacementOfficers Method = "placement_officers"
	Ads               Method = "ads"
	Documents         Method = "documents" // the register of document versions; see Version
)

// Methods lists every list of a snapshot, in a fixed order.
var Methods = []Method{Applications, Applicants, Files, Letters, Conferences, Interviews, PlacementOfficers, Ads, Documents}

// maxLine bounds one record, so that a damaged snapshot cannot claim all memory.
const maxLine = 64 << 20

// Contents is what a manifest says of one list.
type Contents struct {
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`  // uncompressed
	SHA256  string `json:"sha256"` // hex, of the uncompressed lines
}

// PostingState is what a manifest says of a posting that the snapshot's applications are for.
type PostingState struct {
	Title        string `json:"title"`
	Applications int    `json:"applications"`
	Held         bool   `json:"held"` // everything to be fetched of it was asked for; what did not come is in the register
}

// Snapshot is EJM's records as they stood at one moment.
type Snapshot struct {
	Format   int                     `json:"format"`
	ID       string                  `json:"id"`    // "20261124T090000Z"
	Taken    time.Time               `json:"taken"` // when the run that took it began, UTC
	API      string                  `json:"api"`   // base address
	Files    map[Method]Contents     `json:"files"`
	Postings map[ejm.ID]PostingState `json:"postings"`

	mirror *Mirror
	place  string // its folder within the mirror
}

// idLayout is a snapshot's name: its moment in UTC, so that names sort by time.
const idLayout = "20060102T150405Z"

func (m *Mirror) snapshotIDs() ([]string, error) {
	dir, err := m.root.Open("snapshots")
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, err := time.Parse(idLayout, name)
		return err != nil
	})
	slices.Sort(names)
	return names, nil
}

// Snapshot opens one snapshot by its id.
func (m *Mirror) Snapshot(id string) (*Snapshot, error) {
	if _, err := time.Parse(idLayout, id); err != nil {
		return nil, fmt.Errorf("%q is not a snapshot's name, such as 20261124T090000Z", id)
	}
	place := path.Join("snapshots", id)
	data, err := m.root.ReadFile(path.Join(place, "manifest.json"))
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", id, err)
	}
	s := &Snapshot{mirror: m, place: place}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("snapshot %s: its manifest is damaged: %w", id, err)
	}
	return s, nil
}

// Snapshots gives all snapshots, oldest first.
func (m *Mirror) Snapshots() ([]*Snapshot, error) {
	ids, err := m.snapshotIDs()
	if err != nil {
		return nil, err
	}
	snapshots := make([]*Snapshot, 0, len(ids))
	for _, id := range ids {
		s, err := m.Snapshot(id)
		if err != nil {
			return nil, err
		}
		snapshots = append(snapshots, s)
	}
	return snapshots, nil
}

// Latest gives the newest snapshot, nil when nothing was ever fetched.
func (m *Mirror) Latest() (*Snapshot, error) {
	ids, err := m.snapshotIDs()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return m.Snapshot(ids[len(ids)-1])
}

// Holding gives the newest snapshot at which all of a posting had been asked for, nil where there is none. A posting that
// retired on EJM is found in the last snapshot that still listed it.
func (m *Mirror) Holding(posting ejm.ID) (*Snapshot, error) {
	snapshots, err := m.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(snapshots) {
		if s.Postings[posting].Held {
			return s, nil
		}
	}
	return nil, nil
}

// Records streams the records of one list. A list that the snapshot does not have is empty.
func (s *Snapshot) Records(method Method) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		fail := func(err error) { yield(nil, fmt.Errorf("snapshot %s, %s: %w", s.ID, method, err)) }
		file, err := s.mirror.root.Open(path.Join(s.place, string(method)+".jsonl.zst"))
		if errors.Is(err, fs.ErrNotExist) && s.Files[method].Records == 0 {
			return
		}
		if err != nil {
			fail(err)
			return
		}
		defer file.Close()
		decoder, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			fail(err)
			return
		}
		defer decoder.Close()
		count := 0
		for line, err := range lines(decoder) {
			if err != nil {
				fail(err)
				return
			}
			count++
			if !yield(line, nil) {
				return
			}
		}
		if want := s.Files[method].Records; count != want {
			fail(fmt.Errorf("it holds %d records, its manifest says %d", count, want))
		}
	}
}

// lines splits a stream into lines without their ends; each is valid until the next.
func lines(r io.Reader) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
		for scanner.Scan() {
			if !yield(bytes.TrimSpace(scanner.Bytes()), nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(nil, err)
		}
	}
}
