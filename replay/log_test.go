package replay_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

func TestTheLogCountsRequestsAndHoldsNoSecret(t *testing.T) {
	var mu sync.Mutex
	var lines []replay.Request
	p := play(t, replay.Options{Log: func(r replay.Request) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, r)
	}})
	c := p.Credentials()
	post(t, p.url+"/token/", false, map[string]string{"grant_type": "client_credentials", "client_id": c.Key, "client_secret": c.Secret})
	file := id(t, p.records(t, mirror.Files)[0], "file_id")
	p.get(t, "/api/files/"+file)
	p.get(t, "/api/files/"+file+"/?access_token="+p.token)
	p.get(t, "/api/files/1")
	mu.Lock()
	defer mu.Unlock()
	counts := p.Counts()
	if counts.All != 4 || counts.Routes["/api/files/{id}"] != 3 || counts.Routes["/token"] != 1 || counts.Errors["no results returned"] != 1 {
		t.Errorf("%+v", counts)
	}
	if counts.Paths["/api/files/"+file] != 2 {
		t.Errorf("the same file with and without a slash is counted apart: %v", counts.Paths)
	}
	bytes := int64(0)
	for _, line := range lines {
		bytes += line.Bytes
		if strings.Contains(line.Path, p.token) || strings.Contains(line.Error, c.Secret) || line.Status != http.StatusOK {
			t.Errorf("%+v", line)
		}
	}
	if bytes != counts.Bytes || bytes < int64(len(p.stored(t, ejm.KindFile, id(t, p.records(t, mirror.Files)[0], "blobid")))) {
		t.Errorf("%d bytes in the log, %d counted", bytes, counts.Bytes)
	}
	p.ResetCounts()
	if again := p.Counts(); again.All != 0 || len(again.Routes) != 0 {
		t.Errorf("after a reset: %+v", again)
	}
}

// Whatever form a list is in, it has the same records in the same order.
func TestListsKeepTheirRecordsInEveryQuirk(t *testing.T) {
	plain, quirky := play(t, replay.Options{}), play(t, replay.Options{Quirks: replay.AllQuirks()})
	for path, key := range map[string]string{
		"/api/applications": "appid", "/api/applicants": "aid", "/api/files": "file_id", "/api/letters": "letterid", "/api/conferences": "conference_id",
	} {
		_, a := plain.get(t, path)
		_, b := quirky.get(t, path)
		want, got := inList(t, a), inList(t, b)
		if len(want) != len(got) {
			t.Errorf("%s: %d records, want %d", path, len(got), len(want))
			continue
		}
		for i := range want {
			number, _ := got[i].(map[string]any)[key].(string)
			if plain, _ := want[i].(map[string]any)[key].(interface{ String() string }); plain == nil || plain.String() != number {
				t.Errorf("%s: record %d is of %q, want %v", path, i, number, plain)
			}
		}
	}
}
