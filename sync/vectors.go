package antientropy

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// vectors remembers the last two vectors that one direction of a session
// carried for a collection, so that the next frame only says what changed, and the
// knowledge that was shown last in that direction, or was announced there when
// both sides announced the same.
type vectors struct {
	base, vector, forgotten crdt.VersionVector
	shown                   crdt.Knowledge
}

// show notes that knowledge was shown. The next frame's vectors most likely are
// not far from its largest.
func (v *vectors) show(k crdt.Knowledge) { v.shown, v.vector = k, largest(k) }

// refs lists what a vector may be written as a difference from. The order is
// part of the protocol.
func (v vectors) refs() []crdt.VersionVector {
	return []crdt.VersionVector{{}, v.vector, v.base}
}

// appendVector writes v as the number of one of refs, then the entries that
// differ from it: replica and counter, zero where v has none.
func (n *names) appendVector(b []byte, v crdt.VersionVector, refs []crdt.VersionVector) []byte {
	best, least := 0, v.Len()
	for i, ref := range refs[1:] {
		if d := differences(v, ref, least); d < least {
			best, least = i+1, d
		}
	}
	b = append(b, byte(best))
	b = binary.AppendUvarint(b, uint64(least))
	n.entries += least
	for r, c := range v.Differences(refs[best]) {
		b = n.appendDot(b, crdt.Dot{Replica: r, Counter: c})
	}
	return b
}

// differences counts the entries in which v differs from ref, up to most.
func differences(v, ref crdt.VersionVector, most int) (count int) {
	for range v.Differences(ref) {
		if count == most {
			break
		}
		count++
	}
	return count
}

// cutVector reads a vector. What it does not say is shared with the reference.
func (n *names) cutVector(b []byte, refs []crdt.VersionVector) (v crdt.VersionVector, rest []byte, err error) {
	if len(b) == 0 || int(b[0]) >= len(refs) {
		return v, nil, bad("vector without a reference")
	}
	v = refs[b[0]]
	count, b, err := cutUvarint(b[1:])
	if err != nil {
		return v, nil, err
	}
	if count > uint64(len(b)/2) {
		return v, nil, bad("%d vector entries in %d bytes", count, len(b))
	}
	n.entries += int(count)
	for range count {
		var d crdt.Dot
		if d, b, err = n.cutDot(b); err != nil {
			return v, nil, err
		}
		v.Set(d.Replica, d.Counter)
	}
	return v, b, nil
}
