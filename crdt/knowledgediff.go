package crdt

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A difference says what a knowledge is by saying in what it is not another one,
// from: the number of ranges, then for each a byte, its first key unless the byte
// says which, and the entries in which its vector is not the one that the byte
// names, if there are any: their number, then each replica, in order, and by how
// much its counter is higher (zigzag). Numbers are uvarints.
const (
	diffEmpty    = 0 // from the empty vector
	diffFrom     = 1 // from that of from at the first key
	diffPrevious = 2 // from that of the range before
	diffSecond   = 3 // from that of the range before that one
	diffVector   = 3 // mask
	diffNext     = 4 // the first key is the next of from
	diffEntries  = 8 // entries follow
)

// AppendDifference appends k as its difference from another knowledge, which
// CutDifference must be given too. name writes a replica; it is called in the
// order in which the replicas are read.
func (k Knowledge) AppendDifference(b []byte, from Knowledge, name func(b []byte, r ReplicaID) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(k.starts)))
	d := differing{from: from}
	for i, start := range k.starts {
		refs := d.references(start)
		best, least := diffEmpty, k.vectors[i].Len()
		for ref := diffFrom; ref < len(refs) && least > 0; ref++ {
			if n := countDifferences(k.vectors[i], refs[ref], least); n < least {
				best, least = ref, n
			}
		}
		head := byte(best)
		next, key := d.next()
		if next = next && key == start; next {
			head |= diffNext
		}
		if least > 0 {
			head |= diffEntries
		}
		b = append(b, head)
		if !next {
			b = binary.AppendUvarint(b, uint64(len(start)))
			b = append(b, start...)
		}
		if least > 0 {
			b = binary.AppendUvarint(b, uint64(least))
			k.vectors[i].root.differ(refs[best].root, 0, func(r ReplicaID, x, y uint64) bool {
				b = binary.AppendVarint(name(b, r), int64(x-y))
				return true
			})
		}
		d.add(start, k.vectors[i])
	}
	return b
}

// differing is what both sides of a difference know so far.
type differing struct {
	from             Knowledge
	done             int // starts of from that are not behind the last range
	previous, second VersionVector
}

// references are what the vector of the range from start on may be written as a
// difference from.
func (d *differing) references(start string) [4]VersionVector {
	return [4]VersionVector{diffFrom: d.from.At(start), diffPrevious: d.previous, diffSecond: d.second}
}

// next is the first key of the next range of from.
func (d *differing) next() (bool, string) {
	if d.done == len(d.from.starts) {
		return false, ""
	}
	return true, d.from.starts[d.done]
}

func (d *differing) add(start string, v VersionVector) {
	for d.done < len(d.from.starts) && d.from.starts[d.done] <= start {
		d.done++
	}
	d.previous, d.second = v, d.previous
}

// countDifferences counts the entries in which v and o differ, up to most.
func countDifferences(v, o VersionVector, most int) (n int) {
	v.root.differ(o.root, 0, func(ReplicaID, uint64, uint64) bool {
		n++
		return n < most
	})
	return n
}

// CutDifference reads what AppendDifference has written from the front of b, and
// returns the rest. name reads a replica. It fails with ErrVector if the bytes
// are not an encoding, or if it holds more than ranges, or more entries than the
// entries limit: each of a vector that is not empty counts for 64 or for all of the vector, whichever
// is less, for so much memory it may take.
func CutDifference(b []byte, from Knowledge, ranges, entries int, name func(b []byte) (ReplicaID, []byte, error)) (k Knowledge, rest []byte, err error) {
	n, b, err := cutUvarint(b)
	if err != nil {
		return k, nil, err
	}
	if n > uint64(ranges) || n > uint64(len(b)) {
		return k, nil, fmt.Errorf("%w: %d ranges in %d bytes, at most %d are read", ErrVector, n, len(b), ranges)
	}
	d := differing{from: from}
	for i := range n {
		start, v, changed := "", VersionVector{}, []vectorEntry(nil)
		if start, v, changed, b, err = d.cutRange(b, entries, name); err != nil {
			return Knowledge{}, nil, fmt.Errorf("range %d: %w", i, err)
		}
		v.root = v.root.apply(changed, 0)
		if entries -= min(leafMost*len(changed), v.Len()); entries < 0 {
			return Knowledge{}, nil, fmt.Errorf("%w: range %d has too many entries", ErrVector, i)
		}
		switch {
		case (i == 0) != (start == ""), n == 1 && v.Len() == 0, i > 0 && start <= k.starts[i-1]:
			return Knowledge{}, nil, fmt.Errorf("%w: range %d out of order", ErrVector, i)
		case i > 0 && k.vectors[i-1].Equal(v):
			return Knowledge{}, nil, fmt.Errorf("%w: range %d not coalesced", ErrVector, i)
		}
		k.starts, k.vectors = append(k.starts, start), append(k.vectors, v)
		d.add(start, v)
	}
	return k, b, nil
}

// cutRange reads the first key of a range, the vector that its own is written
// from, and what is other in it.
func (d *differing) cutRange(b []byte, most int, name func(b []byte) (ReplicaID, []byte, error)) (start string, v VersionVector, changed []vectorEntry, rest []byte, err error) {
	fail := func(format string, args ...any) (string, VersionVector, []vectorEntry, []byte, error) {
		return "", v, nil, nil, fmt.Errorf("%w: "+format, append([]any{ErrVector}, args...)...)
	}
	if len(b) == 0 || b[0] > diffVector|diffNext|diffEntries {
		return fail("no range")
	}
	head := b[0]
	b = b[1:]
	next, key := d.next()
	switch {
	case head&diffNext != 0 && !next:
		return fail("no other range to begin at")
	case head&diffNext != 0:
		start = key
	default:
		var size uint64
		if size, b, err = cutUvarint(b); err != nil || size > uint64(len(b)) {
			return fail("first key cut off")
		}
		start, b = string(b[:size]), b[size:]
	}
	v = d.references(start)[head&diffVector]
	if head&diffEntries == 0 {
		return start, v, nil, b, nil
	}
	count, b, err := cutUvarint(b)
	if err != nil || count == 0 || count > uint64(len(b)/2) || count > uint64(most) {
		return fail("%d entries in %d bytes", count, len(b))
	}
	changed = make([]vectorEntry, count)
	for i := range changed {
		e := &changed[i]
		if e.replica, b, err = name(b); err != nil {
			return "", v, nil, nil, err
		}
		more, w := binary.Varint(b)
		if w <= 0 || more == 0 || i > 0 && changed[i-1].replica.Compare(e.replica) >= 0 {
			return fail("entry %d", i)
		}
		e.counter, b = v.Counter(e.replica)+uint64(more), b[w:]
	}
	return start, v, changed, b, nil
}

// apply is the node with these entries, which are in order of replicas, in the
// place of its own; zero takes one away.
func (n *vectorNode) apply(changed []vectorEntry, depth int) *vectorNode {
	if len(changed) == 0 {
		return n
	}
	if n == nil || n.kids == nil {
		var old []vectorEntry
		if n != nil {
			old = n.leaf
		}
		out := make([]vectorEntry, 0, len(old)+len(changed))
		for _, e := range changed {
			i, found := findEntry(old, e.replica)
			if out = append(out, old[:i]...); e.counter > 0 {
				out = append(out, e)
			}
			if old = old[i:]; found {
				old = old[1:]
			}
		}
		return nodeOf(slices.Clip(append(out, old...)), depth)
	}
	kids := *n.kids
	for i := range kids {
		part := cutNibble(changed, i, depth)
		changed = changed[len(part):]
		kids[i] = kids[i].apply(part, depth+1)
	}
	return withKids(&kids, n, nil)
}
