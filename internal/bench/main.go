// Command bench measures ejmx against other people's programs that do the same work, and against itself as seasons grow.
//
//	make bench                      everything, and docs/performance.md is written anew
//	make bench ROWS=fetch,decode    some rows, printed alone
//	make bench QUICK=1              small seasons and fewer rounds, to see that all of it works
//
// The contenders of a row take turns on the same season, so that what else the machine does slows all of them. What counts
// is the ratio of a round; given are its median, least and most. A row whose other program is not installed is left out with
// a word.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	binary string
	rows   string
	rounds int
	quick  bool
	docs   string
	dir    string
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) (err error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.binary, "bin", "bin/ejmx", "the program to measure")
	flags.StringVar(&o.rows, "rows", "", "measure these alone, by their names' beginnings: "+strings.Join(names(), ", "))
	flags.IntVar(&o.rounds, "rounds", 5, "how often each contender has its turn")
	flags.BoolVar(&o.quick, "quick", false, "small seasons, two rounds; the documentation stays as it is")
	flags.StringVar(&o.docs, "docs", "docs", "folder for performance.md and its chart, written when all rows were measured")
	flags.StringVar(&o.dir, "dir", "", "folder to work in, which needs 40 GB (default: the system's for temporary files)")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	chosen, err := choose(o.rows)
	if err != nil {
		return err
	}
	lab, err := newLab(ctx, &o, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.close()) }()
	began, before := time.Now(), processors()
	var done []measured
	for _, r := range chosen {
		done = append(done, measure(lab, r))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	fmt.Fprint(stdout, table(done))
	if o.quick || len(chosen) < len(rows) {
		return nil
	}
	report := report{
		Rows: done, Growth: lab.growth, Machine: thisMachine(), Took: time.Since(began), Rounds: lab.rounds,
		Stolen: processors().stolenSince(before),
	}
	return report.write(o.docs)
}

// choose gives the rows that a list of beginnings of names asks for.
func choose(list string) ([]row, error) {
	if list == "" {
		return rows, nil
	}
	var chosen []row
	for want := range strings.SplitSeq(list, ",") {
		found := slices.ContainsFunc(rows, func(r row) bool { return strings.HasPrefix(r.name, want) })
		if !found {
			return nil, fmt.Errorf("no row is called %q; there are %s", want, strings.Join(names(), ", "))
		}
	}
	for _, r := range rows {
		if slices.ContainsFunc(strings.Split(list, ","), func(want string) bool { return strings.HasPrefix(r.name, want) }) {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// measure does one row and says how it went.
func measure(l *lab, r row) measured {
	fmt.Fprintf(l.stderr, "%s: %s\n", r.name, r.work)
	m, before := measured{row: r}, processors()
	m.outcome, m.err = r.measure(l)
	if m.err == nil {
		fmt.Fprintf(l.stderr, "  %s; goal %s", m.figure(), r.goal)
		if stolen := processors().stolenSince(before); stolen >= 1 {
			fmt.Fprintf(l.stderr, "; %.0f %% of the processors' time went to other machines", stolen)
		}
		fmt.Fprintln(l.stderr)
	} else {
		fmt.Fprintf(l.stderr, "  %v\n", m.err)
	}
	if err := l.sweep(); err != nil {
		m.err = errors.Join(m.err, err)
	}
	return m
}

// absolute is a path that holds from every folder.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}
