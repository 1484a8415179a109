package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

func main() {
	n := flag.Int("n", 1000, "how many runs")
	short := flag.Bool("short", false, "200 runs")
	seed := flag.Int64("seed", 1, "of the first run; each run has the next")
	verbose := flag.Bool("v", false, "a line for each run")
	flag.Parse()
	if *short {
		*n = 200
	}
	violations, err := program(os.Stdout, *seed, *n, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rot:", err)
		os.Exit(1)
	}
	if violations > 0 {
		os.Exit(1)
	}
}

// program carries out n runs from a seed on, and counts the violations.
func program(w io.Writer, seed int64, n int, verbose bool) (violations int, err error) {
	fmt.Fprintf(w, "rot: seed %d\n", seed)
	began := time.Now()
	b, err := newBench()
	if err != nil {
		return 0, err
	}
	defer func() { err = b.close(err) }()
	outcomes := map[string]int{}
	for i := range n {
		s := seed + int64(i)
		r, err := b.run(s)
		if err != nil {
			return violations, fmt.Errorf("seed %d: %s: %w", s, r, err)
		}
		outcomes[r.file.kind+" "+r.outcome]++
		if verbose {
			fmt.Fprintf(w, "%d: %s\n", s, r)
		}
		if r.violation == "" {
			continue
		}
		violations++
		fmt.Fprintf(w, "VIOLATION: %s: %s\n  replay: go run ./integration/rot -n 1 -v -seed %d\n", r, r.violation, s)
		if err := b.again(); err != nil {
			return violations, err
		}
	}
	var names []string
	for name := range outcomes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(w, "  %-24s %d\n", name, outcomes[name])
	}
	fmt.Fprintf(w, "rot: %d runs, %d violations (%s)\n", n, violations, time.Since(began).Round(time.Second))
	return violations, nil
}
