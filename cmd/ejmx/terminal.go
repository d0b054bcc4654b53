package main

// What goes where:
//   - results go to standard output, everything else to standard error;
//   - with --json standard output carries one JSON object and nothing else;
//   - on a terminal, standard error shows one bar for the stage at work; elsewhere a plain line every ten seconds;
//   - applicants' words are shown with control characters made visible, and never a secret.

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/schollz/progressbar/v3"

	"github.com/ejmx/ejmx/ledger"
)

// lineWriter lets several goroutines write to one place, each of their writes whole.
type lineWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// stageWords says what a stage is doing, for people.
var stageWords = map[ledger.Stage]string{
	ledger.List:      "Reading lists",
	ledger.Download:  "Fetching documents",
	ledger.Pack:      "Making packets",
	ledger.Originals: "Copying documents",
	ledger.Workbook:  "Writing the workbook",
	ledger.Site:      "Writing the site",
	ledger.Zip:       "Zipping",
	ledger.Verify:    "Verifying",
	ledger.Archive:   "Archiving",
	ledger.Prune:     "Disposing",
	ledger.Copy:      "Copying",
	ledger.Restore:   "Restoring",
}

// progress is a sink that shows how far a run is.
type progress struct {
	out        io.Writer
	isTerminal bool
	book       *ledger.Book
	log        ledger.Sink

	mu    sync.Mutex
	stage ledger.Stage
	base  ledger.Count // of the stage when it began: an earlier posting's
	bar   *progressbar.ProgressBar
	said  time.Time
	now   func() time.Time
}

// newProgress shows the progress of what goes into the book.
func newProgress(e *env, s *settings, book *ledger.Book) *progress {
	out := e.stderr
	if s.quiet {
		out = io.Discard
	}
	return &progress{out: out, isTerminal: e.isTerminal && !s.quiet, book: book, log: e.logEntry, now: e.now, said: e.now()}
}

// Add is the sink. The book must have the entry already. What is shown is logged as well.
func (p *progress) Add(entry ledger.Entry) {
	p.log(entry)
	p.mu.Lock()
	defer p.mu.Unlock()
	if entry.Outcome == ledger.Note || entry.Outcome.Problem() {
		p.clear()
		fmt.Fprintf(p.out, "ejmx: %s\n", visible(entry.String()))
	}
	if stageWords[entry.Stage] == "" {
		return
	}
	if p.isTerminal {
		p.draw(entry)
		return
	}
	if p.now().Sub(p.said) >= plainEvery {
		p.said = p.now()
		count := p.book.Count(entry.Stage)
		fmt.Fprintf(p.out, "%s: %d of %d, %s\n", stageWords[entry.Stage], count.Ended, count.Planned, size(count.Bytes))
	}
}

// draw brings the bar up to date; a new stage gets a bar of its own.
func (p *progress) draw(entry ledger.Entry) {
	count := p.book.Count(entry.Stage)
	if p.stage != entry.Stage {
		p.finish()
		p.stage, p.base = entry.Stage, before(count, entry)
	}
	count.Planned -= p.base.Planned
	count.Ended -= p.base.Ended
	count.Bytes -= p.base.Bytes
	if p.bar == nil {
		p.bar = progressbar.NewOptions(max(1, count.Planned),
			progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("items"),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetTheme(progressbar.ThemeASCII),
		)
	}
	p.bar.Describe(fmt.Sprintf("%-20s %9s", stageWords[p.stage], size(count.Bytes)))
	p.bar.ChangeMax(max(1, count.Planned))
	// A bar cannot say that it does not work; where it fails, the run goes on without.
	_ = p.bar.Set(min(count.Ended, max(1, count.Planned)))
}

// before is what a stage's figures were before the entry.
func before(count ledger.Count, entry ledger.Entry) ledger.Count {
	switch {
	case entry.Outcome == ledger.Planned:
		count.Planned--
	case entry.Outcome.Ends():
		count.Ended--
		count.Bytes -= entry.Bytes
	}
	return count
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
		fmt.Fprintln(p.out)
	}
	p.bar, p.stage = nil, ""
}

// Close ends the bar; what comes after begins another.
func (p *progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finish()
}

// size is a number of bytes for people, in decimal units.
func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1000*1000:
		return fmt.Sprintf("%d kB", bytes/1000)
	case bytes < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(bytes)/1e9)
}

// visible makes control and formatting characters in anybody's words visible, so that no name can move a terminal's
// cursor or turn a line around. Line ends stay.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u200c' || r == '\u200d' || unicode.IsGraphic(r) {
			return r
		}
		if r < 0x20 {
			return '\u2400' + r
		}
		return '\ufffd'
	}, text)
}

// plural is a number with its word: "1 letter", "3 letters".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
