package antientropy

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// vectors remembers the last two vectors that one direction of a session
// carried for a collection, so that the next frame only says what changed.
type vectors struct{ base, vector crdt.VersionVector }

// refs lists what a vector may be written as a difference from. The order is
// part of the protocol.
func (v vectors) refs() []crdt.VersionVector {
	return []crdt.VersionVector{nil, v.vector, v.base}
}

// appendVector writes v as the number of one of refs, then the entries that
// differ from it: replica and counter, zero where v has none.
func (n *names) appendVector(b []byte, v crdt.VersionVector, refs []crdt.VersionVector) []byte {
	best, least := 0, differences(v, refs[0])
	for i, ref := range refs {
		if least == 0 {
			break
		}
		if d := differences(v, ref); d < least {
			best, least = i, d
		}
	}
	changed := difference(v, refs[best])
	b = append(b, byte(best))
	b = binary.AppendUvarint(b, uint64(len(changed)))
	for _, r := range changed.Replicas() {
		b = n.appendDot(b, crdt.Dot{Replica: r, Counter: changed[r]})
	}
	return b
}

// differences counts the entries that difference would list.
func differences(v, ref crdt.VersionVector) int {
	n, common := 0, 0
	for r, c := range v {
		switch old := ref[r]; {
		case old == 0:
			n++
		case old != c:
			n++
			common++
		default:
			common++
		}
	}
	return n + len(ref) - common
}

// difference lists the entries in which v differs from ref; entries that only
// ref has are zero in it.
func difference(v, ref crdt.VersionVector) crdt.VersionVector {
	d := crdt.VersionVector{}
	for r, c := range v {
		if ref[r] != c {
			d[r] = c
		}
	}
	for r := range ref {
		if v[r] == 0 {
			d[r] = 0
		}
	}
	return d
}

// cutVector reads a vector. One without differences is the reference itself,
// which nobody changes.
func (n *names) cutVector(b []byte, refs []crdt.VersionVector) (crdt.VersionVector, []byte, error) {
	if len(b) == 0 || int(b[0]) >= len(refs) {
		return nil, nil, bad("vector without a reference")
	}
	ref := refs[b[0]]
	count, b, err := cutUvarint(b[1:])
	if err != nil {
		return nil, nil, err
	}
	if count > uint64(len(b)/2) {
		return nil, nil, bad("%d vector entries in %d bytes", count, len(b))
	}
	if count == 0 {
		return ref, b, nil
	}
	v := ref.Clone()
	for range count {
		var d crdt.Dot
		if d, b, err = n.cutDot(b); err != nil {
			return nil, nil, err
		}
		if d.Counter == 0 {
			delete(v, d.Replica)
		} else {
			v[d.Replica] = d.Counter
		}
	}
	return v, b, nil
}
