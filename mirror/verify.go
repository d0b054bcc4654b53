package mirror

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// Fault is one thing wrong with a mirror.
type Fault struct {
	Path   string // within the mirror
	Detail string // for people
	Kind   FaultKind
}

// FaultKind says in which way something is wrong.
type FaultKind string

// The kinds of faults.
const (
	FaultMissing   FaultKind = "missing"   // something refers to it and it is not there
	FaultExtra     FaultKind = "extra"     // it is there and does not belong
	FaultChanged   FaultKind = "changed"   // its bytes are not those recorded
	FaultMalformed FaultKind = "malformed" // it breaks its own rules
	FaultUnread    FaultKind = "unread"    // it could not be read to its end
)

// Verified is what [Mirror.Verify] read, and everything wrong with it.
type Verified struct {
	Documents int
	Snapshots int
	Bytes     int64 // read: of documents, and of records uncompressed
	Faults    []Fault
}

// Verify reads every document and every snapshot and holds them against what was recorded when they came: bytes against
// record.json, lists against the manifest, and the register against the documents there are. It goes on after a fault. An
// error means that the mirror could not be read at all, or that ctx ended.
func (m *Mirror) Verify(ctx context.Context, sink ledger.Sink) (Verified, error) {
	var v Verified
	documents, err := m.listStored(&v, sink)
	if err != nil {
		return v, err
	}
	for _, d := range documents {
		size, faults, err := m.VerifyDocument(ctx, d.Kind, d.BlobID)
		if err != nil {
			return v, err
		}
		v.Documents++
		v.Bytes += size
		v.Faults = append(v.Faults, faults...)
		sink(ledger.Entry{Stage: ledger.Verify, Item: documentPath(d.Kind, d.BlobID), Outcome: ledger.Done, Bytes: size})
	}
	return v, m.verifySnapshots(ctx, &v, sink)
}

// listStored announces all documents there are, and notes as faults what lies among them and is none.
func (m *Mirror) listStored(v *Verified, sink ledger.Sink) ([]Blob, error) {
	var documents []Blob
	for _, kind := range []ejm.Kind{ejm.KindFile, ejm.KindLetter} {
		for blobid, err := range m.stored(kind) {
			if stray, ok := errors.AsType[*strayError](err); ok {
				v.Faults = append(v.Faults, Fault{stray.path, "it is no document", FaultExtra})
				continue
			}
			if err != nil {
				return nil, err
			}
			documents = append(documents, Blob{Kind: kind, BlobID: blobid})
			sink(ledger.Entry{Stage: ledger.Verify, Item: documentPath(kind, blobid), Outcome: ledger.Planned})
		}
	}
	return documents, nil
}

// strayError says that something lies among the documents that is none.
type strayError struct{ path string }

func (e *strayError) Error() string { return e.path + ": it is no document" }

// stored gives the blobids of all documents of a kind. What lies among them and is none comes as a strayError, after which
// it goes on.
func (m *Mirror) stored(kind ejm.Kind) iter.Seq2[ejm.ID, error] {
	return func(yield func(ejm.ID, error) bool) {
		shelves, err := fs.ReadDir(m.root.FS(), string(kind))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				yield(0, err)
			}
			return
		}
		for _, shelf := range shelves {
			inside := path.Join(string(kind), shelf.Name())
			if !shelf.IsDir() {
				if !yield(0, &strayError{inside}) {
					return
				}
				continue
			}
			entries, err := fs.ReadDir(m.root.FS(), inside)
			if err != nil {
				yield(0, err)
				return
			}
			for _, entry := range entries {
				name := path.Join(inside, entry.Name())
				id, err := strconv.ParseInt(entry.Name(), 10, 64)
				if err != nil || !entry.IsDir() || id <= 0 || documentPath(kind, ejm.ID(id)) != name {
					id, err = 0, &strayError{name}
				}
				if !yield(ejm.ID(id), err) {
					return
				}
			}
		}
	}
}

// VerifyDocument reads one document to its end and holds it against its record. size is what was read, in bytes; it went to
// others as well. An error says nothing of the document: ctx ended, or the system gives the program no more of what it needs.
func (m *Mirror) VerifyDocument(ctx context.Context, kind ejm.Kind, blobid ejm.ID, others ...io.Writer) (size int64, faults []Fault, err error) {
	place := documentPath(kind, blobid)
	content, record := path.Join(place, "content"), path.Join(place, "record.json")
	blob, err := m.Document(kind, blobid)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, []Fault{{record, "it is not there", FaultMissing}}, nil
	case exhausted(err):
		return 0, nil, err
	case err != nil:
		return 0, []Fault{{record, err.Error(), FaultMalformed}}, nil
	case blob.Kind != kind || blob.BlobID != blobid:
		faults = append(faults, Fault{record, fmt.Sprintf("it is the record of %s %s", blob.Kind, blob.BlobID), FaultMalformed})
	}
	entries, err := fs.ReadDir(m.root.FS(), place)
	if exhausted(err) {
		return 0, nil, err
	}
	if err != nil {
		return 0, append(faults, Fault{place, err.Error(), FaultUnread}), nil
	}
	for _, entry := range entries {
		if entry.Name() != "content" && entry.Name() != "record.json" {
			faults = append(faults, Fault{path.Join(place, entry.Name()), "it does not belong to a document", FaultExtra})
		}
	}
	file, err := m.root.Open(content)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, append(faults, Fault{content, "it is not there", FaultMissing}), nil
	case exhausted(err):
		return 0, nil, err
	case err != nil:
		return 0, append(faults, Fault{content, err.Error(), FaultUnread}), nil
	}
	defer file.Close()
	short, long := sha1.New(), sha256.New()
	size, err = io.Copy(io.MultiWriter(append(others, short, long)...), interruptible{ctx, file})
	switch {
	case ctx.Err() != nil:
		return size, nil, context.Cause(ctx)
	case err != nil:
		faults = append(faults, Fault{content, err.Error(), FaultUnread})
	case size != blob.Size:
		faults = append(faults, Fault{content, fmt.Sprintf("it has %d bytes, its record says %d", size, blob.Size), FaultChanged})
	case hex.EncodeToString(long.Sum(nil)) != blob.SHA256:
		faults = append(faults, Fault{content, "its SHA-256 is not the one recorded when it came", FaultChanged})
	case hex.EncodeToString(short.Sum(nil)) != blob.SHA1:
		faults = append(faults, Fault{record, "its SHA-1 is not that of the bytes", FaultChanged})
	}
	return size, faults, nil
}

// exhausted reports whether an error says that the system gives the program no more files or memory, which is no fault of what it
// could not read.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// interruptible reads until ctx ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.r.Read(p)
}

func (m *Mirror) verifySnapshots(ctx context.Context, v *Verified, sink ledger.Sink) error {
	entries, err := fs.ReadDir(m.root.FS(), "snapshots")
	if err != nil {
		return err
	}
	ids, err := m.snapshotIDs()
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !slices.Contains(ids, entry.Name()) {
			v.Faults = append(v.Faults, Fault{path.Join("snapshots", entry.Name()), "it is no snapshot", FaultExtra})
		}
	}
	for _, id := range ids {
		sink(ledger.Entry{Stage: ledger.Verify, Item: "snapshots/" + id, Outcome: ledger.Planned})
		before := v.Bytes
		err := m.verifySnapshot(ctx, id, id == ids[len(ids)-1], v)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		sink(ledger.Entry{Stage: ledger.Verify, Item: "snapshots/" + id, Outcome: ledger.Done, Bytes: v.Bytes - before})
	}
	return nil
}

// verifySnapshot adds what is wrong with a snapshot. Its error is one that says nothing of it.
func (m *Mirror) verifySnapshot(ctx context.Context, id string, isNewest bool, v *Verified) error {
	place := path.Join("snapshots", id)
	fault := func(name, detail string, kind FaultKind) {
		v.Faults = append(v.Faults, Fault{path.Join(place, name), detail, kind})
	}
	v.Snapshots++
	s, err := m.Snapshot(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fault("manifest.json", "it is not there", FaultMissing)
		return nil
	case exhausted(err):
		return err
	case err != nil:
		fault("manifest.json", err.Error(), FaultMalformed)
		return nil
	case s.ID != id:
		fault("manifest.json", "it is the manifest of "+strconv.Quote(s.ID), FaultMalformed)
	}
	entries, err := fs.ReadDir(m.root.FS(), place)
	if exhausted(err) {
		return err
	}
	if err != nil {
		fault("", err.Error(), FaultUnread)
		return nil
	}
	for _, entry := range entries {
		method, isList := strings.CutSuffix(entry.Name(), ".jsonl.zst")
		if _, listed := s.Files[Method(method)]; entry.Name() != "manifest.json" && (!isList || !listed) {
			fault(entry.Name(), "the manifest does not name it", FaultExtra)
		}
	}
	sound := true
	for _, method := range slices.Sorted(maps.Keys(s.Files)) {
		name := string(method) + ".jsonl.zst"
		got, err := m.weighList(ctx, path.Join(place, name))
		v.Bytes += got.Bytes
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fault(name, "it is not there", FaultMissing)
		case exhausted(err):
			return err
		case err != nil:
			fault(name, err.Error(), FaultUnread)
		case got != s.Files[method]:
			fault(name, "its records are not those that the manifest names", FaultChanged)
		default:
			continue
		}
		sound = false
	}
	if isNewest && sound {
		return m.verifyRegister(s, fault)
	}
	return nil
}

// weighList reads a list and gives what its manifest should say of it.
func (m *Mirror) weighList(ctx context.Context, name string) (Contents, error) {
	file, err := m.root.Open(name)
	if err != nil {
		return Contents{}, err
	}
	defer file.Close()
	decoder, err := zstd.NewReader(interruptible{ctx, file}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return Contents{}, err
	}
	defer decoder.Close()
	sum := sha256.New()
	var c Contents
	r := bufio.NewReaderSize(decoder, 64<<10)
	for {
		part, err := r.ReadSlice('\n')
		sum.Write(part)
		c.Bytes += int64(len(part))
		switch {
		case err == nil:
			c.Records++
		case errors.Is(err, io.EOF):
			c.SHA256 = hex.EncodeToString(sum.Sum(nil))
			return c, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return c, err
		}
	}
}

// verifyRegister holds the register, which tells of every document that was ever held, against those there are.
func (m *Mirror) verifyRegister(s *Snapshot, fault func(name, detail string, kind FaultKind)) error {
	for version, err := range Records[Version](s, Documents) {
		if exhausted(err) {
			return err
		}
		if err != nil {
			fault(string(Documents)+".jsonl.zst", err.Error(), FaultMalformed)
			return nil
		}
		if version.State == Held && version.BlobID > 0 && !m.Has(version.Kind, version.BlobID) {
			fault("../../"+documentPath(version.Kind, version.BlobID),
				fmt.Sprintf("application %s refers to it and it is not there", version.AppID), FaultMissing)
		}
	}
	return nil
}
