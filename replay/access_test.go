package replay_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
)

// form makes the body of a POST, urlencoded or multipart.
func form(t testing.TB, isMultipart bool, fields map[string]string) (body, contentType string) {
	t.Helper()
	if !isMultipart {
		values := url.Values{}
		for key, value := range fields {
			values.Set(key, value)
		}
		return values.Encode(), "application/x-www-form-urlencoded"
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for key, value := range fields {
		if err := w.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

func post(t testing.TB, address string, isMultipart bool, fields map[string]string, basic ...string) (status int, body []byte) {
	t.Helper()
	text, contentType := form(t, isMultipart, fields)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	if len(basic) == 2 {
		request.SetBasicAuth(basic[0], basic[1])
	}
	return send(t, request)
}

func TestTokensAreGivenInEveryForm(t *testing.T) {
	p := play(t, replay.Options{})
	c := p.Credentials()
	for _, isMultipart := range []bool{false, true} {
		for _, path := range []string{"/token", "/token/"} {
			inBody := map[string]string{"grant_type": "client_credentials", "client_id": c.Key, "client_secret": c.Secret}
			_, body := post(t, p.url+path, isMultipart, inBody)
			checkToken(t, p, body)
			_, body = post(t, p.url+path, isMultipart, map[string]string{"grant_type": "client_credentials"}, c.Key, c.Secret)
			checkToken(t, p, body)
		}
	}
}

// checkToken checks a reply with a token, and the token's claims.
func checkToken(t testing.TB, p *played, body []byte) {
	t.Helper()
	var reply struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
		Type    string `json:"token_type"`
		Scope   string `json:"scope"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Expires != 3600 || reply.Type != "bearer" || reply.Scope != "basic" {
		t.Fatalf("%v in %s", err, body)
	}
	parts := strings.Split(reply.Token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", reply.Token)
	}
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if !strings.Contains(string(header), `"RS256"`) {
		t.Errorf("the token's header is %s", header)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	claims, _ := decoded(t, payload).(map[string]any)
	for _, key := range []string{"aud", "sub", "iat", "exp", "scope"} {
		if claims[key] == nil {
			t.Errorf("the token does not say %s: %s", key, payload)
		}
	}
	p.token = reply.Token
	if status, body := p.get(t, "/api/conferences"); status != 200 || body[0] != '[' {
		t.Errorf("the token is not good: %s", body)
	}
}

func TestTokensAreRefused(t *testing.T) {
	p := play(t, replay.Options{})
	c := p.Credentials()
	for name, row := range map[string]struct {
		fields map[string]string
		want   string
	}{
		"wrong secret": {map[string]string{"grant_type": "client_credentials", "client_id": c.Key, "client_secret": c.Secret + "x"}, "invalid_client"},
		"wrong key":    {map[string]string{"grant_type": "client_credentials", "client_id": "x", "client_secret": c.Secret}, "invalid_client"},
		"nothing":      {map[string]string{"grant_type": "client_credentials"}, "invalid_client"},
		"no grant":     {map[string]string{"client_id": c.Key, "client_secret": c.Secret}, "invalid_request"},
		"other grant":  {map[string]string{"grant_type": "password", "client_id": c.Key, "client_secret": c.Secret}, "unsupported_grant_type"},
		"too much":     {map[string]string{"grant_type": strings.Repeat("x", 100<<10)}, "invalid_request"},
	} {
		status, body := post(t, p.url+"/token/", false, row.fields)
		reply, _ := decoded(t, body).(map[string]any)
		if status < 400 || reply["error"] != row.want || reply["error_description"] == "" || reply["access_token"] != nil {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, body := p.get(t, "/token/"); status != http.StatusMethodNotAllowed || errorOf(t, body) != "invalid_request" {
		t.Errorf("GET: %d %s", status, body)
	}
}

func TestTokensAreTakenInThreePlaces(t *testing.T) {
	p := play(t, replay.Options{})
	_, want := p.get(t, "/api/applicants")
	check := func(name string, body []byte) {
		if !bytes.Equal(body, want) {
			t.Errorf("%s: %.200s", name, body)
		}
	}
	query, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/applicants?access_token="+url.QueryEscape(p.token), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := send(t, query)
	check("query", body)
	for name, isMultipart := range map[string]bool{"urlencoded": false, "multipart": true} {
		_, body := post(t, p.url+"/api/applicants", isMultipart, map[string]string{"access_token": p.token})
		check(name, body)
	}
}

func TestBadTokens(t *testing.T) {
	p := play(t, replay.Options{})
	other := play(t, replay.Options{})
	good := p.token
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + good[strings.Index(good, "."):strings.LastIndex(good, ".")] + "."
	for name, token := range map[string]string{
		"none": "", "unsigned": none, "another client's": other.token, "changed": good[:len(good)-4] + "AAAA", "two spaces": " " + good, "noise": "x.y.z",
	} {
		p.token = token
		if status, body := p.get(t, "/api/applications"); status != 200 || errorOf(t, body) != "invalid request" ||
			!strings.Contains(string(body), "Missing or expired token.") {
			t.Errorf("%s: %d %.200s", name, status, body)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := replay.New(shared, replay.Options{TokenLife: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		token, err := server.Token()
		if err != nil {
			t.Fatal(err)
		}
		ask := func() string {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/conferences", nil)
			request.Header.Set("Authorization", "Bearer "+token)
			recorder := httptest.NewRecorder()
			server.ServeHTTP(recorder, request)
			return recorder.Body.String()
		}
		time.Sleep(59 * time.Second)
		if body := ask(); body[0] != '[' {
			t.Errorf("refused before its time: %s", body)
		}
		time.Sleep(2 * time.Second)
		if body := ask(); !strings.Contains(body, "Missing or expired token.") {
			t.Errorf("taken after its time: %.100s", body)
		}
	})
}

func TestAddressesNotOnTheListAreRefused(t *testing.T) {
	p := play(t, replay.Options{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for _, path := range []string{"/api/applications", "/data/zz_public/json/Ads", "/token/"} {
		if status, body := p.get(t, path); status != 200 || errorOf(t, body) != "unauthorized request" || !strings.Contains(string(body), "127.0.0.1") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	listed := play(t, replay.Options{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("127.0.0.0/8")}})
	if _, body := listed.get(t, "/api/applications"); body[0] != '[' {
		t.Errorf("refused although on the list: %s", body)
	}
}

func TestAdsNeedNoToken(t *testing.T) {
	p := play(t, replay.Options{})
	p.token = ""
	if _, body := p.get(t, "/data/zz_public/json/Ads"); body[0] != '[' {
		t.Errorf("%s", body)
	}
}

// EJM's own client, in PHP, asks for a token with a multipart form and Basic credentials, then posts the token as a field
// of a multipart form to a path with a slash at its end, and decodes filecontent.
func TestEJMsOwnClientRunsUnchanged(t *testing.T) {
	for _, quirks := range []string{"plain", "slashes,unicode,lines"} {
		asked, err := replay.ParseQuirks(quirks)
		if err != nil {
			t.Fatal(err)
		}
		p := play(t, replay.Options{Quirks: asked})
		_, body := post(t, p.url+"/token/", true, map[string]string{"grant_type": "client_credentials"}, p.Credentials().Key, p.Credentials().Secret)
		token, _ := decoded(t, body).(map[string]any)["access_token"].(string)
		file := p.records(t, mirror.Files)[0]
		_, body = post(t, p.url+"/api/files/"+id(t, file, "file_id")+"/", true, map[string]string{"access_token": token})
		got := content(t, decoded(t, body).(map[string]any))
		if want := p.stored(t, ejm.KindFile, id(t, file, "blobid")); !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d", quirks, len(got), len(want))
		}
	}
}
