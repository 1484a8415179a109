package node

import (
	"sync"
	"time"
)

// group is some tasks that were committed together, and wait to be on disk
// before they are told so.
type group struct {
	tasks   []*task
	changes []change
	begun   time.Time
	commit  uint64 // how many commits must be on disk
}

// local counts the tasks of local writers.
func (g *group) local() (n int) {
	for _, t := range g.tasks {
		if t.local() {
			n++
		}
	}
	return n
}

// flusher syncs what the writer loop has committed, while the loop commits
// what comes next: the disk and the processor need not wait for each other. One
// sync runs at a time. Groups that were committed during it go with the next
// one, all together, and are told in the order in which they were committed.
//
// Writers who are told together come back together. Without more they would
// fall into two halves, one of which prepares its writes while the other waits
// for the disk, and pay for a sync each. So after a sync the disk rests until as
// many are back as were told, at most for twice as long as it has worked.
type flusher struct {
	disk *disk
	// told is called with each group that was synced, how long the disk took, and
	// the failure of the sync.
	told func(g *group, took time.Duration, err error)
	skip int // so many syncs are not followed by a rest; of run alone

	mu       sync.Mutex
	waiting  []*group
	expected int  // so many local tasks are to come before the next sync; 0: it does not rest
	came     int  // of them, as far as the loop has told
	begun    bool // the loop commits them
	last     bool // no more will come

	wake  chan struct{} // something waits, or no more will come
	ready chan struct{} // free may have become true
	ended chan struct{} // closed when run has returned
}

func newFlusher(d *disk, told func(*group, time.Duration, error)) *flusher {
	return &flusher{
		disk: d, told: told,
		wake: make(chan struct{}, 1), ready: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// put has a group synced and told.
func (f *flusher) put(g *group) {
	f.mu.Lock()
	f.waiting = append(f.waiting, g)
	f.mu.Unlock()
	signal(f.wake)
}

// free reports whether the next group may be committed, if so many local tasks
// are there for it; the loop then commits it, and calls went. One group waits for
// the next sync at most, so that all that comes meanwhile goes together.
func (f *flusher) free(queued int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.expected == 0 {
		return len(f.waiting) == 0
	}
	f.came, f.begun = queued, queued >= f.expected
	return f.begun
}

// went notes that what was free to be committed is, or has failed.
func (f *flusher) went() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.expected > 0 && f.begun {
		f.expected, f.begun = 0, false
		signal(f.wake)
	}
}

// finish lets run return when nothing waits, and waits for that.
func (f *flusher) finish() {
	f.mu.Lock()
	f.last = true
	f.mu.Unlock()
	signal(f.wake)
	<-f.ended
}

func (f *flusher) run() {
	defer close(f.ended)
	for {
		groups, last := f.take()
		if len(groups) == 0 {
			if last {
				return
			}
			<-f.wake
			continue
		}
		begin := time.Now()
		took, err := f.disk.reach(groups[len(groups)-1].commit)
		worked, expected := time.Since(begin), f.backSoon(groups)
		f.done(expected)
		for _, g := range groups {
			f.told(g, took, err)
		}
		if expected > 0 && !f.rest(expected, 2*worked) {
			f.skip = skipRests
		}
	}
}

// skipRests is how many syncs are not followed by a rest after one that was in
// vain: writers do something else between two writes.
const skipRests = 15

// backSoon is how many local tasks are to come before the next sync, after one of
// these groups; 0 if the disk does not rest.
func (f *flusher) backSoon(groups []*group) (n int) {
	for _, g := range groups {
		n += g.local()
	}
	switch {
	case f.skip > 0:
		f.skip--
		return 0
	case n == 1:
		return 0
	}
	return n
}

// rest waits until as many local tasks as done was told of are there again and
// committed, but not for more than most until they are there; it reports whether
// at least half of them were.
func (f *flusher) rest(told int, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for expired := false; ; {
		f.mu.Lock()
		switch {
		case f.last: // the loop has ended
			f.expected = 0
		case expired && !f.begun && f.expected > 0:
			f.expected = min(f.came, 1) // those that are there go along
			signal(f.ready)
		}
		over, came := f.expected == 0, f.came
		f.mu.Unlock()
		if over {
			signal(f.ready)
			return 2*came >= told
		}
		select {
		case <-f.wake:
		case <-timer.C:
			expired = true
		}
	}
}

// take takes all that waits.
func (f *flusher) take() (groups []*group, last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	groups, f.waiting = f.waiting, nil
	if len(groups) > 0 {
		signal(f.ready)
	}
	return groups, f.last
}

// done notes, before anybody is told and can be back, how many are expected.
func (f *flusher) done(expected int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expected, f.came, f.begun = expected, 0, false
	signal(f.ready)
}
