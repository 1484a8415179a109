package process

import (
	"runtime"
	"sync"
)

// Each calls do for all of them, as many at a time as there are cores, and
// returns when the last has returned.
func Each[T any](all []T, do func(T)) {
	work := make(chan T)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for x := range work {
				do(x)
			}
		})
	}
	for _, x := range all {
		work <- x
	}
	close(work)
	workers.Wait()
}
