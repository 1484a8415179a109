package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

func main() {
	short := flag.Bool("short", false, "20 times")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of what is random")
	n := flag.Int("n", 100, "how often the disk is filled")
	bin := flag.String("crdtd", "", "the `FILE` to run; it is built otherwise")
	flag.Parse()
	if *short {
		*n = 20
	}
	fmt.Printf("seed %d\n", *seed)
	violations, err := run(*bin, *seed, *n)
	if errors.Is(err, errNoMount) {
		fmt.Println("full: skipped:", err)
		return
	}
	if err != nil {
		fmt.Println("full:", err)
		violations++
	}
	fmt.Printf("full: %d runs, %d violations\n", *n, violations)
	if violations > 0 {
		fmt.Printf("again: go run ./integration/full -seed %d -n %d\n", *seed, *n)
		os.Exit(1)
	}
}

// run fills the disk n times; disks are new after every 20.
func run(bin string, seed uint64, n int) (violations int, err error) {
	dir, err := os.MkdirTemp("", "crdtstore-full-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if bin == "" {
		if bin, err = process.Build(dir); err != nil {
			return 0, err
		}
	}
	for done, part := 0, 0; done < n; part++ {
		count := min(20, n-done)
		t := &trial{bin: bin, dir: fmt.Sprintf("%s/%d", dir, part), random: rand.New(rand.NewPCG(seed, uint64(part)))}
		if err := t.run(done, count); err != nil {
			return violations + t.violations, err
		}
		violations += t.violations
		done += count
	}
	return violations, nil
}
