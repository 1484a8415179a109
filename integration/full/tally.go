package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// tally is what has come of the fills so far.
type tally struct {
	plan  plan
	dir   string
	begun time.Time

	mu               sync.Mutex
	next             int // fill
	runs, violations int
	written, refused int
	slowest          time.Duration
	err              error // no disk could be made
}

// run fills one disk after the other, some side by side.
func (t *tally) run() {
	t.next = t.plan.first - t.plan.first%fillsOfDisk
	var all sync.WaitGroup
	for range max(1, t.plan.disks) {
		all.Go(func() {
			for {
				first, count := t.take()
				if count == 0 {
					return
				}
				t.disk(first, count)
			}
		})
	}
	all.Wait()
}

// take is which fills the next disk is for.
func (t *tally) take() (first, count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first = t.next
	count = min(fillsOfDisk, t.plan.first+t.plan.n-first)
	if count <= 0 || t.err != nil {
		return first, 0
	}
	t.next += count
	return first, count
}

// disk fills one disk so many times. What goes wrong ends it, and nothing else.
func (t *tally) disk(first, count int) {
	number := first / fillsOfDisk
	one := &trial{
		bin: t.plan.bin, dir: filepath.Join(t.dir, strconv.Itoa(number)),
		random: rand.New(rand.NewPCG(t.plan.seed, uint64(number))), told: t.progress, within: t.plan.within,
	}
	err := one.run(first, count)
	if errors.Is(err, errNoMount) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.err = err
		return
	}
	if err != nil {
		one.finding("%v", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range one.found {
		fmt.Fprintln(t.plan.out, "full: violation:", v)
	}
	if len(one.found) > 0 {
		t.violations += len(one.found)
		fmt.Fprintf(t.plan.out, "full: run it again: go run ./integration/full -seed %d -first %d -n %d\n", t.plan.seed, first, count)
	}
}

// progress tells of a fill that is over.
func (t *tally) progress(number int, f fill) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs++
	t.written += f.written
	t.refused += f.refused
	t.slowest = max(t.slowest, f.resumed)
	fmt.Fprintf(t.plan.out, "full: run %d: %d acknowledged, %d refused, resumed after %v, %v%s; %d done in %v\n", number, f.written, f.refused,
		f.resumed.Round(time.Millisecond), f.took.Round(time.Millisecond), f.note, t.runs, time.Since(t.begun).Round(time.Second))
}
