package node

import (
	"slices"
	"sync"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// feeders knows, for each collection of which this node lacks much, the sessions
// that are bringing it. If there are several they are asked to begin at
// different parts; after that they keep out of each other's way by themselves.
type feeders struct {
	mu sync.Mutex
	by map[string][]*feeder
}

// feeder is a session that brings much of a collection.
type feeder struct {
	session *session
	parts   int // of how many parts it was told last to bring one
}

// far notes that a session has begun to bring much of a collection, or has
// brought all that its peer has.
func (f *feeders) far(s *session, collection string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if on {
		if f.by == nil {
			f.by = map[string][]*feeder{}
		}
		f.by[collection] = append(f.by[collection], &feeder{s, 1})
		f.tell(collection)
		return
	}
	f.drop(s, collection)
}

// ended notes that a session is over; those that are left share out anew what
// it was bringing.
func (f *feeders) ended(s *session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for collection := range f.by {
		f.drop(s, collection)
	}
}

// drop forgets a session that brings a collection no more, and tells the others.
func (f *feeders) drop(s *session, collection string) {
	all := f.by[collection]
	left := slices.DeleteFunc(all, func(o *feeder) bool { return o.session == s })
	if len(left) == len(all) {
		return
	}
	if f.by[collection] = left; len(left) == 0 {
		delete(f.by, collection)
	}
	f.tell(collection)
}

// tell gives each session that brings a collection its part. One that is left
// alone has to know it: it does not hold back any more what others might bring.
// One that has been alone all the time need not hear of parts.
func (f *feeders) tell(collection string) {
	all := f.by[collection]
	n := min(len(all), antientropy.MaxParts)
	for i, o := range all {
		if n == 1 && o.parts == 1 {
			continue
		}
		o.parts = n
		o.session.tell(antientropy.Share{Collection: collection, Part: i % n, Parts: n})
	}
}
