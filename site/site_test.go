package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ejmx/ejmx/dossier"
)

func TestSameInputSameBytes(t *testing.T) {
	p := madeUp(20, "http://canary.example")
	o := Options{Changes: madeUpChanges(p), Since: "20261120T090000Z", Text: textOf}
	first, second := write(t, p, o), write(t, p, o)
	if !maps.EqualFunc(first, second, bytes.Equal) {
		t.Error("two sites of one posting differ")
	}
	if len(first) != 20+1+len(assets)+1+1 {
		t.Errorf("the site has %d files", len(first))
	}
}

// Without script, the list shows everyone and links every page and packet.
func TestListWithoutScript(t *testing.T) {
	p := madeUp(20, "http://canary.example")
	page := string(write(t, p, Options{})["index.html"])
	for _, d := range p.Dossiers {
		for _, want := range []string{
			fmt.Sprintf(`href="candidates/%s.html"`, d.AppID), `href="` + strings.ReplaceAll(href("", d.Packet.Path), "'", "&#39;") + `"`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("the list of all has no %s", want)
			}
		}
	}
}

// What applicants wrote is text: it makes no element, no attribute and no address.
func TestHostileWordsStayWords(t *testing.T) {
	p := madeUp(8, "http://canary.example")
	p.Title = "<script>x</script>"
	p.Dossiers[2].Documents[0].Label = "<svg onload=alert(1)>"
	p.Dossiers[2].Documents[2].URL = "JaVaScRiPt:alert(1)"
	p.Questions[0].Text = `" onclick="alert(1)`
	for name, data := range write(t, p, Options{Text: textOf, Changes: madeUpChanges(p)}) {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		page := string(data)
		for _, bad := range []string{"<img", "<svg", "<style", `src="http`, "src='http", "href=\"javascript:", "href=\"JaVa", "<script>", `onclick="alert`} {
			if i := strings.Index(page, bad); i >= 0 {
				t.Errorf("%s: holds %q: … %s", name, bad, page[max(0, i-80):min(len(page), i+80)])
			}
		}
		if !strings.Contains(page, `http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'`) {
			t.Errorf("%s has no Content Security Policy", name)
		}
		if strings.Contains(page, " style=") || regexp.MustCompile(`\son[a-z]+=["']`).MatchString(tagsOf(page)) {
			t.Errorf("%s has a style or a handler within an element, which its policy forbids", name)
		}
	}
}

// tagsOf is a page's own elements, without attributes' values and text.
func tagsOf(page string) string {
	page = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(page, `=""`)
	return strings.Join(regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1), "\n")
}

func TestLinksOfApplicants(t *testing.T) {
	page := string(write(t, madeUp(12, ""), Options{})["candidates/620010.html"])
	if want := `<a href="https://example.org/candidate/10" rel="noreferrer noopener nofollow" target="_blank">`; !strings.Contains(page, want) {
		t.Errorf("the page has no %s", want)
	}
	for words, want := range map[string]string{
		"https://example.org/a b": "https://example.org/a%20b", " http://x.org": "http://x.org", "javascript:alert(1)": "", "ftp://x.org": "",
		"//x.org": "", "https://": "", "https://user:pass@x.org": "", "example.org": "", "file:///etc/passwd": "", "data:text/html,x": "",
	} {
		if got := webAddress(words); got != want {
			t.Errorf("%q may be followed to %q, want %q", words, got, want)
		}
	}
}

// The site shows what it is given: without letters in the edition, no trace of them.
func TestNoLettersNoTrace(t *testing.T) {
	p := madeUp(10, "")
	p.Edition = &dossier.Edition{Name: "no-letters", Title: "No letters"}
	for _, d := range p.Dossiers {
		d.Documents = d.Documents[:3]
	}
	for name, data := range write(t, p, Options{Text: textOf}) {
		if words := regexp.MustCompile(`(?i)[^-\w]letters?[^-\w=]`).FindString(strings.ReplaceAll(string(data), "No letters", "")); words != "" && strings.HasSuffix(name, ".html") {
			t.Errorf("%s speaks of %q", name, words)
		}
	}
}

func TestTextsAreScripts(t *testing.T) {
	p := madeUp(5, "")
	for _, whole := range []bool{false, true} {
		script := string(write(t, p, Options{Text: textOf, WholePapers: whole})["assets/text-1.js"])
		words, found := strings.CutPrefix(script, "ejmxTexts(")
		words, closed := strings.CutSuffix(words, ");\n")
		var entries []textEntry
		if err := json.Unmarshal([]byte(words), &entries); err != nil || !found || !closed {
			t.Fatalf("the script is no call with JSON: %v", err)
		}
		if strings.ContainsAny(script, "<>&\u2028\u2029") {
			t.Error("the script holds characters that could end it")
		}
		paper := entries[slices.IndexFunc(entries, func(e textEntry) bool { return e.Label == "Job market paper" })]
		if want := map[bool]int{false: 2, true: 3}[whole]; len(paper.Pages) != want || paper.First != 7 {
			t.Errorf("whole papers %v: a paper has %d pages from %d, want %d from 7", whole, len(paper.Pages), paper.First, want)
		}
		if slices.ContainsFunc(entries, func(e textEntry) bool { return e.Label == "Letter Prof. Ng" }) {
			t.Error("the text of a document is there that the packet does not show")
		}
	}
}

func TestTextsInSeveralFiles(t *testing.T) {
	long := strings.Repeat("word ", 200_000)
	text := func(*dossier.Document) ([]string, error) { return []string{long}, nil }
	out := write(t, madeUp(5, ""), Options{Text: text})
	if out["assets/text-1.js"] == nil || out["assets/text-2.js"] == nil {
		t.Error("so much text is in one file")
	}
	if !strings.Contains(string(out["index.html"]), `data-texts="assets/text-1.js assets/text-2.js`) {
		t.Error("the list does not know the texts' files")
	}
}

func TestOwnLook(t *testing.T) {
	look := fstest.MapFS{"site.css": {Data: []byte("body{}")}}
	out := write(t, madeUp(2, ""), Options{Look: look})
	if string(out["assets/site.css"]) != "body{}" || len(out["assets/list.js"]) == 0 {
		t.Error("a user's own style sheet does not take the place of the built-in one")
	}
}

func TestEmptyPosting(t *testing.T) {
	if page := string(write(t, madeUp(0, ""), Options{})["index.html"]); !strings.Contains(page, "0 candidates") {
		t.Error("an empty posting has no list")
	}
}
