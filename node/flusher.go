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
		if !t.durable && !t.derived {
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
	busy     bool // a sync runs
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
// are there for it; the loop then commits it, and calls went. While a sync runs
// one group waits for the next at most, so that all that comes meanwhile goes
// together.
func (f *flusher) free(queued int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
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
		begin, told := time.Now(), 0
		took, err := f.disk.reach(groups[len(groups)-1].commit)
		worked := time.Since(begin)
		f.done()
		for _, g := range groups {
			told += g.local()
			f.told(g, took, err)
		}
		if f.skip > 0 {
			f.skip--
		} else if told > 1 && !f.rest(told, 2*worked) {
			f.skip = skipRests
		}
	}
}

// skipRests is how many syncs are not followed by a rest after one that was in
// vain: writers do something else between two writes.
const skipRests = 15

// rest waits until as many local tasks as were told are there again and
// committed, but not for more than most until they are there; it reports whether
// at least half of them were.
func (f *flusher) rest(told int, most time.Duration) bool {
	f.mu.Lock()
	f.expected, f.came, f.begun = told, 0, false
	f.mu.Unlock()
	signal(f.ready) // they may be there
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
	if f.busy = len(groups) > 0; f.busy {
		signal(f.ready)
	}
	return groups, f.last
}

// done notes that no sync runs any more.
func (f *flusher) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy = false
	signal(f.ready)
}
