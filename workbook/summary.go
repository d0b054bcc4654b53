package workbook

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
)

// role is what a cell of the sheet Summary is for.
type role int

const (
	plain role = iota
	title
	subtitle
	heading
	label
	figure
	fact
)

func (r role) style() *excelize.Style {
	switch r {
	case title:
		return &excelize.Style{Font: &excelize.Font{Bold: true, Size: 20, Color: fillHeader}, Alignment: &excelize.Alignment{Vertical: "center"}}
	case subtitle:
		return &excelize.Style{Font: &excelize.Font{Size: 12, Color: inkQuiet}, Alignment: &excelize.Alignment{Vertical: "center"}}
	case heading:
		return &excelize.Style{
			Font:   &excelize.Font{Bold: true, Size: 12, Color: fillHeader},
			Border: []excelize.Border{{Type: "bottom", Color: fillHeader, Style: 2}},
		}
	case figure:
		return &excelize.Style{
			Font: &excelize.Font{Bold: true}, Fill: solid(fillCard), CustomNumFmt: new("#,##0"),
			Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"},
		}
	case fact:
		return &excelize.Style{Alignment: &excelize.Alignment{Horizontal: "left", Vertical: "center"}, CustomNumFmt: new("yyyy-mm-dd hh:mm")}
	default:
		return &excelize.Style{Font: &excelize.Font{Color: inkQuiet}, Alignment: &excelize.Alignment{Vertical: "center"}}
	}
}

const (
	summaryName = "Summary"
	lineHeight  = 18 // points
	titleHeight = 30
)

// line is one row of the sheet Summary: a label and what stands beside it.
type line struct {
	label string
	value cell
	style role // of the value; for title, subtitle and heading the label's
}

// fills reports whether ejmx writes something into a column, counted from 0.
func (l *line) fills(column int) bool {
	return column == 0 && l.label != "" || column == 1 && l.value.kind != kindEmpty
}

// summaryColumns is how many columns of the sheet ejmx fills.
const summaryColumns = 2

// overview is what the sheet Summary shows.
type overview struct {
	lines  []line
	charts []chart
}

func summarize(p *dossier.Posting, o Options) *overview {
	v := &overview{lines: about(p, o)}
	figures := count(p)
	v.lines = append(v.lines, line{style: plain}, line{label: "In figures", style: heading})
	v.lines = append(v.lines, figures.lines(showsLetters(p))...)
	for _, t := range tallies(p, &figures) {
		v.lines = append(v.lines, line{style: plain}, line{label: t.title, style: heading})
		v.charts = append(v.charts, chart{tally: t, from: len(v.lines) + 1, to: len(v.lines) + len(t.entries)})
		v.lines = append(v.lines, t.lines()...)
	}
	return v
}

// summary writes the first sheet: what this is, how complete it is, charts, and what people typed there.
func (b *book) summary(v *overview, typed map[spot]*typedCell) error {
	if err := b.addSheet(summaryName); err != nil {
		return err
	}
	cells, err := b.people(summaryName, typed, 0, func(spot) *column { return nil })
	if err != nil {
		return err
	}
	last := spot{len(v.lines) - 1, summaryColumns - 1}
	for at := range cells {
		last = spot{max(last.row, at.row), max(last.column, at.column)}
	}
	for y, l := range v.lines {
		if err := b.summaryLine(y, l, cells); err != nil {
			return err
		}
	}
	part, _ := sheetPart(b.sheets)
	b.additions.add(part, "</sheetData>", func(out *bufio.Writer) { writeSummary(newRowWriter(out, last.column+1), cells, last) })
	height, custom := float64(lineHeight), true // by which excelize tells where a chart ends
	if err := b.file.SetSheetProps(summaryName, &excelize.SheetPropsOptions{DefaultRowHeight: &height, CustomHeight: &custom}); err != nil {
		return err
	}
	if err := b.charts(v.charts); err != nil {
		return err
	}
	return b.summaryPage()
}

func writeSummary(w *rowWriter, cells map[spot]*written, last spot) {
	for y := range last.row + 1 {
		height := float64(lineHeight)
		if y == 0 {
			height = titleHeight
		}
		w.beginHigh(y+1, height)
		for x := range last.column + 1 {
			if c := cells[spot{y, x}]; c != nil {
				w.cell(x, c)
			}
		}
		w.end()
	}
}

// summaryLine puts a line's cells among those of the sheet.
func (b *book) summaryLine(y int, l line, cells map[spot]*written) error {
	beside := l.style
	head := label
	if l.value.kind == kindEmpty {
		head = l.style
	}
	ours := text(l.label)
	for x, c := range []struct {
		cell *cell
		role role
	}{{&ours, head}, {&l.value, beside}} {
		if c.cell.kind == kindEmpty && c.role != heading {
			continue
		}
		style, err := b.styles.get(look{role: c.role})
		if err != nil {
			return err
		}
		own := &written{style, c.cell.value()}
		if typed := cells[spot{y, x}]; typed != nil {
			own = typed.over(own)
		}
		cells[spot{y, x}] = own
	}
	return nil
}

// about says what the workbook shows.
func about(p *dossier.Posting, o Options) []line {
	institution := p.Institution
	if p.Department != "" && institution != "" {
		institution += " · "
	}
	lines := []line{
		{label: cellText(p.Title), style: title},
		{label: cellText(institution + p.Department), style: subtitle},
		{style: plain},
		{"Posting", text(p.PosID.String()), fact},
		{"Deadline", date(p.Deadline), fact},
		{"Advertised at", text(p.URL), fact},
		{"Records as of (UTC)", moments(p.Snapshot.Taken), fact},
		{"Previous export (UTC)", snapshotTime(o.Since), fact},
		{"From", text(p.API), fact},
		{"Made by", text(p.Tool), fact},
	}
	if p.Edition != nil {
		lines = append(lines, line{"Edition", text(p.Edition.Title), fact})
	}
	return slices.DeleteFunc(lines, func(l line) bool { return l.style == fact && l.value.kind == kindEmpty })
}

// snapshotTime is when a snapshot was taken, by its name.
func snapshotTime(id string) cell {
	t, err := time.Parse("20060102T150405Z", id)
	if err != nil {
		return text(id)
	}
	return moments(t)
}

func moments(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return date(t.UTC().Format(time.DateTime))
}

// figures are the counts of a posting.
type figures struct {
	applications, complete           int
	files, lettersIn, lettersMissing int
	links, problems, placeholders    int
	packets, pages                   int
	bytes                            int64
}

func count(p *dossier.Posting) figures {
	f := figures{applications: len(p.Dossiers)}
	for _, d := range p.Dossiers {
		in, requested := d.Letters()
		f.lettersIn += in
		f.lettersMissing += requested - in
		if in == requested {
			f.complete++
		}
		f.files += filesHeld(d)
		f.pages += d.Packet.Pages
		if d.Packet.Path != "" {
			f.packets++
		}
	}
	for _, doc := range allDocuments(p) {
		if doc.State.HasBytes() {
			f.bytes += doc.Bytes
		}
		if doc.State == dossier.Link {
			f.links++
		}
		if _, _, found := problemOf(doc); found {
			f.problems++
		}
		if doc.Placed.Merged == dossier.MergedPlaceholder {
			f.placeholders++
		}
	}
	return f
}

func (f *figures) lines(letters bool) []line {
	lines := []line{{"Applications", number(f.applications), figure}}
	if letters {
		lines = append(lines,
			line{"with every letter in", number(f.complete), figure},
			line{"Letters in", number(f.lettersIn), figure},
			line{"Letters outstanding", number(f.lettersMissing), figure},
		)
	}
	return append(lines,
		line{"Applicants' documents", number(f.files), figure},
		line{"Links to things kept elsewhere", number(f.links), figure},
		line{"Megabytes of documents", number((f.bytes + 500_000) / 1_000_000), figure},
		line{"Packets", number(f.packets), figure},
		line{"Pages in packets", number(f.pages), figure},
		line{"Documents not merged", number(f.placeholders), figure},
		line{"Problems", number(f.problems), figure},
	)
}

// tally is a count by kind, shown as a table and a chart.
type tally struct {
	title   string
	round   bool // a doughnut rather than bars
	entries []entry
}

type entry struct {
	name string
	n    int
}

func (t tally) lines() []line {
	lines := make([]line, len(t.entries))
	for i, e := range t.entries {
		lines[i] = line{e.name, number(e.n), figure}
	}
	return lines
}

// tallies are the counts worth a chart; those with nothing to count are left out.
func tallies(p *dossier.Posting, f *figures) []tally {
	var all []tally
	if showsLetters(p) && f.lettersIn+f.lettersMissing > 0 {
		all = append(all, tally{"Letters", true, []entry{{"In", f.lettersIn}, {"Outstanding", f.lettersMissing}}})
	}
	for _, by := range []struct{ title, key string }{
		{"Applications by institution", "degreeinst"}, {"Applications by field", "primary_field"},
	} {
		if entries := tallyFacts(p, by.key); len(entries) > 0 {
			all = append(all, tally{title: by.title, entries: entries})
		}
	}
	return all
}

// maxBars is how many kinds a chart names; the rest are counted together.
const maxBars = 15

func tallyFacts(p *dossier.Posting, key string) []entry {
	counts := map[string]int{}
	names := map[string]string{}
	for _, d := range p.Dossiers {
		if value := d.Fact(key); value != "" {
			folded := fold(value)
			if _, known := names[folded]; !known {
				names[folded] = cutUnits(cellText(value), 60)
			}
			counts[folded]++
		}
	}
	entries := make([]entry, 0, len(counts))
	for folded, n := range counts {
		entries = append(entries, entry{names[folded], n})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name)) })
	if len(entries) > maxBars {
		rest := 0
		for _, e := range entries[maxBars:] {
			rest += e.n
		}
		entries = append(entries[:maxBars:maxBars], entry{fmt.Sprintf("%d others", len(entries)-maxBars), rest})
	}
	return entries
}
