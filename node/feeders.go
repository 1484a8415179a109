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
	by map[string][]*session
}

// far notes that a session has begun to bring much of a collection, or has
// brought all that its peer has.
func (f *feeders) far(s *session, collection string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if on {
		if f.by == nil {
			f.by = map[string][]*session{}
		}
		f.by[collection] = append(f.by[collection], s)
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
	for collection, all := range f.by {
		if slices.Contains(all, s) {
			f.drop(s, collection)
			f.tell(collection)
		}
	}
}

func (f *feeders) drop(s *session, collection string) {
	left := slices.DeleteFunc(f.by[collection], func(o *session) bool { return o == s })
	if f.by[collection] = left; len(left) == 0 {
		delete(f.by, collection)
	}
}

// tell gives each session that brings a collection its part. One alone needs
// to know it only if it has shared before, and then it does no harm.
func (f *feeders) tell(collection string) {
	all := f.by[collection]
	n := min(len(all), antientropy.MaxParts)
	for i, s := range all {
		s.tell(antientropy.Share{Collection: collection, Part: i % n, Parts: n})
	}
}
