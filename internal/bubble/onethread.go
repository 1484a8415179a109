//go:build race

package bubble

import (
	"runtime"
	"sync"
)

// bubbles counts those that exist, and keeps how many threads there were
// before the first.
var bubbles struct {
	sync.Mutex
	n, threads int
}

// enter is the beginning of a bubble, and gives its end. Between the two Go
// code runs on one thread.
func enter() (leave func()) {
	bubbles.Lock()
	defer bubbles.Unlock()
	if bubbles.n++; bubbles.n == 1 {
		bubbles.threads = runtime.GOMAXPROCS(1)
	}
	return func() {
		bubbles.Lock()
		defer bubbles.Unlock()
		if bubbles.n--; bubbles.n == 0 {
			runtime.GOMAXPROCS(bubbles.threads)
		}
	}
}
