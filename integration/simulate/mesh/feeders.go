package mesh

import (
	"slices"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// feeders are the sessions that bring a peer much of the collection; they are
// asked to begin at different parts (package node, feeders.go).
type feeders []*end

// far notes that a session has begun to bring much, or has brought all.
func (f *feeders) far(e *end, on bool) {
	if on {
		*f = append(*f, e)
		f.tell()
		return
	}
	*f = slices.DeleteFunc(*f, func(o *end) bool { return o == e })
}

// ended notes that a session is over; those that are left share out anew.
func (f *feeders) ended(e *end) {
	if slices.Contains(*f, e) {
		f.far(e, false)
		f.tell()
	}
}

// tell gives each its part, when it has done what it is doing.
func (f *feeders) tell() {
	n := min(len(*f), antientropy.MaxParts)
	for i, e := range *f {
		e.link.w.after(0, func() {
			e.step(antientropy.Share{Collection: collection, Part: i % n, Parts: n})
		})
	}
}
