package schedule

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Failure is a schedule in which a check did not hold.
type Failure struct {
	Options
	Err error
}

// Error says what did not hold, and the command that runs the schedule again.
func (f Failure) Error() string { return fmt.Sprintf("%v\nrun it again: %s", f.Err, f.Command()) }

// Sweep runs schedules on all cores until one fails; progress, if not nil, is told of
// each, from one goroutine at a time. It returns what happened in all of them, and
// the first that failed, or nil.
func Sweep(all []Options, progress func(done int)) (Counts, *Failure) {
	var next, failed atomic.Int64
	var workers sync.WaitGroup
	var lock sync.Mutex
	total, done := Counts{}, 0
	var first *Failure
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for failed.Load() == 0 {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				counts, err := Run(all[i])
				lock.Lock()
				for what, n := range counts {
					total[what] += n
				}
				if done++; progress != nil {
					progress(done)
				}
				if err != nil && failed.Add(1) > 0 && (first == nil || cmp.Less(all[i].Seed, first.Seed)) {
					first = &Failure{all[i], err}
				}
				lock.Unlock()
			}
		})
	}
	workers.Wait()
	return total, first
}

// Seeds are n schedules that differ in their seeds alone, from that of o on.
func Seeds(o Options, n int) (all []Options) {
	for range n {
		all = append(all, o)
		o.Seed++
	}
	return all
}
