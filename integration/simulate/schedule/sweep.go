package schedule

import (
	"cmp"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// Failure is a schedule in which a check did not hold.
type Failure struct {
	Options
	Err error
}

// Error says what did not hold, and the command that runs the schedule again.
func (f Failure) Error() string { return fmt.Sprintf("%v\nrun it again: %s", f.Err, f.Command()) }

// Report is what schedules have shown.
type Report struct {
	Done     int       // schedules that were run
	Behind   int       // of all, in order, so many are behind: none of them runs still
	Counts   Counts    // of what happened in all of them
	Failures []Failure // in the order of their seeds
}

// MostFailures is how many schedules fail before a sweep ends.
const MostFailures = 10

// Sweep runs schedules on all cores, each as soon as a core is free, until MostFailures
// of them have failed. progress, if not nil, is told of each that is done, and how it
// failed if it did, by one goroutine at a time; it may keep nothing of the report.
func Sweep(all iter.Seq[Options], progress func(r *Report, failed *Failure)) Report {
	next, stop := iter.Pull(all)
	defer stop()
	r := Report{Counts: Counts{}}
	begun, running := 0, map[int]bool{}
	var lock sync.Mutex
	var workers sync.WaitGroup
	one := func() (more bool) {
		lock.Lock()
		o, ok := next()
		if ok = ok && len(r.Failures) < MostFailures; !ok {
			lock.Unlock()
			return false
		}
		number := begun
		begun++
		running[number] = true
		lock.Unlock()
		counts, err := Run(o)
		lock.Lock()
		defer lock.Unlock()
		delete(running, number)
		r.Done, r.Behind = r.Done+1, begun
		for n := range running {
			r.Behind = min(r.Behind, n)
		}
		for what, n := range counts {
			r.Counts[what] += n
		}
		var failed *Failure
		if err != nil {
			failed = &Failure{o, err}
			r.Failures = append(r.Failures, *failed)
		}
		if progress != nil {
			progress(&r, failed)
		}
		return true
	}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for one() {
			}
		})
	}
	workers.Wait()
	slices.SortFunc(r.Failures, func(a, b Failure) int { return cmp.Compare(a.Seed, b.Seed) })
	return r
}

// Seeds are n schedules that differ in their seeds alone, from that of o on.
func Seeds(o Options, n int) iter.Seq[Options] {
	return func(yield func(Options) bool) {
		for range n {
			if !yield(o) {
				return
			}
			o.Seed++
		}
	}
}
