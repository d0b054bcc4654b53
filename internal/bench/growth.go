package main

import (
	"errors"
	"fmt"
	"strings"
)

// grown is what a first export of a season of some size cost.
type grown struct {
	Applications int
	Seconds      float64
	Memory       float64 // MB
	Again        float64 // seconds of another export, nothing new
}

// growth exports seasons of growing size. The time should grow with them, the memory should not.
func growth(l *lab) (o outcome, err error) {
	l.growth = nil
	for _, applications := range less(l, []int{100, 400, 1600, 6400}, []int{10, 20, 40}) {
		e, err := l.exportOf(applications, 10_000)
		if err != nil {
			return o, err
		}
		g := grown{Applications: applications, Seconds: e.first.seconds, Memory: e.first.all}
		err = errors.Join(g.repeat(l, e), e.stop(), l.forget(e.source), l.sweep())
		if err != nil {
			return o, err
		}
		l.growth = append(l.growth, g)
	}
	first, last := l.growth[0], l.growth[len(l.growth)-1]
	o.figures = []float64{last.Memory / first.Memory}
	o.detail = fmt.Sprintf("%.0f MB against %.0f MB; %s against %s an application", last.Memory, first.Memory,
		perApplication(last), perApplication(first))
	return o, nil
}

// repeat exports a season again as often as there are rounds, each time after the disk has what was left to be written.
func (g *grown) repeat(l *lab, e *exported) error {
	took, err := l.race(func() (float64, error) {
		u, err := e.again(l)
		g.Memory = max(g.Memory, u.all)
		return u.seconds, err
	})
	if err == nil {
		g.Again = middle(took[0])
	}
	return err
}

func perApplication(g grown) string {
	return fmt.Sprintf("%.1f ms", 1000*g.Seconds/float64(g.Applications))
}

// growthTable is the growth as a Markdown table.
func growthTable(all []grown) string {
	var b strings.Builder
	b.WriteString("| applications | first export | an application | nothing new | memory at most |\n|---:|---:|---:|---:|---:|\n")
	for _, g := range all {
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %.0f MB |\n", g.Applications, in("s", g.Seconds), perApplication(g), in("s", g.Again), g.Memory)
	}
	return b.String()
}
