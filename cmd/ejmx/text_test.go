package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/internal/browser"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// searchedText is what the site's search knows of one document.
type searchedText struct {
	AppID  ejm.ID   `json:"id"`
	Label  string   `json:"label"`
	Packet string   `json:"packet"`
	First  int      `json:"first"`
	Pages  []string `json:"pages"`
}

// searchedIn reads the scripts that hold the texts of a site.
func searchedIn(t *testing.T, folder string) (all []searchedText) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "assets", "text-*.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list := strings.TrimSuffix(strings.TrimPrefix(string(data), "ejmxTexts("), ");\n")
		var some []searchedText
		if err := json.Unmarshal([]byte(list), &some); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, some...)
	}
	return all
}

// exportText exports offline with more flags and gives what the site's search knows then.
func (u *user) exportText(command string, flags ...string) []searchedText {
	u.t.Helper()
	args := append([]string{command, "--all", "--json"}, flags...)
	if code := u.run(args...); code != exitDone {
		u.t.Fatalf("%q: exit %d\n%s", args, code, u.stderr.String())
	}
	return searchedIn(u.t, u.exported().Postings[0].Folder)
}

// keptTexts are the files of the texts in the user's season.
func (u *user) keptTexts() []string {
	u.t.Helper()
	names, err := filepath.Glob(filepath.Join(u.home, "season", "mirror", "derived", "text", "*"))
	if err != nil || len(names) == 0 {
		u.t.Fatalf("no texts are kept: %v", err)
	}
	return names
}

func longest(texts []searchedText, label string) (pages int) {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text.Label), label) {
			pages = max(pages, len(text.Pages))
		}
	}
	return pages
}

func TestSiteSearchesDocuments(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.signIn(serve(t, season.Options{Applications: 3, Postings: 1}, replay.Options{}))
	texts := u.exportText("export")
	report := readReport(t, u.exported().Postings[0].Folder)
	for _, a := range report.Applications {
		last := a.Name[strings.LastIndex(a.Name, " ")+1:]
		checkCV(t, a, last, texts)
	}
	if pages := longest(texts, "paper"); pages != 2 {
		t.Errorf("of papers %d pages are searched", pages)
	}
	if pages := longest(u.exportText("export", "--offline", "--text", "all"), "paper"); pages <= 2 {
		t.Errorf("of whole papers %d pages are searched", pages)
	}
	if pages := longest(u.exportText("packets"), "paper"); pages <= 2 {
		t.Errorf("after packets were made again %d pages of whole papers are searched", pages)
	}
	if texts := u.exportText("export", "--offline", "--text", "none"); len(texts) != 0 {
		t.Errorf("no text was wanted, and %d are searched", len(texts))
	}
	if code := u.run("export", "--all", "--text", "some"); code != exitUsage || !strings.Contains(u.stderr.String(), "standard, all or none") {
		t.Errorf("exit %d\n%s", code, u.stderr.String())
	}
}

// checkCV checks that a candidate's name is found on the pages of the packet that show the CV.
func checkCV(t *testing.T, a exporter.ReportApplication, name string, texts []searchedText) {
	t.Helper()
	for _, d := range a.Documents {
		if d.Label != "Curriculum vitae" {
			continue
		}
		if !slices.ContainsFunc(texts, func(text searchedText) bool {
			return text.AppID == a.AppID && text.Label == d.Label && text.First == d.FirstPage && len(text.Pages) == d.Pages &&
				strings.Contains(text.Pages[0], name)
		}) {
			t.Errorf("%s is not found in the CV of application %s", name, a.AppID)
		}
		return
	}
	t.Errorf("application %s has no CV", a.AppID)
}

func TestTextsAreTakenOnce(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.signIn(serve(t, season.Options{Applications: 2, Postings: 1}, replay.Options{}))
	taken := u.exportText("export")
	names := u.keptTexts()
	whole := map[string]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole[name] = string(data)
		if err := os.WriteFile(name, []byte("as it was kept\f\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compiled := u.cache
	u.cache = t.TempDir() // where it would be seen if PDFium were started
	u.loseSite()
	for _, text := range u.exportText("export", "--offline") {
		if !slices.Equal(text.Pages, []string{"as it was kept"}) {
			t.Errorf("%s was taken again: %.100q", text.Label, text.Pages)
		}
	}
	if started, err := os.ReadDir(filepath.Join(u.cache, "pdf")); err != nil || len(started) > 0 {
		t.Errorf("PDFium was started for nothing: %v, %v", started, err)
	}
	u.cache = compiled
	for _, name := range names {
		if err := os.WriteFile(name, []byte("cut o"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u.loseSite()
	if again := u.exportText("export", "--offline"); len(again) != len(taken) {
		t.Errorf("%d texts instead of %d after all were cut off", len(again), len(taken))
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err != nil || string(data) != whole[name] {
			t.Errorf("%s was not taken again: %v", name, err)
		}
	}
}

// loseSite takes the first page away from every export, so that its site is made again.
func (u *user) loseSite() {
	u.t.Helper()
	pages, err := filepath.Glob(filepath.Join(u.home, "season", "postings", "*", "index.html"))
	if err != nil || len(pages) == 0 {
		u.t.Fatalf("there is no site: %v", err)
	}
	for _, page := range pages {
		if err := os.Remove(page); err != nil {
			u.t.Fatal(err)
		}
	}
}

// A committee finds a phrase of a real CV, follows it to its page in the packet, and hands its marks in.
func TestSearchLeadsToThePage(t *testing.T) {
	t.Parallel()
	pdftotext := outside.Tool(t, "pdftotext")
	u := newUser(t)
	u.signIn(serve(t, season.Options{Applications: 3, Postings: 1}, replay.Options{}))
	texts := u.exportText("export")
	folder := u.exported().Postings[0].Folder
	cv := texts[slices.IndexFunc(texts, func(s searchedText) bool { return s.Label == "Curriculum vitae" && len(s.Pages) > 0 })]
	phrase := strings.Join(strings.Fields(cv.Pages[0])[1:5], " ")

	b := browser.Open(t)
	b.Visit((&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(folder, "index.html"))}).String())
	browser.Ask[bool](b, fmt.Sprintf(`(document.getElementById("deep").click(), document.getElementById("query").value = %q,
		document.getElementById("query").dispatchEvent(new Event("input")))`, phrase))
	b.Until(`document.querySelectorAll("#hits li").length > 0`)
	link := browser.Ask[string](b, fmt.Sprintf(`[...document.querySelectorAll("#hits li a")].map((a) => a.getAttribute("href"))
		.find((href) => href.includes("%s.pdf")) ?? ""`, cv.AppID))
	name, page, found := strings.Cut(link, "#page=")
	path, err := url.PathUnescape(name)
	if !found || err != nil {
		t.Fatalf("%q leads to %q (%v)", phrase, link, err)
	}
	words, err := exec.CommandContext(t.Context(), pdftotext, "-f", page, "-l", page, filepath.Join(folder, filepath.FromSlash(path)), "-").Output()
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(words)), " "), phrase) {
		t.Errorf("%s does not show %q on page %s (%v)", path, phrase, page, err)
	}

	marks := browser.Ask[string](b, fmt.Sprintf(`(ejmxMarks.reviewer = "Ada", document.querySelector("tr[data-id='%s'] th a").focus(),
		document.dispatchEvent(new KeyboardEvent("keydown", { key: "4" })), ejmxMarks.file())`, cv.AppID))
	b.Quiet()
	file := filepath.Join(u.home, "marks.json")
	if err := os.WriteFile(file, []byte(marks), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := u.run("ratings", "merge", file, "--out", filepath.Join(u.home, "ratings.xlsx")); code != exitDone ||
		!strings.Contains(u.stdout.String(), "1 candidate by Ada") {
		t.Errorf("exit %d: %s%s", code, u.stdout.String(), u.stderr.String())
	}
}
