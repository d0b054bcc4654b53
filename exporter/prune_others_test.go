package exporter

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPeoplesFilesAreNotDeletedWithoutAWord(t *testing.T) {
	p := newPrunable(t)
	dir := "postings/" + folderOf(p.a)
	p.put(dir+"/minutes.docx", "we met")
	p.put(dir+"/.DS_Store", "")
	p.put(dir+"/documents/annotated (kept 2026-12-01).pdf", "theirs")
	of := must(p.Mirror.Inventory())[p.a]
	appid := slices.Sorted(maps.Keys(of.Applications))[0]
	p.put(fmt.Sprintf("%s/packets/Somebody %s.pdf", dir, appid), "packet with notes")
	p.put(fmt.Sprintf("%s/packets/Somebody %s (kept 2026-12-01).pdf", dir, appid), "older notes")
	before := p.files()
	_, err := p.disposed(rules(p.b), p.order())
	var others *OthersError
	want := []string{dir + "/documents/annotated (kept 2026-12-01).pdf", dir + "/minutes.docx"}
	if !errors.As(err, &others) || !slices.Equal(others.Files, want) {
		t.Fatalf("%v", err)
	}
	if !maps.Equal(before, p.files()) {
		t.Error("something was deleted all the same")
	}
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	if len(survey.Changed) != 2 {
		t.Errorf("changed by people: %v", survey.Changed)
	}
	o := p.order()
	o.IncludeOthers = true
	if _, err := p.disposed(rules(p.b), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, filepath.FromSlash(dir))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

func TestWhatRemainsIsFound(t *testing.T) {
	for name, remnant := range map[string]func(p *prunable) string{
		"a copy under another name": func(p *prunable) string {
			survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
			d := survey.plan.Documents[0]
			content := must(fs.ReadFile(p.Mirror.FS(), fmt.Sprintf("%s/%s/%s/content", d.Kind, d.BlobID.String()[:2], d.BlobID)))
			p.put("notes/good one.pdf", string(content))
			return "notes/good one.pdf"
		},
		"a file called by an application": func(p *prunable) string {
			for appid := range must(p.Mirror.Inventory())[p.a].Applications {
				name := fmt.Sprintf("talk of %s.pptx", appid)
				p.put(name, "slides")
				return name
			}
			return ""
		},
	} {
		p := newPrunable(t)
		left := remnant(p)
		_, err := p.disposed(rules(p.b), p.order())
		var remains *RemainsError
		if !errors.As(err, &remains) || len(remains.Found) != 1 || !strings.HasPrefix(remains.Found[0], left) {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(p.Dir, filepath.FromSlash(left))); err != nil {
			t.Fatal(err)
		}
		if certified, err := FinishDisposal(t.Context(), p.Season, p.order()); err != nil || certified == nil {
			t.Errorf("%s: once it was removed: %v", name, err)
		}
	}
}
