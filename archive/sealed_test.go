package archive

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"c2sp.org/CCTV/age"
	"filippo.io/age"

	"github.com/ejmx/ejmx/ledger"
)

// vector is one of age's public test vectors: a header of keys and values, an empty line, an encrypted file.
type vector struct {
	keys map[string][]string
	file []byte
}

func readVector(t *testing.T, data []byte) vector {
	t.Helper()
	v := vector{keys: map[string][]string{}}
	r := bufio.NewReader(bytes.NewReader(data))
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\n" {
			break
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		v.keys[key] = append(v.keys[key], value)
	}
	var rest io.Reader = r
	if v.keys["compressed"] != nil {
		z, err := zlib.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		rest = z
	}
	var err error
	if v.file, err = io.ReadAll(rest); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v vector) identities(t *testing.T) (ids []age.Identity) {
	t.Helper()
	for _, text := range v.keys["identity"] {
		parsed, err := age.ParseIdentities(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, parsed...)
	}
	for _, passphrase := range v.keys["passphrase"] {
		id, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// TestAgeVectors holds the way archives are opened against age's public test vectors: what is to be refused is not read to
// its end, and what is to be read gives the right bytes.
func TestAgeVectors(t *testing.T) {
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil || len(entries) < 100 {
		t.Fatalf("%d vectors, %v", len(entries), err)
	}
	for _, entry := range entries {
		data, err := fs.ReadFile(agetest.Vectors, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		v := readVector(t, data)
		if v.keys["armored"] != nil {
			continue // archives are never armored
		}
		t.Run(entry.Name(), func(t *testing.T) {
			got, err := readSealed(v.file, v.identities(t))
			if v.keys["expect"][0] != "success" {
				if err == nil {
					t.Errorf("opened, although: %s", v.keys["expect"])
				}
				return
			}
			sum := sha256.Sum256(got)
			if err != nil || hex.EncodeToString(sum[:]) != v.keys["payload"][0] {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// readSealed reads an encrypted file to its end.
func readSealed(file []byte, ids []age.Identity) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte(ageIntro)) {
		return nil, errors.New("not encrypted with age")
	}
	r, size, err := decrypted(bytes.NewReader(file), int64(len(file)), Options{Identities: ids})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}

// TestNothingIsUnpackedOfADamagedSeal damages an encrypted archive of several of age's chunks, byte for byte and at every
// length of interest.
func TestNothingIsUnpackedOfADamagedSeal(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := Encrypt(&sealed, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	payload := fstest.MapFS{"a.pdf": {Data: bytes.Repeat([]byte("%PDF-1.7 "), 20_000)}, "b.pdf": {Data: []byte("%PDF-1.7")}}
	if _, err := Write(t.Context(), w, payload, Info{Base: "bag", Made: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Tool: "ejmx test"}, ledger.Discard); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := sealed.Bytes()
	if report, err := VerifyFile(t.Context(), bytes.NewReader(whole), int64(len(whole)), Options{Identities: []age.Identity{id}}, ledger.Discard); err != nil || !report.OK() {
		t.Fatalf("undamaged: %+v, %v", report, err)
	}
	refuse := func(damaged []byte, what string, at int) {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		options := Options{Identities: []age.Identity{id}}
		_, err = Restore(t.Context(), bytes.NewReader(damaged), int64(len(damaged)), root, options, ledger.Discard)
		left, _ := os.ReadDir(dir)
		if err == nil || len(left) > 0 {
			t.Errorf("%s at %d: %v, left %v", what, at, err, left)
		}
		report, err := VerifyFile(t.Context(), bytes.NewReader(damaged), int64(len(damaged)), options, ledger.Discard)
		if err == nil && report.OK() {
			t.Errorf("%s at %d: verified", what, at)
		}
	}
	for at := 0; at < len(whole); at += 997 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		refuse(damaged, "flipped", at)
		refuse(whole[:at], "cut", at)
	}
	const chunk, nonce = 64<<10 + 16, 16
	mac := bytes.Index(whole, []byte("\n--- ")) + 1
	header := mac + bytes.IndexByte(whole[mac:], '\n') + 1
	for n := header + nonce; n < len(whole); n += chunk { // a cut between two chunks leaves a stream whose last chunk is not marked so
		refuse(whole[:n], "cut between chunks", n)
	}
	refuse(append(bytes.Clone(whole), whole[len(whole)-100:]...), "added", len(whole))
}
