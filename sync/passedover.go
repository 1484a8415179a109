package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// maxPassedOver is how many keys a drain passes over one by one. Where there are
// more, everything behind is passed over with the last.
const maxPassedOver = 64

// passOver leaves a key out of the drain, because neither a record says what
// became of it nor the tree that there is none. No frame spans it, so the peer
// goes on to know as little of it as before, and is asked again a second later, in
// another drain. A tree that changes faster than it is hashed, or never bears
// out what is asked of it, so holds up nothing else. It reports whether keys
// behind it are still looked at.
func (d *drain) passOver(key string) (more bool) {
	r := KeyRange{key, key + "\x00"}
	if more = len(d.passed) < maxPassedOver; !more {
		r.To = ""
	}
	d.passed = append(d.passed, r)
	return more
}

// over is known with the keys that are passed over counted as held.
func (d *drain) over(known crdt.Knowledge) crdt.Knowledge {
	for _, r := range d.passed {
		crdt.Overlay(d.mine, crdt.Knowledge{}, func(from, to string, mine, _ crdt.VersionVector) {
			if from, to = max(from, r.From), firstEnd(to, r.To); before(from, to) {
				known = known.Raise(from, to, crdt.VersionVector{}, mine)
			}
		})
	}
	return known
}

// tryAgain looks once more at what the last drain has passed over.
func (s *Session) tryAgain(c *collection) {
	if c.drain == nil && len(c.passed) > 0 {
		c.passed, c.dirty = nil, true
		s.touch(c)
	}
}
