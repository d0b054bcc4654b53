package ui

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask makes a request; change may alter it before it goes.
func (w *window) ask(method, address string, form url.Values, change func(*http.Request)) answer {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.base + address
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if change != nil {
		change(r)
	}
	response, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func (w *window) get(address string) answer {
	w.t.Helper()
	return w.ask(http.MethodGet, address, nil, nil)
}

func (w *window) post(address string, form url.Values) answer {
	w.t.Helper()
	return w.ask(http.MethodPost, address, form, nil)
}

// The one-time address lets one browser in, once, with a cookie that scripts and other sites cannot use.
func TestEntrance(t *testing.T) {
	w := open(t, newMadeUp(t).actions())
	if a := w.get("/"); a.status != http.StatusForbidden || strings.Contains(a.body, "Postings") {
		t.Errorf("without the one-time address: %d %s", a.status, a.body)
	}
	if a := w.get("/enter?ticket=wrong"); a.status != http.StatusForbidden || a.header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong ticket: %d", a.status)
	}
	a := w.get(w.entrance)
	if a.status != http.StatusOK || !strings.Contains(a.body, `content="0; url=/"`) || strings.Contains(a.body, ticketOf(t, w.entrance)) {
		t.Errorf("the one-time address leads to %d %s", a.status, a.body)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, flag) {
			t.Errorf("the cookie is not %s: %s", flag, cookie)
		}
	}
	if strings.Contains(cookie, ticketOf(t, w.entrance)) {
		t.Error("the cookie is the ticket")
	}
	if a := w.get("/"); a.status != http.StatusOK {
		t.Errorf("with the cookie: %d", a.status)
	}
	w.client.Jar = nil // another browser
	if a := w.get(w.entrance); a.status != http.StatusForbidden {
		t.Errorf("the one-time address a second time: %d", a.status)
	}
}

func ticketOf(t *testing.T, entrance string) string {
	t.Helper()
	address, err := url.Parse(entrance)
	if err != nil || address.Query().Get("ticket") == "" {
		t.Fatalf("%s has no ticket", entrance)
	}
	return address.Query().Get("ticket")
}

// What another site's page makes a browser ask changes nothing and shows nothing, whatever name it calls us by.
func TestOtherSitesAreTurnedAway(t *testing.T) {
	m := newMadeUp(t)
	w := open(t, m.actions())
	w.get(w.entrance)
	_, port, _ := strings.Cut(strings.TrimPrefix(w.base, "http://"), ":")
	for name, change := range map[string]func(*http.Request){
		"another site": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"another port of this computer": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-site")
			r.Header.Set("Origin", "http://127.0.0.1:1")
		},
		"an old browser, from another site": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"a form that does not say where it is": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "none")
			r.Header.Del("Origin")
		},
		"a sandboxed page": func(r *http.Request) { r.Header.Set("Origin", "null") },
		"another name":     func(r *http.Request) { r.Host = "evil.example:" + port },
		"localhost":        func(r *http.Request) { r.Host = "localhost:" + port },
		"another port":     func(r *http.Request) { r.Host = "127.0.0.1:1" },
	} {
		if a := w.ask(http.MethodPost, "/list", nil, change); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	rebound := w.ask(http.MethodGet, "/", nil, func(r *http.Request) { r.Host = "evil.example:" + port })
	if rebound.status != http.StatusForbidden || strings.Contains(rebound.body, "ejmx") {
		t.Errorf("under another name: %d %s", rebound.status, rebound.body)
	}
	if asked := m.asked(); asked != "" {
		t.Errorf("it was asked for %s", asked)
	}
	for path, a := range map[string]answer{"/": w.get("/"), "/status": w.get("/status")} {
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": policy, "Referrer-Policy": "same-origin",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if strings.Contains(a.body, "style=") || strings.Contains(a.body, "<script>") {
			t.Errorf("%s has something inline", path)
		}
	}
}

// No page, header or address gives a secret back, whatever became of it.
func TestSecretNeverComesBack(t *testing.T) {
	m := newMadeUp(t)
	w := open(t, m.actions())
	w.get(w.entrance)
	wrong := w.post("/settings/account", url.Values{"key": {"the-key"}, "secret": {theSecret + "-mistyped"}})
	if wrong.status != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "does not accept this client secret") || !strings.Contains(wrong.body, `value="the-key"`) {
		t.Errorf("a wrong secret: %d\n%s", wrong.status, wrong.body)
	}
	again := w.post("/settings/account", url.Values{"again": {"yes"}})
	right := w.post("/settings/account", url.Values{"key": {"the-key"}, "secret": {theSecret}})
	m.finish()
	w.settle()
	if !strings.Contains(m.asked(), "keep the-key; keep the-key; keep the-key; list") {
		t.Errorf("it was asked for %s", m.asked())
	}
	for name, a := range map[string]answer{
		"wrong": wrong, "again": again, "right": right, "settings": w.get("/settings"), "home": w.get("/"), "status": w.get("/status?check=all"),
		"archive": w.post("/archive", url.Values{"what": {"all"}, "lock": {"yes"}, "passphrase": {theSecret}, "again": {theSecret + "x"}}),
	} {
		if all := a.body + a.header.Get("Location"); strings.Contains(all, theSecret) {
			t.Errorf("%s gives the secret back:\n%s", name, all)
		}
	}
}

// Files are served from an origin of their own, to who knows the path, from within the folder of exports, and never as a
// page that could act as ours.
func TestFilesKeepToThemselves(t *testing.T) {
	m := newMadeUp(t)
	w := open(t, m.actions())
	w.client.Jar = nil // no cookie has power there
	files := w.server.files
	if files.host == w.server.session.host {
		t.Fatal("files share the pages' origin")
	}
	outside := filepath.Join(m.dir, "ejmx.toml")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(m.dir, "postings", "9012-assistant-professor", "link.pdf")); err != nil {
		t.Logf("no links here: %v", err)
	}
	at := func(name string) string { return files.address("9012-assistant-professor/" + name) }
	for _, want := range []struct {
		name, kind, policy, saved string
	}{
		{"index.html", "text/html; charset=utf-8", sitePolicy, ""},
		{"candidates/620310.html", "text/html; charset=utf-8", sitePolicy, ""},
		{"assets/list.js", "text/javascript; charset=utf-8", sitePolicy, ""},
		{"packets/Lee Min-Jung 620310.pdf", "application/pdf", pdfPolicy, ""},
		{"summary.xlsx", kinds[".xlsx"], foreignPolicy, "attachment"},
		{"documents/Lee Min-Jung 620310/1 Page.html", "application/octet-stream", foreignPolicy, "attachment"},
		{"documents/Lee Min-Jung 620310/2 Picture.svg", "application/octet-stream", foreignPolicy, "attachment"},
		{"index.htm", "application/octet-stream", foreignPolicy, "attachment"},
	} {
		a := w.get(at(want.name))
		saved, _, _ := strings.Cut(a.header.Get("Content-Disposition"), ";")
		if a.status != http.StatusOK || a.header.Get("Content-Type") != want.kind || a.header.Get("Content-Security-Policy") != want.policy || saved != want.saved {
			t.Errorf("%s: %d %v", want.name, a.status, a.header)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", want.name, a.header)
		}
	}
	base := "http://" + files.host + "/" + files.key + "/"
	for _, address := range []string{
		at(""), at("packets"), at("packets/"), base, strings.TrimSuffix(base, "/"), at("../../ejmx.toml"), base + "..%2fejmx.toml", base + "%2e%2e/ejmx.toml",
		base + "9012-assistant-professor/..%2f..%2fejmx.toml", base + "9012-assistant-professor%5c..%5c..%5cejmx.toml", base + "/etc/passwd", at("link.pdf"), at("absent.pdf"),
		"http://" + files.host + "/9012-assistant-professor/index.html", "http://" + files.host + "/WRONG/9012-assistant-professor/index.html",
	} {
		if a := w.get(address); a.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", address, a.status, a.body)
		}
	}
	if a := w.ask(http.MethodPost, at("index.html"), nil, nil); a.status != http.StatusForbidden {
		t.Errorf("POST: %d", a.status)
	}
	if a := w.ask(http.MethodGet, at("index.html"), nil, func(r *http.Request) { r.Host = "evil.example" }); a.status != http.StatusForbidden {
		t.Errorf("under another name: %d", a.status)
	}
}

// What is sent to the server has limits.
func TestLimits(t *testing.T) {
	m := newMadeUp(t)
	w := open(t, m.actions())
	w.get(w.entrance)
	long := strings.Repeat("x", 2*maxForm)
	w.post("/settings/account", url.Values{"key": {long}, "secret": {"x"}})
	if strings.Contains(m.asked(), "xxx") {
		t.Error("a form of any size is read")
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", long)
	response, err := w.client.Do(request)
	if err != nil {
		return // cut off while it was still sending
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %d", response.StatusCode)
	}
}
