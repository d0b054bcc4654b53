package ui

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/ejmx/ejmx/internal/lazy"
)

// fileServer serves the files of exports, at an origin of its own: what applicants wrote never shares one with the pages
// that can start something. No cookie opens it but an unguessable path, which the pages alone know.
type fileServer struct {
	host   string
	key    string                   // first part of every path
	folder func() (*os.Root, error) // opens the season's folder of exports
}

func newFileServer(host string, folder func() (*os.Root, error)) *fileServer {
	return &fileServer{host: host, key: rand.Text(), folder: folder}
}

// address is where a file is served: its path, with slashes, from the folder of exports.
func (f *fileServer) address(name string) string {
	return (&url.URL{Scheme: "http", Host: f.host, Path: "/" + f.key + "/" + name}).String()
}

// ServeHTTP serves one file that lies within the folder. There are no lists of folders.
func (f *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	w.Header().Set("Referrer-Policy", "no-referrer") // the path opens everything
	key, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Host != f.host, r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "Forbidden", http.StatusForbidden)
	case !same(key, f.key), !fs.ValidPath(name):
		http.NotFound(w, r)
	default:
		f.serve(w, r, name)
	}
}

func (f *fileServer) serve(w http.ResponseWriter, r *http.Request, name string) {
	root, err := f.folder()
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer root.Close()
	file, err := root.Open(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	describe(w.Header(), name)
	http.ServeContent(w, r, "", info.ModTime(), file)
}

// madeByUs matches the pages and files of an export's site that ejmx writes itself, from the export's folder. Nobody else's
// page may run a script.
var madeByUs = lazy.Pattern(`^(index\.html|candidates/[0-9]+\.html|assets/[a-z0-9-]+\.(js|css))$`)

// What an answer may do, by what it is.
const (
	sitePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	pdfPolicy     = "frame-ancestors 'self'" // a viewer is a program of the browser's own, which a stricter policy breaks
	foreignPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"
)

// describe says what a file is and what it may do: the site's own pages run, PDFs are shown, everything else is saved and
// never shown as a page.
func describe(h http.Header, name string) {
	_, within, _ := strings.Cut(name, "/")
	kind, known := kinds[strings.ToLower(path.Ext(name))]
	switch {
	case madeByUs().MatchString(within):
		h.Set("Content-Security-Policy", sitePolicy)
	case kind == kinds[".pdf"]:
		h.Set("Content-Security-Policy", pdfPolicy)
	default:
		h.Set("Content-Security-Policy", foreignPolicy)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
		if !known || strings.HasPrefix(kind, "text/") {
			kind = "application/octet-stream"
		}
	}
	h.Set("Content-Type", kind)
}

// kinds are the types of the files that are not just saved under whatever name they have.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".pdf":  "application/pdf",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".zip":  "application/zip",
}

// postingsFolder opens the season's folder of exports.
func (s *Server) postingsFolder() (*os.Root, error) {
	season, err := s.options.Actions.Season()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(season.postings())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fs.ErrNotExist
	}
	return root, err
}
