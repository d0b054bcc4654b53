package exporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/packet"
)

// Booklets says which booklets an export makes of its packets. The zero Booklets makes none.
type Booklets struct {
	All        bool   // booklet.pdf, of all candidates
	Shuffle    uint64 // a reader's number, for an order of their own; 0 is the order of names
	Conference ejm.ID // booklets/DAY CONFERENCE.pdf, one a day of interviews, in the order of the schedule; 0 is none
}

// UnknownConferenceError says that nobody of a posting is interviewed at a conference.
type UnknownConferenceError struct {
	Conference ejm.ID
	Known      map[ejm.ID]string // those there are, with their names
}

func (e *UnknownConferenceError) Error() string {
	return fmt.Sprintf("there are no interviews at conference %s", e.Conference)
}

// Hint names the conferences there are.
func (e *UnknownConferenceError) Hint() string {
	if len(e.Known) == 0 {
		return "EJM lists no interviews of these candidates"
	}
	lines := []string{"the conferences with interviews are:"}
	for _, id := range slices.Sorted(maps.Keys(e.Known)) {
		lines = append(lines, fmt.Sprintf("  %s  %s", id, e.Known[id]))
	}
	return strings.Join(lines, "\n")
}

// booklets makes the booklets that were asked for.
func (e *export) booklets(ctx context.Context) error {
	defer e.earlierBooklets()
	if e.Booklets.All {
		booklet := e.newBooklet("All candidates")
		for _, d := range ReadingOrder(e.posting.Dossiers, e.Booklets.Shuffle) {
			booklet.Entries = append(booklet.Entries, entry(d, join(" · ", d.Fact("degreeinst"), d.Fact("curpos"))))
		}
		if err := e.booklet(ctx, "booklet.pdf", booklet); err != nil {
			return err
		}
	}
	if e.Booklets.Conference != 0 {
		return e.schedules(ctx)
	}
	return nil
}

var errOtherEdition = errors.New("made before the edition was changed, and so removed; make it again with ejmx packets")

// earlierBooklets leaves booklets of earlier runs that were not asked for as they are: somebody may be reading them. Those
// from before the edition's file was changed go, because they may show what it names no more.
func (e *export) earlierBooklets() {
	for _, name := range slices.Sorted(maps.Keys(e.memory.Booklets)) {
		made := e.memory.Booklets[name]
		if _, again := e.bookletsMade[name]; again {
			continue
		}
		if made.Edition != e.Edition.Digest {
			e.Sink(ledger.Entry{Stage: ledger.Pack, Item: name, Whose: e.whose, Outcome: ledger.Note, Err: errOtherEdition})
			continue
		}
		if _, same := e.folder.Unchanged(name); same {
			e.bookletsMade[name] = made
		}
	}
}

func (e *export) newBooklet(title string) packet.Booklet {
	return packet.Booklet{Title: title, AsOf: e.posting.Snapshot.Taken, Files: e.folder.root.FS()}
}

func entry(d *dossier.Dossier, detail string) packet.BookletEntry {
	return packet.BookletEntry{
		Label: cmp.Or(d.Name.Full(), "Application "+d.AppID.String()), Detail: detail,
		Content: d.Packet.Path, SHA256: d.Packet.SHA256, Bytes: d.Packet.Bytes,
	}
}

func join(between string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), between)
}

// booklet brings one booklet up to date; one whose ingredients are those of the last run is not made again.
func (e *export) booklet(ctx context.Context, name string, booklet packet.Booklet) error {
	line := ledger.Entry{Stage: ledger.Pack, Item: name, Whose: e.whose, Outcome: ledger.Planned}
	e.Sink(line)
	made := packetMade{Key: e.Packets.BookletKey(e.posting, booklet), Path: name, Edition: e.Edition.Digest}
	past := e.memory.Booklets[name]
	w, same := e.folder.Unchanged(name)
	line.Outcome = ledger.Kept
	if !same || past.Key != made.Key {
		var err error
		w, err = e.folder.Write(name, func(out io.Writer) (err error) {
			made.Outline, err = e.Packets.Booklet(ctx, out, e.posting, booklet)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line.Outcome = ledger.Done
	}
	e.bookletsMade[name] = made
	line.Bytes = w.Size
	e.Sink(line)
	return nil
}

// schedules makes a booklet for each day of interviews at a conference.
func (e *export) schedules(ctx context.Context) error {
	people := map[ejm.ID]*dossier.Dossier{}
	for _, d := range e.posting.Dossiers {
		people[d.AppID] = d
	}
	unknown := &UnknownConferenceError{Conference: e.Booklets.Conference, Known: map[ejm.ID]string{}}
	days := map[string][]dossier.Interview{}
	for _, v := range e.posting.Interviews {
		if people[v.AppID] == nil {
			continue
		}
		unknown.Known[v.ConferenceID] = v.Conference
		if v.ConferenceID == e.Booklets.Conference {
			day, _, _ := strings.Cut(v.Start, " ")
			days[day] = append(days[day], v)
		}
	}
	if len(days) == 0 {
		return unknown
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		interviews := days[day]
		slices.SortStableFunc(interviews, func(a, b dossier.Interview) int {
			return cmp.Or(strings.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
		})
		title := join(", ", interviews[0].Conference, day)
		booklet := e.newBooklet(title)
		for _, v := range interviews {
			booklet.Entries = append(booklet.Entries, entry(people[v.AppID], join(" · ", hours(v), v.Group, v.Place)))
		}
		name := path.Join("booklets", dossier.SafeName(join(" ", day, interviews[0].Conference), ".pdf", 80))
		if err := e.booklet(ctx, name, booklet); err != nil {
			return err
		}
	}
	return nil
}

// hours are an interview's times of day: "09:00–09:30".
func hours(v dossier.Interview) string {
	clock := func(text string) string {
		_, time, _ := strings.Cut(text, " ")
		return time[:min(len(time), len("15:04"))]
	}
	return join("–", clock(v.Start), clock(v.End))
}

// ReadingOrder gives the order in which a reader of a number reads candidates; 0 is the order they come in. Who is read
// late is read with tired eyes, so readers should not all begin with the same candidates. All readers of a posting share
// one random order; each begins at another place of it, the places spread evenly by the golden ratio however many readers
// there are, and every second one goes backwards. So each candidate comes early for some and late for others.
func ReadingOrder(dossiers []*dossier.Dossier, reader uint64) []*dossier.Dossier {
	n := len(dossiers)
	if reader == 0 || n == 0 {
		return dossiers
	}
	shared := slices.SortedFunc(slices.Values(dossiers), func(a, b *dossier.Dossier) int { return cmp.Compare(a.AppID, b.AppID) })
	random := rand.New(rand.NewPCG(uint64(n), uint64(shared[0].AppID)))
	random.Shuffle(n, func(i, j int) { shared[i], shared[j] = shared[j], shared[i] })
	_, part := math.Modf(float64(reader%(1<<32)) / math.Phi)
	start := int(part * float64(n))
	order := slices.Concat(shared[start:], shared[:start])
	if reader%2 == 0 {
		slices.Reverse(order)
	}
	return order
}
