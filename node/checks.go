package node

import (
	"slices"
	"sync"
)

// checks are the checks of collections for damage, beside everything else: one at a time for each. What somebody else meets
// while one runs, and the check does not know yet, is not lost: a peer that may have the good copy, or documents that only who has
// met them can name.
type checks struct {
	mu      sync.Mutex
	running map[string]*checking // by collection
}

// checking is a check that runs.
type checking struct {
	known suspicion
	since suspicion // what was met since it has asked for that
}

// suspicion is what is known of the damage in a collection, besides that there is some.
type suspicion struct {
	peer       string   // in whose session it was met; "" in none
	unrecorded []string // documents that were counted and have no record
}

// and is what both say.
func (s suspicion) and(o suspicion) suspicion {
	if s.peer == "" {
		s.peer = o.peer
	}
	s.unrecorded = slices.Concat(s.unrecorded, o.unrecorded)
	slices.Sort(s.unrecorded)
	s.unrecorded = slices.Compact(s.unrecorded)
	return s
}

// adds reports whether o says something that s does not.
func (s suspicion) adds(o suspicion) bool {
	all := s.and(o)
	return all.peer != s.peer || len(all.unrecorded) > len(s.unrecorded)
}

// ask starts a check of a collection, by run. One that runs hears of what it does not know: in time if it has given
// up nothing yet, else it is done again.
func (c *checks) ask(collection string, met suspicion, run func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	met = suspicion{}.and(met)
	r := c.running[collection]
	switch {
	case r == nil:
		if c.running == nil {
			c.running = map[string]*checking{}
		}
		c.running[collection] = &checking{known: met}
		run()
	case r.known.adds(met):
		r.since = r.since.and(met)
	}
}

// hear is all that is known by now, to the check that runs.
func (c *checks) hear(collection string) suspicion {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.running[collection]
	r.known, r.since = r.known.and(r.since), suspicion{}
	return r.known
}

// again reports whether a check that is done is to be done again. If not, it is over.
func (c *checks) again(collection string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.running[collection]
	if !r.known.adds(r.since) {
		delete(c.running, collection)
		return false
	}
	r.known, r.since = suspicion{peer: r.known.peer}.and(r.since), suspicion{} // the documents were given up
	return true
}
