package badger

import (
	"slices"
	"sync"
	"sync/atomic"
)

// versions counts the commits of a store. Badger marks what a commit writes
// with its number, and shows a reader what was committed up to the number that
// it began with. There is one writer at a time, so to count needs nothing of
// what Badger does when it counts by itself: two goroutines that are told of
// each beginning and end of a transaction, which wait for each other.
type versions struct {
	last atomic.Uint64 // the newest commit

	mu   sync.Mutex
	open []readers    // by version; the first of them has some
	drop func(uint64) // what was replaced up to this commit may be dropped
}

// readers are those that have begun at one version.
type readers struct {
	version uint64
	count   int
}

// init is called with the newest commit of a store that was opened.
func (v *versions) init(last uint64, drop func(uint64)) {
	v.last.Store(last)
	v.drop = drop
	drop(last)
}

// begin is the version that a reader sees from now on. It must be ended.
func (v *versions) begin() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	last := v.last.Load()
	if n := len(v.open); n == 0 || v.open[n-1].version < last {
		v.open = append(v.open, readers{version: last})
	}
	v.open[len(v.open)-1].count++
	return last
}

// end is called once for each begin, when its reader has read for the last time.
func (v *versions) end(version uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i, _ := slices.BinarySearchFunc(v.open, version, func(r readers, version uint64) int {
		return int(r.version) - int(version)
	})
	v.open[i].count--
	if i > 0 || v.open[0].count > 0 {
		return
	}
	for len(v.open) > 0 && v.open[0].count == 0 {
		v.open = v.open[1:]
	}
	v.drop(v.oldest())
}

// committed is called when the commit behind the last has taken place, before
// anybody is told.
func (v *versions) committed() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.Add(1)
	if len(v.open) == 0 {
		v.drop(v.oldest())
	}
}

// oldest is the oldest version that is read, or will be.
func (v *versions) oldest() uint64 {
	if len(v.open) > 0 {
		return v.open[0].version
	}
	return v.last.Load()
}
