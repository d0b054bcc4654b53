package main

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// row is one line of the table: some work, what it is measured against, and what should come out.
type row struct {
	name    string
	work    string
	against string // "" for a limit
	goal    goal
	measure func(*lab) (outcome, error)
}

// goal is a limit of a figure.
type goal struct {
	limit   float64
	atLeast bool
	unit    string // "×", "MB", "s", "ms"
}

func (g goal) String() string {
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s", sign, in(g.unit, g.limit))
}

func (g goal) met(figure float64) bool {
	if g.atLeast {
		return figure >= g.limit
	}
	return figure <= g.limit
}

// in is a figure with its unit.
func in(unit string, figure float64) string {
	switch {
	case unit == "×" && figure < 10:
		return fmt.Sprintf("%.2f %s", figure, unit)
	case unit == "×", unit == "s" && figure >= 10:
		return fmt.Sprintf("%.1f %s", figure, unit)
	case unit == "s":
		return fmt.Sprintf("%.2f %s", figure, unit)
	}
	return fmt.Sprintf("%.0f %s", figure, unit)
}

// outcome is what was measured: a figure a round, in the goal's unit.
type outcome struct {
	figures []float64
	detail  string // how it came about: "0.61 s against 0.74 s"
	fault   string // what was not as it must be, whatever the figures
}

// errMissing says that a contender's program is not installed.
var errMissing = errors.New("not measured")

// measured is a row that was tried.
type measured struct {
	row
	outcome
	err error
}

func (m measured) median() float64 {
	sorted := slices.Sorted(slices.Values(m.figures))
	return sorted[len(sorted)/2]
}

// figure is the median with the least and the most.
func (m measured) figure() string {
	text := in(m.goal.unit, m.median())
	if len(m.figures) > 1 {
		number := func(figure float64) string { return strings.TrimSuffix(in(m.goal.unit, figure), " "+m.goal.unit) }
		text += fmt.Sprintf(" (%s–%s)", number(slices.Min(m.figures)), number(slices.Max(m.figures)))
	}
	return text
}

// verdict says whether the goal was met.
func (m measured) verdict() string {
	switch {
	case errors.Is(m.err, errMissing):
		return "not measured"
	case m.err != nil:
		return "failed"
	case m.fault != "" || !m.goal.met(m.median()):
		return "**no**"
	}
	return "yes"
}

// table is the rows as a Markdown table.
func table(all []measured) string {
	var b strings.Builder
	b.WriteString("| work | measured against | goal | measured | met | |\n|---|---|---|---|---|---|\n")
	for _, m := range all {
		var figure, detail string
		if m.err != nil {
			detail = strings.ReplaceAll(m.err.Error(), "\n", "; ")
		} else {
			figure, detail = m.figure(), m.detail
		}
		if m.fault != "" {
			detail = strings.TrimPrefix(detail+"; "+m.fault, "; ")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", m.work, m.against, m.goal, figure, m.verdict(), detail)
	}
	return b.String()
}

// names are those of all rows.
func names() []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.name)
	}
	return all
}

// race has contenders take turns. It gives the seconds of each, round by round.
func (l *lab) race(contenders ...func() (float64, error)) ([][]float64, error) {
	took := make([][]float64, len(contenders))
	for range l.rounds {
		for i, run := range contenders {
			if err := l.calm(); err != nil {
				return nil, err
			}
			seconds, err := run()
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], seconds)
		}
	}
	return took, nil
}

// calm has the system write what it still keeps in memory: what one contender left to be written must not slow the next.
func (l *lab) calm() error {
	err := exec.CommandContext(l.ctx, "sync").Run()
	if errors.Is(err, exec.ErrNotFound) { // as on Windows, where no program does it
		return nil
	}
	return err
}

// against is the outcome of a race of ours against another: how many times as long ours takes.
func against(ours, other []float64) outcome {
	o := outcome{detail: fmt.Sprintf("%s against %s", in("s", middle(ours)), in("s", middle(other)))}
	for i := range ours {
		o.figures = append(o.figures, ours[i]/other[i])
	}
	return o
}

// faster turns "times as long" into "times as fast".
func (o outcome) faster() outcome {
	for i := range o.figures {
		o.figures[i] = 1 / o.figures[i]
	}
	return o
}

func middle(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[len(sorted)/2]
}
