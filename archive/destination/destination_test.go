package destination_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive/destination"
	"github.com/ejmx/ejmx/ledger"
)

// secret is in every credential of the tests and must be in nothing that anybody reads.
const secret = "c2VjcmV0LW9mLXRoZS10ZXN0cw=="

// someArchive is an archive of three parts, the last of them short.
func someArchive() ([]byte, destination.Archive) {
	data := make([]byte, 33<<20)
	_, _ = rand.NewChaCha8([32]byte{8}).Read(data) // never fails
	sum := sha256.Sum256(data)
	return data, destination.Archive{
		Name: "season-20261124T090000Z.zip", Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), File: bytes.NewReader(data),
	}
}

// service is a kind of destination with a server of the tests' own.
type service struct {
	where  string
	held   func(name string) ([]byte, bool) // what the server stores
	damage func(name string)                // changes one byte of it
	faults *faults
}

var services = map[string]func(t *testing.T) *service{"folder": folderService, "s3": s3Service, "gs": googleService, "azblob": azureService}

func eachService(t *testing.T, test func(t *testing.T, s *service)) {
	for name, start := range services {
		t.Run(name, func(t *testing.T) { test(t, start(t)) })
	}
}

// eachBucket is eachService without folders: what is sent over a network, with credentials, and may break on the way.
func eachBucket(t *testing.T, test func(t *testing.T, s *service)) {
	for name, start := range services {
		if name != "folder" {
			t.Run(name, func(t *testing.T) { test(t, start(t)) })
		}
	}
}

func folderService(t *testing.T) *service {
	dir := t.TempDir()
	return &service{
		where: dir,
		held: func(name string) ([]byte, bool) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			return data, err == nil
		},
		damage: func(name string) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 1
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func (s *service) open(t *testing.T) *destination.Destination {
	t.Helper()
	d, err := destination.Open(t.Context(), s.where, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestCopyIsProvenAndNotSentTwice(t *testing.T) {
	data, a := someArchive()
	eachService(t, func(t *testing.T, s *service) {
		var book ledger.Book
		copied, err := s.open(t).Copy(t.Context(), a, book.Add)
		if err != nil || !copied.Sent || copied.Place != s.where+"/"+a.Name {
			t.Fatalf("%+v, %v", copied, err)
		}
		if held, _ := s.held(a.Name); !bytes.Equal(held, data) {
			t.Error("what is stored is not what was sent")
		}
		for _, stage := range []ledger.Stage{ledger.Copy, ledger.Verify} {
			if c := book.Count(stage); c.Planned != 3 || c.Ended != 3 || c.Bytes != a.Size {
				t.Errorf("%s: %+v", stage, c)
			}
		}
		if copied, err = s.open(t).Copy(t.Context(), a, ledger.Discard); err != nil || copied.Sent {
			t.Errorf("again: %+v, %v", copied, err)
		}
		s.damage(a.Name)
		if copied, err = s.open(t).Copy(t.Context(), a, ledger.Discard); err != nil || !copied.Sent {
			t.Errorf("in place of a damaged one: %+v, %v", copied, err)
		}
		if held, _ := s.held(a.Name); !bytes.Equal(held, data) {
			t.Error("the damaged copy was not replaced")
		}
		var back bytes.Buffer
		if n, err := s.open(t).Read(t.Context(), a.Name, &back, ledger.Discard); err != nil || n != a.Size || !bytes.Equal(back.Bytes(), data) {
			t.Errorf("read %d bytes, %v", n, err)
		}
	})
}

func TestFaultsOnTheWayAreOvercome(t *testing.T) {
	data, a := someArchive()
	for name, strike := range map[string]func(f *faults){
		"a part is cut":           func(f *faults) { f.cutPart = 1 },
		"the service is busy":     func(f *faults) { f.busy = 1 },
		"reading back breaks off": func(f *faults) { f.cutAnswer = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			eachBucket(t, func(t *testing.T, s *service) {
				strike(s.faults)
				if copied, err := s.open(t).Copy(t.Context(), a, ledger.Discard); err != nil || !copied.Sent {
					t.Fatalf("%+v, %v", copied, err)
				}
				if held, _ := s.held(a.Name); !bytes.Equal(held, data) {
					t.Error("what is stored is not what was sent")
				}
				if s.faults.struck == 0 {
					t.Error("no fault struck")
				}
			})
		})
	}
}

func TestOtherBytesStoredAreFound(t *testing.T) {
	_, a := someArchive()
	eachBucket(t, func(t *testing.T, s *service) {
		s.faults.stored = func() { s.damage(a.Name) }
		if _, err := s.open(t).Copy(t.Context(), a, ledger.Discard); !errors.Is(err, destination.ErrAltered) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNoSecretIsSaid(t *testing.T) {
	_, a := someArchive()
	eachBucket(t, func(t *testing.T, s *service) {
		s.faults.refuse = true
		_, err := s.open(t).Copy(t.Context(), a, ledger.Discard)
		var failed *destination.Error
		if !errors.As(err, &failed) || failed.Hint() == "" {
			t.Fatalf("error %v", err)
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), secret[:12]) {
			t.Errorf("the error tells the secret: %v", err)
		}
		if _, stored := s.held(a.Name); stored {
			t.Error("stored although refused")
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for where, want := range map[string]string{
		"ftp://host/x":                          "a destination is a folder, or s3://",
		"s3:///x":                               "a destination is a folder, or s3://",
		"s3://key:" + secret + "@bucket/x":      "do not belong in a destination's name",
		"azblob://box/x?sig=" + secret:          "do not belong in a destination's name",
		"s3://%zz/?sig=" + secret:               "a destination is a folder, or s3://",
		filepath.Join(t.TempDir(), "not there"): "connect the drive",
	} {
		_, err := destination.Open(t.Context(), where, func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", where, err)
		}
	}
}

func TestNothingIsSentInTheClear(t *testing.T) {
	awsCredentials(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://storage.example.org")
	d, err := destination.Open(t.Context(), "s3://bucket", os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	_, a := someArchive()
	if _, err := d.Copy(t.Context(), a, ledger.Discard); err == nil || !strings.Contains(err.Error(), "without encryption") {
		t.Errorf("error %v", err)
	}
}

// faults strike a server's requests. A zero field strikes none.
type faults struct {
	cutPart   int    // so many parts are cut off midway
	busy      int    // so many requests get HTTP 503
	cutAnswer int    // so many downloads break off midway
	refuse    bool   // every request gets HTTP 403
	stored    func() // called once when an upload is complete
	struck    int
}

// before strikes a request and reports whether it was answered that way. isPart says that it carries a part's bytes.
func (f *faults) before(w http.ResponseWriter, r *http.Request, isPart bool) bool {
	switch {
	case f.refuse:
		w.WriteHeader(http.StatusForbidden)
	case f.busy > 0:
		f.busy--
		w.WriteHeader(http.StatusServiceUnavailable)
	case isPart && f.cutPart > 0:
		f.cutPart--
		_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
		hangUp(w)
	default:
		return false
	}
	f.struck++
	return true
}

// hangUp breaks the connection off.
func hangUp(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	connection.Close()
}

// answer gives a writer of an answer that may break off.
func (f *faults) answer(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if r.Method != http.MethodGet || f.cutAnswer == 0 {
		return w
	}
	f.cutAnswer--
	f.struck++
	return &cutWriter{ResponseWriter: w, left: 5 << 20}
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) <= c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	time.Sleep(20 * time.Millisecond) // the first bytes are to arrive
	panic(http.ErrAbortHandler)
}
