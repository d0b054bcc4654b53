package destination_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func awsCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
}

// quietServer serves on loopback and says nothing of the faults it was told to make.
func quietServer(t *testing.T, h http.Handler) string {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// s3Service is gofakes3, another project's server of S3's language.
func s3Service(t *testing.T) *service {
	backend := s3mem.New()
	if err := backend.CreateBucket("records"); err != nil {
		t.Fatal(err)
	}
	s := &service{where: "s3://records/econ/2026", faults: &faults{}}
	s.held = func(name string) ([]byte, bool) {
		object, err := backend.GetObject("records", "econ/2026/"+name, nil)
		if err != nil {
			return nil, false
		}
		defer object.Contents.Close()
		data, err := io.ReadAll(object.Contents)
		return data, err == nil
	}
	s.damage = func(name string) {
		data, _ := s.held(name)
		data = bytes.Clone(data)
		data[len(data)/2] ^= 1
		if _, err := backend.PutObject("records", "econ/2026/"+name, map[string]string{}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
			t.Error(err)
		}
	}
	var mu sync.Mutex
	server := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	url := quietServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if s.faults.before(w, r, r.URL.Query().Has("partNumber")) {
			return
		}
		server.ServeHTTP(s.faults.answer(w, r), r)
		if stored := s.faults.stored; stored != nil && r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			s.faults.stored = nil
			stored()
		}
	}))
	awsCredentials(t)
	t.Setenv("AWS_ENDPOINT_URL_S3", url)
	return s
}

// shelf is the memory of the servers below.
type shelf struct {
	mu      sync.Mutex
	objects map[string][]byte
	pieces  map[string][]byte
}

func (s *shelf) service(where string) *service {
	return &service{
		where: where, faults: &faults{},
		held: func(name string) ([]byte, bool) { data, held := s.objects["2026/"+name]; return data, held },
		damage: func(name string) {
			data := bytes.Clone(s.objects["2026/"+name])
			data[len(data)/2] ^= 1
			s.objects["2026/"+name] = data
		},
	}
}

// put stores an object, and lets a fault change it.
func (s *shelf) put(name string, data []byte, f *faults) {
	s.objects[name] = data
	if stored := f.stored; stored != nil {
		f.stored = nil
		stored()
	}
}

// googleService answers as Google Cloud Storage's JSON API does: resumable uploads, metadata, downloads of ranges.
func googleService(t *testing.T) *service {
	keep := &shelf{objects: map[string][]byte{}, pieces: map[string][]byte{}}
	s := keep.service("gs://records/2026")
	t.Setenv("STORAGE_EMULATOR_HOST", quietServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keep.mu.Lock()
		defer keep.mu.Unlock()
		if s.faults.before(w, r, strings.HasPrefix(r.URL.Path, "/session/")) {
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/storage/v1/b/records/o/")
		switch {
		case strings.HasPrefix(r.URL.Path, "/session/"):
			keep.resume(w, r, s.faults)
		case r.Method == http.MethodPost:
			var object struct{ Name string }
			_ = json.NewDecoder(r.Body).Decode(&object) // a name that is none is found by the test
			w.Header().Set("Location", "http://"+r.Host+"/session/"+object.Name+"?upload_id="+secret)
		case keep.objects[name] == nil:
			http.NotFound(w, r)
		case r.URL.Query().Get("alt") == "media":
			http.ServeContent(s.faults.answer(w, r), r, "", time.Time{}, bytes.NewReader(keep.objects[name]))
		default:
			fmt.Fprintf(w, `{"name": %q, "size": "%d"}`, name, len(keep.objects[name]))
		}
	})))
	return s
}

// resume takes a chunk of a resumable upload: "bytes 0-16777215/*", the last "bytes 16777216-34603007/34603008".
func (s *shelf) resume(w http.ResponseWriter, r *http.Request, f *faults) {
	name := strings.TrimPrefix(r.URL.Path, "/session/")
	sent, total, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes "), "/")
	first, _, _ := strings.Cut(sent, "-")
	held := s.pieces[name]
	if at, err := strconv.Atoi(first); err == nil && at <= len(held) {
		chunk, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		held = append(held[:at:at], chunk...)
		s.pieces[name] = held
	}
	if total == strconv.Itoa(len(held)) {
		s.put(name, held, f)
		fmt.Fprintf(w, `{"name": %q}`, name)
		return
	}
	w.Header().Set("X-Http-Status-Code-Override", "308")
	if len(held) > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", len(held)-1))
	}
}

// azureService answers as Azure Blob Storage does: blocks, lists of blocks, properties, downloads of ranges.
func azureService(t *testing.T) *service {
	keep := &shelf{objects: map[string][]byte{}, pieces: map[string][]byte{}}
	s := keep.service("azblob://records/2026")
	url := quietServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keep.mu.Lock()
		defer keep.mu.Unlock()
		if s.faults.before(w, r, r.URL.Query().Get("comp") == "block") {
			return
		}
		name := strings.TrimPrefix(r.URL.Path, "/account/records/")
		switch {
		case r.URL.Query().Get("comp") == "block":
			block, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			keep.pieces[r.URL.Query().Get("blockid")] = block
			w.WriteHeader(http.StatusCreated)
		case r.URL.Query().Get("comp") == "blocklist":
			var list struct{ Latest []string }
			_ = xml.NewDecoder(r.Body).Decode(&list) // an empty list is found by the test
			var whole []byte
			for _, id := range list.Latest {
				whole = append(whole, keep.pieces[id]...)
			}
			keep.put(name, whole, s.faults)
			w.WriteHeader(http.StatusCreated)
		case keep.objects[name] == nil:
			w.Header().Set("x-ms-error-code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
		default:
			if wanted := r.Header.Get("x-ms-range"); wanted != "" {
				r.Header.Set("Range", wanted)
			}
			http.ServeContent(s.faults.answer(w, r), r, path.Base(name), time.Time{}, bytes.NewReader(keep.objects[name]))
		}
	}))
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=http;AccountName=account;AccountKey="+
		base64.StdEncoding.EncodeToString([]byte(secret))+";BlobEndpoint="+url+"/account")
	return s
}
