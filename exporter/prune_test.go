package exporter

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

func TestDisposeDeletesWhatIsDueAndNothingElse(t *testing.T) {
	p := newPrunable(t)
	before, inventory := p.files(), must(p.Mirror.Inventory())
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil {
		t.Fatal(err)
	}
	p.verifies()
	after := p.files()
	needed := inventory.Needed(map[ejm.ID]bool{p.a: true})
	var loose int
	for d := range inventory[p.a].Documents {
		has := p.Mirror.Has(d.Kind, d.BlobID)
		if has != needed[d] {
			t.Errorf("%s %s: it is there: %v", d.Kind, d.BlobID, has)
		}
		if !needed[d] {
			loose++
		}
	}
	for name, data := range before {
		stays := strings.HasPrefix(name, "postings/"+folderOf(p.b)) || strings.HasPrefix(name, "mirror/derived/exports/"+folderOf(p.b)) ||
			name == "mirror/derived/pdf/compiled"
		if got, there := after[name]; stays && (!there || got != data) {
			t.Errorf("%s is not as it was", name)
		}
	}
	for name := range after {
		if strings.HasPrefix(name, "postings/"+folderOf(p.a)) || strings.HasPrefix(name, "postings/season") ||
			strings.HasPrefix(name, "mirror/derived/databases") || strings.HasPrefix(name, "mirror/derived/exports/"+folderOf(p.a)) {
			t.Errorf("%s is still there", name)
		}
	}
	c := certified.Certificate
	if c.Totals.Documents != loose || c.Totals.Applications != len(inventory[p.a].Applications) || c.Shared != len(inventory[p.a].Documents)-loose || c.Shared == 0 {
		t.Errorf("%+v, shared %d; %d documents went", c.Totals, c.Shared, loose)
	}
	if len(c.SHA256) == 0 || c.Digest == "" || c.Postings[0].Keep != "2y" || c.By != "Jane Doe" || c.Account != "jdoe" {
		t.Errorf("certificate %+v", c)
	}
	again, err := NewSurvey(p.Season, rules(p.b), later, nil)
	if err != nil || len(again.Due) > 0 || !slices.Equal(again.Disposed, []ejm.ID{p.a}) {
		t.Errorf("due again: %v, disposed of: %v (%v)", again.Due, again.Disposed, err)
	}
	if !bytes.HasPrefix([]byte(after[certified.PDF]), []byte("%PDF-")) || after[certified.JSON] == "" {
		t.Error("the certificate's files are not there")
	}
}

func TestCertificateIsInTheRegister(t *testing.T) {
	p := newPrunable(t)
	people := []string{"Somebody", "packets/"}
	for a, err := range mirror.Records[ejm.Applicant](must(p.Mirror.Latest()), mirror.Applicants) {
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, a.Email)
	}
	if err := p.Mirror.AppendRun(mirror.Run{Tool: "ejmx test", Error: "the disk is full: letter of " + people[2]}); err != nil {
		t.Fatal(err)
	}
	if err := Note(p.Dir, archive.Line{Act: archive.Archived, Archive: "other.zip", Time: later}); err != nil {
		t.Fatal(err)
	}
	certified, err := p.disposed(rules(p.b), p.order())
	if err != nil {
		t.Fatal(err)
	}
	lines := must(Register(p.Dir))
	last := lines[len(lines)-1]
	files := p.files()
	if last.Act != archive.Disposed || last.SHA256 != checksumOf([]byte(files[certified.JSON])) || last.Previous != certified.Previous || certified.Previous == "" {
		t.Errorf("the register says %+v", last)
	}
	var details noted
	if err := json.Unmarshal(last.Details, &details); err != nil || details.PDF != checksumOf([]byte(files[certified.PDF])) {
		t.Errorf("details %s (%v)", last.Details, err)
	}
	for _, name := range []string{certified.JSON, certified.PDF, "archives/register.jsonl", "mirror/disposed.json", "mirror/log.jsonl"} {
		for _, person := range people {
			if strings.Contains(files[name], person) {
				t.Errorf("%s names %s", name, person)
			}
		}
	}
}

// stopped is what a sink panics with, as a program is killed.
type stopped struct{ at int }

// stopAt gives a sink that ends the run at its nth entry.
func stopAt(n int) ledger.Sink {
	seen := 0
	return func(ledger.Entry) {
		if seen++; seen > n {
			panic(stopped{n})
		}
	}
}

// TestDisposalStoppedAnywhereIsFinished ends a disposal at every step, and goes on.
func TestDisposalStoppedAnywhereIsFinished(t *testing.T) {
	whole := newPrunable(t)
	want, err := whole.disposed(rules(whole.b), whole.order())
	if err != nil {
		t.Fatal(err)
	}
	left := slices.Sorted(maps.Keys(whole.files()))
	steps := 0
	o := whole.order()
	counting := newPrunable(t)
	o.Sink = func(ledger.Entry) { steps++ }
	must(counting.disposed(rules(counting.b), o))
	for at := 0; at < steps; at += 1 + steps/7 {
		p := newPrunable(t)
		stopping := p.order()
		stopping.Sink = stopAt(at)
		func() {
			defer func() {
				if _, ok := recover().(stopped); !ok {
					t.Fatalf("step %d of %d did not stop it", at, steps)
				}
			}()
			p.disposed(rules(p.b), stopping)
		}()
		p.verifies()
		if survey := must(NewSurvey(p.Season, archive.Retention{}, later, nil)); survey.Begun == nil {
			t.Errorf("stopped at %d, nothing tells of it", at)
		}
		got, err := FinishDisposal(t.Context(), p.Season, p.order())
		if err != nil {
			t.Fatalf("stopped at %d: %v", at, err)
		}
		p.verifies()
		if got.Totals != want.Totals || got.Digest != want.Digest {
			t.Errorf("stopped at %d, the certificate says %+v, not %+v", at, got.Totals, want.Totals)
		}
		if now := slices.Sorted(maps.Keys(p.files())); !slices.Equal(now, left) {
			t.Errorf("stopped at %d, other files are left than otherwise: %d, not %d", at, len(now), len(left))
		}
		if again, err := FinishDisposal(t.Context(), p.Season, p.order()); again != nil || err != nil {
			t.Errorf("it is finished twice: %v %v", again, err)
		}
	}
}

func TestStoppedBetweenRegisterAndEnd(t *testing.T) {
	p := newPrunable(t)
	survey := must(NewSurvey(p.Season, rules(p.b), later, nil))
	certified, err := Dispose(t.Context(), p.Season, survey, p.order())
	if err != nil {
		t.Fatal(err)
	}
	dir := must(openArchives(p.Dir))
	defer dir.Close()
	if err := survey.plan.write(dir); err != nil { // as if the program had been killed before it took the plan away
		t.Fatal(err)
	}
	again, err := FinishDisposal(t.Context(), p.Season, p.order())
	if err != nil || again.Digest != certified.Digest {
		t.Errorf("%+v %v", again, err)
	}
	if lines := must(Register(p.Dir)); len(lines) != 1 {
		t.Errorf("the register tells of it %d times", len(lines))
	}
}
