package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	p := plan{}
	flag.IntVar(&p.n, "n", 1000, "how many runs")
	short := flag.Bool("short", false, "200 runs")
	flag.Int64Var(&p.first, "first", 0, "number of the run to begin with, which is added to the seed")
	flag.Int64Var(&p.seed, "seed", 1, "of the first run; each run has the next")
	flag.BoolVar(&p.verbose, "v", false, "a line for each run")
	flag.IntVar(&p.jobs, "jobs", jobsAtOnce, "how many runs at once")
	flag.StringVar(&p.log, "log", "", "`FILE` in which runs are noted when they are done; those that are in it are not repeated")
	flag.DurationVar(&p.limit, "for", 0, "begin no run after so long: with -log the next call goes on; 0 is no limit")
	flag.StringVar(&p.only.kind, "kind", "", "damage files of this kind alone, as the totals name it: mem, sst, json ...")
	flag.StringVar(&p.only.image, "image", "", "damage this one alone: stopped, or killed")
	flag.StringVar(&p.only.key, "key", "", "damage the entries alone, of a log, whose keys begin with this")
	flag.Parse()
	if *short {
		p.n = 200
	}
	violations, err := p.run(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rot:", err)
		os.Exit(1)
	}
	if violations > 0 {
		os.Exit(1)
	}
}

// jobsAtOnce is how many runs go on side by side: a run waits more than it computes.
const jobsAtOnce = 8

// plan is what is to be done.
type plan struct {
	seed    int64
	first   int64
	n, jobs int
	verbose bool
	log     string
	limit   time.Duration
	only    narrow
}
