package badger

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A version is what Badger marks what a commit writes with. It is the number of the
// commit, and behind that, in the last 16 bits, how many of those before it were not known to be
// on disk when it began; unsure is so many or more. So each commit in a log says how far the log was
// synced, and what cannot be read before that is damage, not what a power cut has torn
// (see damagedLog). A store that was written by a version of this package that did not say so
// has numbers without the mark counted.
const (
	counted  = 1 << 62
	distance = 16 // bits
	unsure   = 1<<distance - 1
)

// numberOf is the number of the commit with a version.
func numberOf(version uint64) uint64 {
	if version&counted == 0 {
		return version
	}
	return version &^ counted >> distance
}

// syncedBefore is the number of the commit up to which all were on disk when the
// one with a version began, as far as that says; 0 is none.
func syncedBefore(version uint64) uint64 {
	number, behind := numberOf(version), version&unsure
	if version&counted == 0 || behind == unsure || behind >= number {
		return 0
	}
	return number - 1 - behind
}

// versions counts the commits of a store. Badger shows a reader what was committed up to the
// version that it began with. There is one writer at a time, so to count needs nothing of
// what Badger does when it counts by itself: two goroutines that are told of
// each beginning and end of a transaction, which wait for each other.
type versions struct {
	last   atomic.Uint64 // version of the newest commit
	synced atomic.Uint64 // number of a commit that is on disk with all before it

	mu   sync.Mutex
	open []readers    // by version; the first of them has some
	drop func(uint64) // what was replaced up to this commit may be dropped
}

// readers are those that have begun at one version.
type readers struct {
	version uint64
	count   int
}

// init is called with the newest commit of a store that was opened, and is on disk.
func (v *versions) init(last uint64, drop func(uint64)) {
	v.last.Store(last)
	v.synced.Store(numberOf(last))
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

// next is the version of the commit behind the last. There is one writer at a time.
func (v *versions) next() uint64 {
	last := numberOf(v.last.Load())
	return counted | (last+1)<<distance | min(last-v.synced.Load(), unsure)
}

// flushed is called when all commits up to one are on disk.
func (v *versions) flushed(version uint64) {
	number := numberOf(version)
	for was := v.synced.Load(); was < number && !v.synced.CompareAndSwap(was, number); was = v.synced.Load() {
	}
}

// committed is called when the commit of the next version has taken place, before
// anybody is told.
func (v *versions) committed(version uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.Store(version)
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
