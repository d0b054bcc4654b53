package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
	"github.com/ejmx/ejmx/replay"
	"github.com/ejmx/ejmx/season"
)

// equalOpportunity are the applicant's fields that no committee may see.
var equalOpportunity = []string{"ethnic", "ethnicity", "race", "gender", "nationality"}

// The secrets of letters, what their writers wrote, and who wrote; and where and when somebody is interviewed.
var (
	letterText     = secret("LETTER", "text")
	letterWriter   = secret("LETTER", "writer")
	interviewPlace = secret("INTERVIEW", "place")
)

// secret is the word that stands in one kind of thing that EJM holds and nowhere else.
func secret(category, name string) string {
	return secretMark + category + strings.ReplaceAll(name, "_", "") + "X"
}

// fieldSecret is the secret of an applicant's field.
func fieldSecret(key string) string {
	if slices.Contains(equalOpportunity, key) {
		return secret("EQUAL", key)
	}
	return secret("FIELD", key)
}

// planting makes of a made-up season another in which everything an edition can name holds its own secret.
type planting struct {
	t       *testing.T
	source  *mirror.Snapshot
	types   map[ejm.ID]string // by blobid and by file_id, a file's type
	secrets map[string]bool   // that stand somewhere
	early   bool              // whether it is the first day, when no letter has come and everything is another
}

func (p *planting) plant(word string) string {
	p.secrets[word] = true
	if p.early {
		return word + " at first"
	}
	return word
}

// plantedSeason is a season of two days. On the second all letters arrive and all fields change.
func plantedSeason(t *testing.T) (*mirror.Mirror, *planting) {
	t.Helper()
	source, err := mirror.Create(filepath.Join(t.TempDir(), "source"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if err := season.Write(source, season.Options{Applications: 2, Postings: 1, DocumentBytes: 1_000}); err != nil {
		t.Fatal(err)
	}
	planted, err := mirror.Create(filepath.Join(t.TempDir(), "planted"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { planted.Close() })
	p := &planting{t: t, types: map[ejm.ID]string{}, secrets: map[string]bool{}}
	if p.source, err = source.Latest(); err != nil {
		t.Fatal(err)
	}
	for a, err := range mirror.Records[ejm.Application](p.source, mirror.Applications) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			p.types[f.FileID], p.types[f.BlobID] = f.Name, f.Name
			p.document(source, planted, ejm.KindFile, f.BlobID)
		}
		for _, r := range a.Recommendations {
			p.document(source, planted, ejm.KindLetter, r.BlobID)
		}
	}
	p.early = true
	p.snapshot(planted)
	p.early = false
	p.snapshot(planted)
	return planted, p
}

// document puts a PDF full of its kind's secret in the place of a document.
func (p *planting) document(from, to *mirror.Mirror, kind ejm.Kind, blobid ejm.ID) {
	p.t.Helper()
	if blobid == 0 || to.Has(kind, blobid) {
		return
	}
	blob, err := from.Document(kind, blobid)
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := to.NewDocument(kind)
	if err != nil {
		p.t.Fatal(err)
	}
	word, method := letterText, mirror.Letters
	if kind == ejm.KindFile {
		word, method = secret("FILE", p.types[blobid]), mirror.Files
	}
	if err := confidential(out, p.plant(word)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := out.Commit(blobid, p.record(method, blob.Record)); err != nil {
		p.t.Fatal(err)
	}
}

// checkPlanted makes sure that the season has a place for each secret that matters most: one that is nowhere is never found.
func (p *planting) checkPlanted() {
	p.t.Helper()
	words := []string{letterText, letterWriter, interviewPlace, secret("ANSWER", ""), secret("FILE", "cv"), secret("FILE", "jmpaper")}
	for _, key := range equalOpportunity {
		words = append(words, fieldSecret(key))
	}
	for _, word := range words {
		if !p.secrets[word] {
			p.t.Errorf("nothing in the season holds %s", word)
		}
	}
}

// confidential writes a PDF that holds a word wherever one can hide: in text, links, bookmarks, replacement text, metadata.
func confidential(out io.Writer, word string) error {
	about := pdf.Metadata{Title: word, Author: word, Subject: word, Tool: word, Lang: "en"}
	style := typeset.Style{Size: 11}
	return typeset.WriteFlow(out, about, func(flow *typeset.Flow, root *typeset.Element) error {
		flow.Heading(word, style, root.Add("H1"))
		flow.Paragraph("Between us: "+word, style, root.Add("P"))
		flow.Link(word, "https://example.org/"+word, style, root.Add("P"))
		flow.Page().Raw("/Span <</ActualText (" + word + ")>> BDC EMC")
		return nil
	})
}

func (p *planting) snapshot(to *mirror.Mirror) {
	p.t.Helper()
	taken := p.source.Taken
	if !p.early {
		taken = taken.AddDate(0, 0, 1)
	}
	out, err := to.NewSnapshot(mirror.SnapshotInfo{Taken: taken, API: p.source.API})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, method := range mirror.Methods {
		if p.early && method == mirror.Letters {
			continue
		}
		for record, err := range p.source.Records(method) {
			if err == nil {
				err = out.Add(method, p.record(method, record))
			}
			if err != nil {
				p.t.Fatal(err)
			}
		}
	}
	for id, state := range p.source.Postings {
		out.SetPosting(id, state)
	}
	if _, _, err := out.Commit(); err != nil {
		p.t.Fatal(err)
	}
}

// record is one of EJM's records with secrets in it.
func (p *planting) record(method mirror.Method, record json.RawMessage) json.RawMessage {
	p.t.Helper()
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(record))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		p.t.Fatal(err)
	}
	switch method {
	case mirror.Applicants:
		p.applicant(fields)
	case mirror.Applications:
		p.application(fields)
	case mirror.Files:
		p.file(fields, "filename")
	case mirror.Letters:
		p.letter(fields, "name", "notes", "filename")
	case mirror.Interviews:
		fields["degreeinst"] = p.plant(fieldSecret("degreeinst"))
		for _, key := range []string{"name", "description", "room_label", "room_number", "hotel_full_name", "address", "city"} {
			fields[key] = p.plant(interviewPlace)
		}
	case mirror.Conferences:
		fields["name"] = p.plant(interviewPlace)
	}
	planted, err := json.Marshal(fields)
	if err != nil {
		p.t.Fatal(err)
	}
	return planted
}

// applicant puts a secret into every field that an edition can name.
func (p *planting) applicant(fields map[string]any) {
	for key := range fields {
		switch key {
		case "is_contactok": // yes or no
			continue
		case "secondary_fields", "conferences":
			fields[key] = map[string]string{"7": p.plant(fieldSecret(key))}
		case "url":
			fields[key] = "https://example.org/" + p.plant(fieldSecret(key))
		default:
			if dossier.FieldLabel(key) != "" {
				fields[key] = p.plant(fieldSecret(key))
			}
		}
	}
}

func (p *planting) application(fields map[string]any) {
	fields["degreeinst"] = p.plant(fieldSecret("degreeinst"))
	for _, f := range records(fields, "files") {
		p.file(f, "description", "long_description")
	}
	for _, q := range records(fields, "questions") {
		q["question"], q["instructions"] = p.plant(secret("QUESTION", "")), p.plant(secret("QUESTION", ""))
		q["response"], q["response_text"] = p.plant(secret("ANSWER", "")), p.plant(secret("ANSWER", ""))
	}
	for _, r := range records(fields, "recommendations") {
		p.letter(r, "email", "fname", "lname", "institution", "department", "reverified_by")
		if p.early {
			r["letterid"], r["blobid"] = nil, nil
		}
	}
}

// records are those of a list within a record.
func records(fields map[string]any, key string) []map[string]any {
	var all []map[string]any
	list, _ := fields[key].([]any)
	for _, one := range list {
		if r, ok := one.(map[string]any); ok {
			all = append(all, r)
		}
	}
	return all
}

// file puts the secret of a file's type into its record: with the hash of other bytes gone, EJM says nothing of them.
func (p *planting) file(fields map[string]any, keys ...string) {
	p.t.Helper()
	number, _ := fields["file_id"].(json.Number)
	id, err := number.Int64()
	if err != nil || p.types[ejm.ID(id)] == "" {
		p.t.Fatalf("a file of no known type: %v", fields)
	}
	word := secret("FILE", p.types[ejm.ID(id)])
	for _, key := range keys {
		fields[key] = p.plant(word)
	}
	if path, _ := fields["path"].(string); path != "" {
		fields["path"] = "https://example.org/" + p.plant(word)
	}
	if _, tells := fields["sha1_hash"]; tells {
		fields["sha1_hash"], fields["filesize"] = nil, nil
	}
}

func (p *planting) letter(fields map[string]any, keys ...string) {
	for _, key := range keys {
		fields[key] = p.plant(letterWriter)
	}
}

// allowed are the secrets that an edition names.
func (p *planting) allowed(e *dossier.Edition) map[string]bool {
	words := map[string]bool{letterText: e.Letters, letterWriter: e.Letters, interviewPlace: e.Interviews}
	for _, key := range e.Applicant {
		words[fieldSecret(key)] = true
	}
	for _, name := range p.types {
		words[secret("FILE", name)] = slices.Contains(e.Documents, name) || slices.Contains(e.Documents, "*")
	}
	words[secret("QUESTION", "")] = len(e.Answers) > 0
	words[secret("ANSWER", "")] = len(e.Answers) > 0
	return words
}

// ownEditions are written into the season's folder: what they say on the first day and on the second.
var ownEditions = map[string][2]string{
	"hr": {
		"applicant = [\"gender\"]\n",
		"applicant = [\"gender\"]\n",
	},
	"narrowed": {
		"documents = [\"*\"]\nletters = true\nanswers = [\"*\"]\napplicant = [\"gender\", \"race\", \"email\"]\n",
		"documents = [\"cv\"]\nletters = false\nanswers = []\napplicant = [\"email\"]\n",
	},
}

// TestGate searches every byte of every output of every edition for what that edition does not name: letters,
// equal-opportunity answers, files, fields. Everything that it does name must be found, which proves the search.
func TestGate(t *testing.T) {
	t.Parallel()
	planted, p := plantedSeason(t)
	snapshots, err := planted.Snapshots()
	if err != nil {
		t.Fatal(err)
	}
	p.checkPlanted()
	s := serveMirror(t, planted, replay.Options{Snapshot: snapshots[0].ID})
	u := newUser(t)
	u.signIn(s)
	names := append((dossier.Editions{}).Names(), slices.Sorted(maps.Keys(ownEditions))...)
	u.firstDay()
	if _, err := s.server.Advance(); err != nil {
		t.Fatal(err)
	}
	u.must("fetch", "--all")
	u.writeEditions(1)
	editions := dossier.Editions{Season: os.DirFS(filepath.Join(u.home, "season", "editions"))}
	for _, name := range names {
		edition, err := editions.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		found := u.exportAndSearch(edition, slices.Sorted(maps.Keys(p.secrets)))
		allowed := p.allowed(edition)
		for word := range p.secrets {
			switch places := found[word]; {
			case !allowed[word] && len(places) > 0:
				t.Errorf("edition %s shows %s in %d places, such as %q", name, word, len(places), places[:min(6, len(places))])
			case allowed[word] && len(places) == 0:
				t.Errorf("edition %s names what holds %s, and it is found nowhere", name, word)
			}
		}
		if name == dossier.DefaultEdition {
			checkPlaces(t, found)
		}
	}
}

func (u *user) outOf(edition string) string { return filepath.Join(u.home, "out", edition) }

// firstDay makes what the second day brings up to date: of an edition that will tell what has changed, and of one that will
// name less, whose leftovers would be leaks.
func (u *user) firstDay() {
	u.t.Helper()
	u.must("fetch", "--all")
	u.writeEditions(0)
	u.must("export", "--all", "--offline", "--edition", "no-letters", "--out", u.outOf("no-letters"), "--no-documents", "--no-zip")
	u.must("export", "--all", "--offline", "--edition", "narrowed", "--out", u.outOf("narrowed"), "--csv", "--sqlite")
	u.must("packets", "--all", "--edition", "narrowed", "--out", u.outOf("narrowed"), "--booklet")
}

func (u *user) writeEditions(day int) {
	u.t.Helper()
	dir := filepath.Join(u.home, "season", "editions")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		u.t.Fatal(err)
	}
	for name, texts := range ownEditions {
		if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte(texts[day]), 0o600); err != nil {
			u.t.Fatal(err)
		}
	}
}

// exportAndSearch makes all there is of an edition and says which secrets are in it, and where.
func (u *user) exportAndSearch(edition *dossier.Edition, secrets []string) map[string][]string {
	u.t.Helper()
	search := newSearcher(u.t, secrets)
	out := u.outOf(edition.Name)
	for _, args := range [][]string{
		{"packets", "--all", "--out", out},
		{"export", "--all", "--offline", "--csv", "--sqlite", "--text", "all", "--verbose", "--json", "--out", out},
		{"changes"},
		{"changes", "--json"},
		{"missing", "--all", "--within", "100000"},
		{"missing", "--all", "--within", "100000", "--csv"},
		{"missing", "--all", "--within", "100000", "--mail-text", "--json"},
	} {
		if args[0] == "packets" && edition.Name != "narrowed" { // whose booklet of the first day must go by itself
			args = append(args, "--booklet")
		}
		u.must(append(args, "--edition", edition.Name)...)
		said := strings.Join(args, " ")
		search.look(said+" (standard output)", u.stdout.Bytes())
		search.look(said+" (standard error)", u.stderr.Bytes())
	}
	search.folder(out)
	return search.found
}

// checkPlaces checks that the committee's letters were found in each kind of output, so that the search reaches into it.
func checkPlaces(t *testing.T, found map[string][]string) {
	t.Helper()
	for _, want := range []struct{ word, file, how string }{
		{letterText, "documents/", ".pdf"},
		{letterText, "packets/", "(stream)"},
		{letterText, "booklet.pdf", "(stream)"},
		{letterText, ".zip!", ".pdf (stream)"},
		{letterText, "assets/text-", ".js"},
		{letterWriter, "packets/", ".pdf"},
		{letterWriter, "documents/", "(name)"},
		{letterWriter, "summary.xlsx!xl/", ".xml"},
		{letterWriter, "csv/", ".csv"},
		{letterWriter, "season.sqlite", ""},
		{letterWriter, "candidates/", ".html"},
		{letterWriter, "report.json", ""},
		{letterWriter, "changes", "(standard output)"},
		{letterWriter, "changes --json", "(standard output)"},
		{letterWriter, "missing --all", "(standard output)"},
		{letterWriter, "100000 --csv", "(standard output)"},
		{letterWriter, "--mail-text --json", "(standard output)"},
		{fieldSecret("primary_field"), "index.html", ""},
	} {
		if !slices.ContainsFunc(found[want.word], func(place string) bool {
			return strings.Contains(place, want.file) && strings.Contains(place, want.how)
		}) {
			t.Errorf("%s was not found in %s…%s; the search does not reach there, or the committee lacks it", want.word, want.file, want.how)
		}
	}
}

// TestGateKnowsEveryFlag fails when export or packets learn to make something that TestGate does not search.
func TestGateKnowsEveryFlag(t *testing.T) {
	t.Parallel()
	known := strings.Fields(`season json quiet verbose api workers edition out posting all offline help
		no-documents csv sqlite text no-zip pdf-workers appid since booklet shuffle interviews news max-list max-document`)
	e := &env{now: time.Now, getenv: func(string) string { return "" }}
	for _, c := range []*cobra.Command{newExport(e), newPackets(e)} {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(known, f.Name) {
				t.Errorf("%s has a flag --%s: if it makes an output, let TestGate make and search it", c.Name(), f.Name)
			}
		})
	}
}
