package replay_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/replay"
)

func FuzzParseFaults(f *testing.F) {
	f.Add("503:10%,cut:5%,stall:file/828205,sha1:letter/828206,html:/api/files:x2,slow:1Bps,latency:200ms,slow:3kBps")
	f.Add("429:2s:0.5%:/token/:x1")
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := replay.ParseFaults(text)
		if err != nil {
			return
		}
		again, err := replay.ParseFaults(faults.String())
		if err != nil {
			t.Fatalf("%q is written %q: %v", text, faults, err)
		}
		if again.String() != faults.String() {
			t.Errorf("%q is written %q, then %q", text, faults, again)
		}
	})
}

func FuzzReadCredentials(f *testing.F) {
	f.Add(`{"url":"http://127.0.0.1:1","client_key":"key","client_secret":"0123456789abcdef"}`)
	f.Add(`{"client_key":"","client_secret":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := replay.ReadCredentials(strings.NewReader(text))
		if err == nil && (c.Key == "" || len(c.Secret) < 16) {
			t.Errorf("%q was read as %+v", text, c)
		}
		if err != nil && len(text) > 30 && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the file: %v", err)
		}
	})
}

// FuzzRequest checks that no path and no token gets anything but an error out of a server to which it is not entitled.
func FuzzRequest(f *testing.F) {
	f.Add("/api/files/828205/", "Bearer x", "access_token=y")
	f.Add("/api/document/1/files", "Basic eDp5", "%")
	f.Add("/../../etc/passwd", "", "")
	server, err := replay.New(shared, replay.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = server.Close() })
	f.Fuzz(func(t *testing.T, path, authorization, query string) {
		request := &http.Request{
			Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: query}, Body: http.NoBody, RemoteAddr: "127.0.0.1:1",
			Header: http.Header{"Authorization": {authorization}},
		}
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, request.WithContext(t.Context()))
		body := recorder.Body.String()
		public := strings.TrimSuffix(path, "/") == "/data/zz_public/json/Ads"
		if !public && recorder.Code == http.StatusOK && !strings.Contains(body, "Missing or expired token.") {
			t.Errorf("%q: %.200q", path, body)
		}
	})
}

func TestFaultsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"nonsense", "503:0%", "503:101%", "503:NaN%", "503:x0", "503:-2s", "slow", "latency", "slow:0Bps", "sha1:/api/files",
		"cut:file/x", "cut:paper/1", "503:soon", ":",
	} {
		if faults, err := replay.ParseFaults(text); err == nil {
			t.Errorf("%q was taken as %v", text, faults)
		}
	}
	for _, row := range replay.QuirkNames() {
		if _, err := replay.ParseQuirks(row + ",plain, all"); err != nil {
			t.Error(err)
		}
	}
	if _, err := replay.ParseQuirks("slashes,nonsense"); err == nil || !strings.Contains(err.Error(), "letter-sizes") {
		t.Errorf("the error does not say which quirks there are: %v", err)
	}
}

func TestUsageNamesEverything(t *testing.T) {
	for _, name := range replay.QuirkNames() {
		if !strings.Contains(replay.QuirksUsage(), "  "+name+" ") {
			t.Errorf("the usage does not say %s", name)
		}
	}
	for line := range strings.SplitSeq(replay.FaultsUsage(), "\n") {
		kind, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(line, "  ") || kind == "ARGUMENT" || kind == "a" {
			continue
		}
		text := kind
		if strings.Contains(about, "a SPEED") {
			text += ":1kBps"
		}
		if kind == "latency" {
			text += ":1s"
		}
		if _, err := replay.ParseFaults(text); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestCredentialsInAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(name, []byte(`{"client_key":"key","client_secret":"0123456789abcdef"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := replay.Credentials{Key: "key", Secret: "0123456789abcdef"}
	if got, err := replay.ReadCredentialsFile(name); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := replay.ReadCredentialsFile(name); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that all can read: %v", err)
	}
}
