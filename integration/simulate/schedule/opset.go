package schedule

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
)

// maxOps bounds the operations of one schedule.
const maxOps = 512

// opset is a set of operations, by index.
type opset [maxOps / 64]uint64

func (s opset) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s *opset) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s *opset) union(o opset) {
	for i := range s {
		s[i] |= o[i]
	}
}

// meets reports whether s and o have something in common.
func (s opset) meets(o opset) bool {
	for i := range s {
		if s[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// without reports whether s has something that o lacks.
func (s opset) without(o opset) bool {
	for i := range s {
		if s[i]&^o[i] != 0 {
			return true
		}
	}
	return false
}

// op is the effect of one transaction on one document.
type op struct {
	index          int
	peer           *peer
	address        address
	first, head    crdt.Dot   // the dots it took
	added, removed []crdt.Dot // live dots
	deed           crdttest.Deed
	past           opset // what its writer had incorporated of the document, itself included
	time           crdt.Timestamp
	lost           bool // a power cut took it before anybody else knew it
}

// address names a document.
type address struct{ collection, key string }

func (a address) String() string { return a.collection + "/" + a.key }

// dotIn is a dot of a collection; counters are counted per collection.
type dotIn struct {
	collection string
	dot        crdt.Dot
}

type dots map[crdt.Dot]struct{}

func dotsOf(d *crdt.Document) dots {
	s := dots{}
	for x := range d.Dots() {
		s[x] = struct{}{}
	}
	return s
}

// without lists what is in s and not in o.
func (s dots) without(o dots) []crdt.Dot {
	var out []crdt.Dot
	for d := range s {
		if _, ok := o[d]; !ok {
			out = append(out, d)
		}
	}
	return out
}
