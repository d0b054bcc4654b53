package season

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ejmx/ejmx/ejm"
)

// world is a season as it stands on one day.
type world struct {
	options Options
	rng     *rand.Rand // of who is who; documents have their own
	now     time.Time
	next    ids
	plates  *plates

	postings     []*posting
	people       []*person
	applications []*application
	conferences  []*conference
}

// ids are the numbers that EJM gives next.
type ids struct{ aid, appid, file, letter, rec, blob, response ejm.ID }

type posting struct {
	id        ejm.ID
	title     string
	text      string // HTML
	questions []question
	retired   bool
}

type person struct {
	aid           ejm.ID
	name          name
	email, phone  string
	university    university
	field         string
	others        []int // numbers in fields
	gender        string
	enrolled      time.Time
	changed       time.Time
	degreeYear    int
	paper         paper
	files         []*file
	letterWriters []*writer
}

// writer is someone who recommends a person.
type writer struct {
	name       name
	email      string
	university university
	letters    int // versions written so far
	document   *document
	arrived    time.Time
}

type application struct {
	appid           ejm.ID
	person          *person
	posting         *posting
	sent            time.Time
	files           []*file
	recommendations []*recommendation
	answers         []answer
}

// file is an entry of an application's files. A link has no document.
type file struct {
	id       ejm.ID
	aid      ejm.ID
	sort     sort
	path     string
	created  time.Time
	document *document
}

// recommendation is a letter asked for. Until it arrives it has no document.
type recommendation struct {
	recid    ejm.ID
	letterid ejm.ID
	writer   *writer
	created  time.Time
	arrived  time.Time
	document *document
}

// document is some bytes, and what is said of them.
type document struct {
	kind     ejm.Kind
	blobid   ejm.ID
	number   ejm.ID // the file_id or letterid under which it was sent first
	aid      ejm.ID
	typeID   ejm.ID
	fileName string
	fileType string
	size     int64
	sha1     string
	print    printer
}

// newWorld makes the first day.
func newWorld(o Options) *world {
	w := &world{
		options: o, now: o.Taken, rng: rand.New(rand.NewPCG(o.Seed, 0x5ea5011)), plates: newPlates(o.Seed),
		next: ids{aid: 38801, appid: 620301, file: 828201, letter: 90201, rec: 41001, blob: 77101, response: 550001},
	}
	w.advertise()
	w.meet()
	w.interview()
	return w
}

// meet brings in people, each of whom applies to one posting or several, until there are enough applications.
func (w *world) meet() {
	for len(w.applications) < w.options.Applications {
		p := w.newPerson(len(w.people))
		w.people = append(w.people, p)
		first := w.rng.IntN(len(w.postings))
		w.apply(p, w.postings[first])
		if len(w.postings) > 1 && w.rng.IntN(5) == 0 && len(w.applications) < w.options.Applications {
			w.apply(p, w.postings[(first+1)%len(w.postings)])
		}
	}
}

func (w *world) newPerson(n int) *person {
	p := &person{
		aid: take(&w.next.aid), name: nameOf(n, w.rng), university: pick(w.rng, universities),
		gender: pick(w.rng, []string{"female", "male", "nonbinary", ""}), degreeYear: 2026 + w.rng.IntN(2),
		phone: fmt.Sprintf("+%d 555 01%02d", 1+w.rng.IntN(90), w.rng.IntN(100)),
	}
	p.email = address(p.name, fmt.Sprint(p.aid), p.university)
	p.enrolled = w.daysAgo(60 + w.rng.IntN(90))
	p.changed = w.daysAgo(1 + w.rng.IntN(40))
	p.paper = paperOf(n)
	p.field = p.paper.field
	for range w.rng.IntN(3) {
		p.others = append(p.others, w.rng.IntN(len(fields)))
	}
	letters := 3
	if !w.options.Full {
		letters += w.rng.IntN(5) / 4
	}
	for range letters {
		p.letterWriters = append(p.letterWriters, w.newWriter(p))
	}
	w.furnish(p, n)
	return p
}

func (w *world) newWriter(p *person) *writer {
	u := p.university
	if w.rng.IntN(3) == 0 {
		u = pick(w.rng, universities)
	}
	who := writerName(w.rng)
	return &writer{name: who, university: u, email: address(who, "", u)}
}

// address makes up an address of the web's reserved names (RFC 2606), which reach nobody.
func address(n name, number string, u university) string {
	local := strings.Trim(plainLetters(n.first)+"."+plainLetters(n.last), ".")
	if local == "" {
		local = "applicant." + number
	}
	return local + "@" + u.domain
}

// plainLetters is text in lower-case ASCII letters, marks left off.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, norm.NFD.String(text))
}

// apply sends a person's application to a posting.
func (w *world) apply(p *person, to *posting) {
	a := &application{appid: take(&w.next.appid), person: p, posting: to, sent: w.daysAgo(2 + w.rng.IntN(45)), files: p.files}
	for i, writer := range p.letterWriters {
		r := &recommendation{recid: take(&w.next.rec), letterid: take(&w.next.letter), writer: writer, created: a.sent}
		a.recommendations = append(a.recommendations, r)
		if i == len(p.letterWriters)-1 && w.rng.IntN(4) == 0 && !w.options.Full {
			continue // still to come
		}
		w.arrive(a, r, w.daysAgo(w.rng.IntN(12)))
	}
	for _, q := range to.questions {
		a.answers = append(a.answers, w.answer(q)...)
	}
	w.applications = append(w.applications, a)
}

// arrive brings a letter. Whoever wrote one for another application of the same person sends that.
func (w *world) arrive(a *application, r *recommendation, when time.Time) {
	if r.writer.document == nil {
		r.writer.letters++
		r.writer.arrived = when
		r.writer.document = &document{
			kind: ejm.KindLetter, blobid: take(&w.next.blob), number: r.letterid,
			fileName: "letter.pdf", fileType: "application/pdf", print: letter{a.person, r.writer, a.posting, when, r.writer.letters},
		}
	}
	r.document, r.arrived = r.writer.document, r.writer.arrived
}

func (w *world) daysAgo(n int) time.Time {
	return w.now.Add(-time.Duration(n)*24*time.Hour - time.Duration(w.rng.IntN(36000))*time.Second)
}

func take(id *ejm.ID) ejm.ID {
	*id++
	return *id - 1
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
