package main

import (
	"errors"
	"fmt"
	"time"
)

// skipped is the reason why rows are left out of a run; it is no failure.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

// skipped notes why rows are left out.
func (b *bench) skipped(what, why string) {
	s := skip{Case: b.now, What: what, Why: why}
	b.report.Skips = append(b.report.Skips, s)
	s.print(b.out)
}

// skip notes why rows are left out, and passes on every other error.
func (b *bench) skip(what string, err error) error {
	var s skipped
	if errors.As(err, &s) {
		b.skipped(what, s.why)
		return nil
	}
	return err
}

// first is the -docs below which a run is only a first look: nothing is done
// more often than it takes to see that it works.
const first = 10000

// scaled is how often something is done: n times, less often in a first look.
func (b *bench) scaled(n int) int {
	if b.docs < first {
		return max(1, n*b.docs/(10*first))
	}
	return n
}

// warm is how many turns do not count.
func (b *bench) warm() int {
	if b.docs < first {
		return 0
	}
	return 1
}

// timing does a thing once, or some times, and returns the nanoseconds of one.
type timing func() (float64, error)

// clocked times fn, the mean of several times.
func clocked(times int, fn func() error) timing {
	return func() (float64, error) {
		start := time.Now()
		for range times {
			if err := fn(); err != nil {
				return 0, err
			}
		}
		return float64(time.Since(start).Nanoseconds()) / float64(times), nil
	}
}

// per is the timing of one of n things that were timed as one.
func (t timing) per(n int) timing {
	return func() (float64, error) {
		ns, err := t()
		return ns / float64(n), err
	}
}

// versus lets both sides do the same in turns, after one turn that does not
// count, and adds the median of ours/theirs.
func (b *bench) versus(what, rival string, t target, theirs, ours timing) error {
	var ratios, them, us []float64
	for round := range b.rounds + b.warm() {
		p, err := theirs()
		if err != nil {
			return b.skip(what+" against "+rival, fmt.Errorf("%s: %s: %w", what, rival, err))
		}
		o, err := ours()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if round >= b.warm() {
			ratios, them, us = append(ratios, o/p), append(them, p), append(us, o)
		}
	}
	b.add(what, median(ratios), "× "+rival, t, duration(median(us)), rival+" "+duration(median(them)))
	return nil
}

// absolute adds the median of what ours takes, in the unit of the target.
func (b *bench) absolute(what string, unit time.Duration, t target, ours timing) error {
	var us []float64
	for round := range b.rounds + b.warm() {
		o, err := ours()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if round >= b.warm() {
			us = append(us, o/float64(unit))
		}
	}
	name := map[time.Duration]string{time.Microsecond: "µs", time.Millisecond: "ms"}[unit]
	b.add(what, median(us), name, t, "", "")
	return nil
}

// duration prints nanoseconds with three digits of what matters.
func duration(ns float64) string {
	switch {
	case ns >= 1e6:
		return figure(ns/1e6) + " ms"
	case ns >= 1e3:
		return figure(ns/1e3) + " µs"
	}
	return figure(ns) + " ns"
}
