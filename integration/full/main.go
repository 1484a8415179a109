package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

func main() {
	p := plan{out: os.Stdout}
	short := flag.Bool("short", false, "20 times")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "of what is random")
	flag.IntVar(&p.n, "n", 100, "how often the disk is filled")
	flag.IntVar(&p.first, "first", 0, fmt.Sprintf("number of the fill to begin with, a multiple of %d", fillsOfDisk))
	flag.IntVar(&p.disks, "disks", disksAtOnce, "how many disks are filled side by side")
	flag.DurationVar(&p.within, "within", time.Minute, "writes have to be taken again so soon after there is room; 0: whenever")
	flag.StringVar(&p.bin, "crdtd", "", "the `FILE` to run; it is built otherwise")
	flag.Parse()
	if *short {
		p.n = 20
	}
	violations, err := p.run()
	if errors.Is(err, errNoMount) {
		fmt.Println("full: skipped:", err)
		return
	}
	if err != nil {
		fmt.Println("full:", err)
	}
	if err != nil || violations > 0 {
		os.Exit(1)
	}
}

const (
	// fillsOfDisk is how often a disk is filled before it, and both peers, are new.
	fillsOfDisk = 5
	// disksAtOnce is how many disks are filled side by side: most of the time of a fill is waiting.
	disksAtOnce = 3
)

// plan is what is to be done.
type plan struct {
	out      io.Writer
	bin      string // crdtd; "" is to be built
	seed     uint64
	first, n int // fills
	disks    int
	// within is after how long writes have to be taken again; 0 is any time, for a machine that does other things too.
	within time.Duration
}

// run fills disks n times in all, and counts the violations. It goes on after one, on the next disk.
func (p plan) run() (violations int, err error) {
	dir, err := os.MkdirTemp("", "crdtstore-full-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if p.bin == "" {
		if p.bin, err = process.Build(dir); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(p.out, "full: seed %d\n", p.seed)
	t := &tally{plan: p, dir: dir, begun: time.Now()}
	t.run()
	fmt.Fprintf(p.out, "full: %d runs, %d violations; %d acknowledged, %d refused, slowest resume %v; %v\n", t.runs, t.violations,
		t.written, t.refused, t.slowest.Round(time.Millisecond), time.Since(t.begun).Round(time.Second))
	return t.violations, t.err
}
