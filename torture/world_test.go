//go:build unix

package torture_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
	"github.com/ejmx/ejmx/torture"
)

// program is the real program, built once.
var program *torture.Program

func TestMain(m *testing.M) {
	if underRace {
		fmt.Println("the real program is tried without the race detector")
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "ejmx-torture-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // a user without rights runs the program too
	}
	if err == nil {
		program, err = torture.Build(dir, "")
	}
	code := 1
	if err == nil {
		code = m.Run()
	}
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// blob names a document's bytes as the mirror does.
type blob struct {
	kind ejm.Kind
	id   ejm.ID
}

// world is EJM with a made-up season, and a home for the program with a season's folder to be.
type world struct {
	t      *testing.T
	home   string
	season string
	source *mirror.Mirror
	server *replay.Server
	url    string

	mu      sync.Mutex
	asked   map[blob]int // how often each blob was asked for, alone or with others
	before  func(path string)
	request int
}

// small is a season that is quick to fetch and to export.
var small = season.Options{Applications: 6, Postings: 1, DocumentBytes: 20_000}

// tiny is a season of which every single system call can be tried.
var tiny = season.Options{Applications: 2, Postings: 1, DocumentBytes: 2_000}

func newWorld(t *testing.T, made season.Options, options replay.Options) *world {
	t.Helper()
	source, err := mirror.Create(filepath.Join(t.TempDir(), "source"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	if err := season.Write(source, made); err != nil {
		t.Fatal(err)
	}
	return worldOf(t, source, options)
}

// worldOf serves a mirror, from its first snapshot on.
func worldOf(t *testing.T, source *mirror.Mirror, options replay.Options) *world {
	t.Helper()
	snapshots, err := source.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	options.Snapshot = snapshots[0].ID
	w := &world{t: t, source: source, asked: map[blob]int{}}
	if w.server, err = replay.New(source, options); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(w)
	t.Cleanup(func() {
		web.Close()
		if err := w.server.Close(); err != nil {
			t.Error(err)
		}
	})
	w.url = web.URL
	w.move(t.TempDir())
	return w
}

// move gives the program another, empty home.
func (w *world) move(home string) {
	w.t.Helper()
	w.home, w.season = home, filepath.Join(home, "season")
	if err := os.MkdirAll(filepath.Join(home, "tmp"), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// command is one start of the program in this world.
func (w *world) command(args ...string) torture.Command {
	credentials := w.server.Credentials()
	more := []string{
		"EJMX_API=" + w.url, "EJMX_CLIENT_KEY=" + credentials.Key, "EJMX_CLIENT_SECRET=" + credentials.Secret, "EJMX_SEASON=" + w.season,
	}
	if cache, err := os.UserCacheDir(); err == nil { // PDFium is compiled once for all tests
		more = append(more, "XDG_CACHE_HOME="+cache)
	}
	return torture.Command{Args: args, Env: torture.Environment(w.home, more...), Dir: w.home}
}

// run runs the program and gives how it ended.
func (w *world) run(args ...string) torture.Ended {
	w.t.Helper()
	return w.try(w.command(args...))
}

func (w *world) try(c torture.Command) torture.Ended {
	w.t.Helper()
	ended, err := program.Run(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return ended
}

// must runs the program, which must do all it was asked to.
func (w *world) must(args ...string) torture.Ended {
	w.t.Helper()
	ended := w.run(args...)
	if ended.Code != 0 {
		w.t.Fatalf("ejmx %s: exit %d\n%s%s", strings.Join(args, " "), ended.Code, ended.Stdout, ended.Stderr)
	}
	return ended
}

// ServeHTTP notes which blobs a request will bring, and answers it.
func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.request++
	for _, b := range w.brought(r.URL.Path) {
		w.asked[b]++
	}
	before := w.before
	w.mu.Unlock()
	if before != nil {
		before(r.URL.Path)
	}
	w.server.ServeHTTP(out, r)
}

// forget begins the counting of what is asked for anew.
func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.request = map[blob]int{}, 0
}

// brought gives the blobs that the answer to a request for a path holds.
func (w *world) brought(path string) (blobs []blob) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 || parts[0] != "api" {
		return nil
	}
	id, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return nil
	}
	for _, d := range w.listed() {
		alone := parts[1] == string(d.kind)+"s" && d.id == ejm.ID(id)
		together := len(parts) == 4 && parts[1] == "document" && parts[3] == string(d.kind)+"s" && d.appid == ejm.ID(id)
		if alone || together {
			blobs = append(blobs, d.blob())
		}
	}
	return blobs
}

// listed is a document that the server lists.
type listed struct {
	kind   ejm.Kind
	appid  ejm.ID
	id     ejm.ID // file_id or letterid
	blobid ejm.ID
}

func (l listed) blob() blob { return blob{l.kind, l.blobid} }

// listed gives every document with contents that the server lists now.
func (w *world) listed() (all []listed) {
	now, err := w.source.Snapshot(w.server.Snapshot())
	if err != nil {
		w.t.Error(err)
		return nil
	}
	for a, err := range mirror.Records[ejm.Application](now, mirror.Applications) {
		if err != nil {
			w.t.Error(err)
			return nil
		}
		for _, f := range a.Files {
			if f.BlobID > 0 {
				all = append(all, listed{ejm.KindFile, a.AppID, f.FileID, f.BlobID})
			}
		}
		for _, r := range a.Recommendations {
			if r.BlobID > 0 {
				all = append(all, listed{ejm.KindLetter, a.AppID, r.LetterID, r.BlobID})
			}
		}
	}
	return all
}

// recorded gives the blobs that the season's mirror holds, and proves the mirror on the way: whatever is visible in it is
// whole. A run that was ended before there was a mirror leaves none.
func (w *world) recorded() map[blob]bool {
	w.t.Helper()
	held := map[blob]bool{}
	m, err := mirror.Open(filepath.Join(w.season, "mirror"))
	if errors.Is(err, mirror.ErrNone) {
		return held
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer m.Close()
	found, err := m.Verify(w.t.Context(), func(ledger.Entry) {})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, fault := range found.Faults {
		w.t.Errorf("the mirror: %s: %s: %s", fault.Kind, fault.Path, fault.Detail)
	}
	for _, d := range w.listed() {
		if m.Has(d.kind, d.blobid) {
			held[d.blob()] = true
		}
	}
	return held
}

// complete checks that the season holds every document the server lists, with the server's bytes.
func (w *world) complete() {
	w.t.Helper()
	held := w.recorded()
	m, err := mirror.Open(filepath.Join(w.season, "mirror"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer m.Close()
	for _, d := range w.listed() {
		want, err := w.source.Document(d.kind, d.blobid)
		if err != nil {
			w.t.Fatal(err)
		}
		if got, err := m.Document(d.kind, d.blobid); !held[d.blob()] || err != nil || got.SHA256 != want.SHA256 {
			w.t.Errorf("%s %s is not what the server has: %v", d.kind, d.blobid, err)
		}
	}
}

// tidy checks that no run left anything half made: no temporary file or folder, no lock.
func (w *world) tidy() {
	w.t.Helper()
	for name := range w.files() {
		if strings.HasPrefix(filepath.Base(name), ".ejmx-") || strings.HasPrefix(name, "season/mirror/tmp/") ||
			strings.HasPrefix(name, "tmp/") || name == "season/mirror/lock" {
			w.t.Errorf("%s was left behind", name)
		}
	}
	for _, dir := range []string{"tmp", "season/mirror/tmp"} {
		if entries, err := os.ReadDir(filepath.Join(w.home, dir)); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.t.Errorf("%s was left behind in %s: %v", entries, dir, err)
		}
	}
}

// files gives every file in the program's home by its path from there, with its bytes' SHA-256.
func (w *world) files() map[string]string {
	w.t.Helper()
	return sums(w.t, w.home)
}

// visible gives the files that people look at, in a folder of the season: all but those that are being written.
func (w *world) visible(folder string) map[string]string {
	w.t.Helper()
	all := sums(w.t, filepath.Join(w.season, folder))
	for name := range all {
		if strings.HasPrefix(filepath.Base(name), ".ejmx-") {
			delete(all, name)
		}
	}
	return all
}

// same checks that two folders hold the same files.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	var wrong []string
	for name, sum := range want {
		if got[name] != sum {
			wrong = append(wrong, name)
		}
	}
	for name := range got {
		if want[name] == "" {
			wrong = append(wrong, name+" (too much)")
		}
	}
	slices.Sort(wrong)
	if len(wrong) > 0 {
		t.Errorf("%s: not as it should be: %q", what, wrong)
	}
}
