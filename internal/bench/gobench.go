package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// goBench builds a package's tests and gives a function that runs one of its benchmarks once and reads its figures by
// their units: "ns/op", "allocs/op", …
func (l *lab) goBench(pkg string) (func(name, benchtime string) (map[string]float64, error), error) {
	binary := filepath.Join(l.dir, "run", strings.ReplaceAll(pkg, "/", "-")+".test")
	if err := os.MkdirAll(filepath.Dir(binary), 0o700); err != nil {
		return nil, err
	}
	if _, err := l.run(exec.CommandContext(l.ctx, "go", "test", "-c", "-o", binary, "./"+pkg)); err != nil {
		return nil, err
	}
	return func(name, benchtime string) (map[string]float64, error) {
		command := exec.CommandContext(l.ctx, binary,
			"-test.run", "^$", "-test.bench", "^"+name+"$", "-test.benchtime", benchtime, "-test.benchmem")
		command.Dir = pkg
		u, err := l.run(command)
		if err != nil {
			return nil, err
		}
		return figures(string(u.stdout))
	}, nil
}

// figures reads the line of a benchmark.
func figures(output string) (map[string]float64, error) {
	all := map[string]float64{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("no benchmark's line: %q", line)
			}
			all[fields[i+1]] = value
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: the benchmark gave no figures:\n%.500s", errMissing, output)
	}
	return all, nil
}

// decode has the client's decoder race against the two hashes.
func decode(l *lab) (outcome, error) {
	run, err := l.goBench("ejm")
	if err != nil {
		return outcome{}, err
	}
	benchtime := less(l, "1s", "100ms")
	var allocations float64
	speed := func(name string) func() (float64, error) {
		return func() (float64, error) {
			f, err := run(name, benchtime)
			allocations = max(allocations, f["allocs/op"])
			return f["ns/op"], err
		}
	}
	took, err := l.race(speed("BenchmarkDecodeAndHash"), speed("BenchmarkHashes"))
	if err != nil {
		return outcome{}, err
	}
	o := against(took[0], took[1]).faster()
	const megabytes = 8 << 20 / 1e6 // of a benchmark's document
	o.detail = fmt.Sprintf("%.0f MB/s against %.0f MB/s; %.0f allocations for 8 MB", megabytes/middle(took[0])*1e9, megabytes/middle(took[1])*1e9, allocations)
	return o, nil
}

// packetRace is the race of package packet: how long the others take, as a multiple of what our packets take.
func (l *lab) packetRace() (map[string]float64, error) {
	run, err := l.goBench("packet")
	if err != nil {
		return nil, err
	}
	kind := "made-up"
	if os.Getenv("EJMX_PDFS") != "" {
		kind = "real"
	}
	if l.packets == nil {
		l.packets, err = run("BenchmarkPackets/"+kind, fmt.Sprintf("%dx", less(l, 10, 2)))
	}
	return l.packets, err
}

func packetsAgainst(tool string) func(*lab) (outcome, error) {
	return func(l *lab) (outcome, error) {
		if _, err := exec.LookPath(tool); err != nil {
			return outcome{}, fmt.Errorf("%w: %s is not installed", errMissing, tool)
		}
		f, err := l.packetRace()
		if err != nil {
			return outcome{}, err
		}
		return outcome{
			figures: []float64{1 / f[tool+"-max-x"], 1 / f[tool+"-median-x"], 1 / f[tool+"-min-x"]},
			detail:  fmt.Sprintf("%.0f ms a packet against %.0f ms", f["ms/lines"], f["ms/lines"]*f[tool+"-median-x"]),
		}, nil
	}
}

func packetsByTwo(l *lab) (outcome, error) {
	f, err := l.packetRace()
	if err != nil {
		return outcome{}, err
	}
	one, two := f["many-median-x"], f["many-by-two-median-x"]
	return outcome{
		figures: []float64{one / two},
		detail: fmt.Sprintf("two processors of this machine, with a qpdf on each, do %.2f × the work of one",
			2*f["qpdf-median-x"]/f["two-qpdfs-median-x"]),
	}, nil
}
