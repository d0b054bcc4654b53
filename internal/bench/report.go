package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
	"time"
)

// report is what docs/performance.md tells.
type report struct {
	Rows    []measured
	Growth  []grown
	Machine machine
	Took    time.Duration
	Rounds  int
	Stolen  float64 // how much of the processors' time went to other machines, in per cent
}

// machine is what was measured on.
type machine struct {
	System, Processor string
	Cores             int
	Go                string
	LendsMemory       bool // see [lendsMemory]
}

//go:embed performance.md.tmpl
var page string

// write writes performance.md and its chart.
func (r report) write(docs string) error {
	t, err := template.New("performance.md").Funcs(template.FuncMap{
		"table": table, "growth": growthTable, "round": func(d time.Duration) time.Duration { return d.Round(time.Second) },
	}).Parse(page)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, r); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(docs, "performance.md"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "pictures", "growth.svg"), []byte(chart(r.Growth)), 0o644)
}

// Missed are the rows whose goal was not met.
func (r report) Missed() (names []string) {
	for _, m := range r.Rows {
		if m.verdict() != "yes" {
			names = append(names, m.name)
		}
	}
	return names
}

func thisMachine() machine {
	m := machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Processor: "unknown", Cores: runtime.NumCPU(), Go: runtime.Version(),
		LendsMemory: lendsMemory(os.DirFS("/sys")),
	}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				m.Processor = strings.TrimSpace(value)
			}
		}
	}
	return m
}

// The chart's measures, in its own units.
const (
	chartWidth, chartHeight = 640.0, 300.0
	chartLeft, chartBottom  = 60.0, 250.0
	chartRight, chartTop    = 580.0, 30.0
)

// chart draws time and memory over the number of applications: a line each, each with its own scale from 0.
func chart(all []grown) string {
	last := all[len(all)-1]
	most := grown{Applications: last.Applications}
	for _, g := range all {
		most.Seconds, most.Memory = max(most.Seconds, g.Seconds), max(most.Memory, g.Memory)
	}
	var times, memories, marks strings.Builder
	for _, g := range all {
		x := chartLeft + (chartRight-chartLeft)*float64(g.Applications)/float64(most.Applications)
		y := func(part float64) float64 { return chartBottom - (chartBottom-chartTop)*part }
		fmt.Fprintf(&times, "%.1f,%.1f ", x, y(g.Seconds/most.Seconds))
		fmt.Fprintf(&memories, "%.1f,%.1f ", x, y(g.Memory/most.Memory))
		fmt.Fprintf(&marks, `<circle class="t" cx="%.1f" cy="%.1f" r="4"/><circle class="m" cx="%.1f" cy="%.1f" r="4"/>`,
			x, y(g.Seconds/most.Seconds), x, y(g.Memory/most.Memory))
		if g.Applications*10 >= most.Applications || g == all[0] {
			fmt.Fprintf(&marks, `<text x="%.1f" y="%.1f" text-anchor="middle">%d</text>`, x, chartBottom+20, g.Applications)
		}
		marks.WriteByte('\n')
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]g" font-family="sans-serif" font-size="13">
<title>Time and memory of a first export by the number of applications</title>
<style>.t{fill:#0b5cad}.m{fill:#b45309}polyline{fill:none;stroke-width:2}text{fill:#333}</style>
<rect width="%[1]g" height="%[2]g" fill="#fff"/>
<path d="M%[3]g %[6]gV%[5]gH%[4]g" fill="none" stroke="#999"/>
<polyline points="%[7]s" stroke="#0b5cad"/>
<polyline points="%[8]s" stroke="#b45309"/>
%[9]s<text class="t" x="%[3]g" y="18">time, to %[10]s</text>
<text class="m" x="%[4]g" y="18" text-anchor="end">memory, to %.0[11]f MB</text>
<text x="%[12]g" y="290" text-anchor="middle">applications</text>
</svg>
`, chartWidth, chartHeight, chartLeft, chartRight, chartBottom, chartTop, strings.TrimSpace(times.String()),
		strings.TrimSpace(memories.String()), marks.String(), in("s", most.Seconds), most.Memory, (chartLeft+chartRight)/2)
}
