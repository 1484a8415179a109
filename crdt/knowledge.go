package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Range is a run of keys, From inclusive to To exclusive, and the version
// vector that holds for all of them. To "" is the end of the key space.
type Range struct {
	From, To string
	Vector   VersionVector
}

// Contains reports whether key lies in the range.
func (r Range) Contains(key string) bool {
	return r.From <= key && (r.To == "" || key < r.To)
}

// Knowledge is what a replica knows of a collection: a version vector for
// every key range. The zero value knows nothing. A Knowledge is a value: its
// methods return a new one and never change the receiver. Adjacent ranges with equal
// vectors are always coalesced, so equal knowledge has equal bytes.
type Knowledge struct {
	starts  []string // starts[0] == ""; strictly ascending; nil when nothing is known
	vectors []VersionVector
}

// Know is the knowledge with one vector for the whole key space.
func Know(v VersionVector) Knowledge {
	if v.Len() == 0 {
		return Knowledge{}
	}
	return Knowledge{[]string{""}, []VersionVector{v}}
}

// Ranges lists the ranges in key order; together they cover the key space.
func (k Knowledge) Ranges() []Range {
	if len(k.starts) == 0 {
		return []Range{{}}
	}
	rs := make([]Range, len(k.starts))
	for i, s := range k.starts {
		rs[i] = Range{From: s, Vector: k.vectors[i]}
		if i > 0 {
			rs[i-1].To = s
		}
	}
	return rs
}

// Whole returns the one vector of the whole key space; ok is false while
// ranges differ.
func (k Knowledge) Whole() (v VersionVector, ok bool) {
	switch len(k.vectors) {
	case 0:
		return v, true
	case 1:
		return k.vectors[0], true
	}
	return v, false
}

// At returns the vector of the range that holds key.
func (k Knowledge) At(key string) VersionVector {
	if len(k.starts) == 0 {
		return VersionVector{}
	}
	i, found := slices.BinarySearch(k.starts, key)
	if !found {
		i-- // the range that begins before key
	}
	return k.vectors[i]
}

// Max returns the least vector that covers every range.
func (k Knowledge) Max() VersionVector {
	var m VersionVector
	for _, v := range k.vectors {
		m = m.Merge(v)
	}
	return m
}

// Covers reports whether, at every key, k has seen all that o has seen.
func (k Knowledge) Covers(o Knowledge) bool {
	ok := true
	Overlay(k, o, func(_, _ string, a, b VersionVector) { ok = ok && a.Covers(b) })
	return ok
}

// Overlay calls fn for every maximal run of keys [from, to) in which both a
// and b have one vector, in key order; to "" is the end of the key space.
func Overlay(a, b Knowledge, fn func(from, to string, a, b VersionVector)) {
	starts := slices.Concat([]string{""}, a.starts, b.starts)
	slices.Sort(starts)
	starts = slices.Compact(starts)
	for i, from := range starts {
		to := ""
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		fn(from, to, a.At(from), b.At(from))
	}
}

// Equal reports whether both know the same of every key.
func (k Knowledge) Equal(o Knowledge) bool {
	return slices.Equal(k.starts, o.starts) && slices.EqualFunc(k.vectors, o.vectors, VersionVector.Equal)
}

// Raise learns vec for the keys [from, to), but only in ranges whose vector
// covers base (Law C); the other ranges stay as they are.
func (k Knowledge) Raise(from, to string, base, vec VersionVector) Knowledge {
	done := k.sharing()
	return k.change(from, to, func(v VersionVector) VersionVector {
		if !v.Covers(base) {
			return v
		}
		return VersionVector{v.root.union(vec.root, 0, done)}
	})
}

// sharing is for union: ranges that share nodes go on sharing them.
func (k Knowledge) sharing() map[*vectorNode]*vectorNode {
	if len(k.vectors) < 2 {
		return nil
	}
	return map[*vectorNode]*vectorNode{}
}

// RaiseOwn counts r's own changes up to n in every range: a replica has
// always seen all that it wrote.
func (k Knowledge) RaiseOwn(r ReplicaID, n uint64) Knowledge {
	if v, ok := k.Whole(); ok { // with every local commit
		v.Raise(r, n)
		return Know(v)
	}
	return k.Raise("", "", VersionVector{}, Counters{r: n}.Vector())
}

// Merge learns, at every key, what o has seen there.
func (k Knowledge) Merge(o Knowledge) Knowledge {
	for _, r := range o.Ranges() {
		k = k.Raise(r.From, r.To, VersionVector{}, r.Vector)
	}
	return k
}

// Forfeit makes the keys [from, to) unknown: their vector becomes empty
// (Law I), so that ordinary drains bring them back.
func (k Knowledge) Forfeit(from, to string) Knowledge {
	return k.change(from, to, func(VersionVector) VersionVector { return VersionVector{} })
}

func (k Knowledge) change(from, to string, fn func(VersionVector) VersionVector) Knowledge {
	var out Knowledge
	for _, r := range k.Ranges() {
		lo, hi := max(r.From, from), r.To
		if to != "" && (hi == "" || to < hi) {
			hi = to
		}
		if hi != "" && lo >= hi || r.To != "" && lo >= r.To { // no overlap
			out.push(r.From, r.Vector)
			continue
		}
		if r.From < lo {
			out.push(r.From, r.Vector)
		}
		out.push(lo, fn(r.Vector))
		if hi != r.To {
			out.push(hi, r.Vector)
		}
	}
	if len(out.vectors) == 1 && out.vectors[0].Len() == 0 {
		return Knowledge{}
	}
	return out
}

// push appends a range; ranges come in key order and equal neighbours unite.
func (k *Knowledge) push(from string, v VersionVector) {
	if n := len(k.vectors); n > 0 && k.vectors[n-1].Equal(v) {
		return
	}
	k.starts, k.vectors = append(k.starts, from), append(k.vectors, v)
}

// Weight is how many entries are kept for all ranges together; what they share
// counts once.
func (k Knowledge) Weight() (entries int) {
	seen := map[*vectorNode]bool{}
	var visit func(n *vectorNode)
	visit = func(n *vectorNode) {
		switch {
		case n == nil || seen[n]:
		case n.kids == nil:
			seen[n] = true
			entries += len(n.leaf)
		default:
			seen[n] = true
			for _, kid := range n.kids {
				visit(kid)
			}
		}
	}
	if v, ok := k.Whole(); ok {
		return v.Len()
	}
	for _, v := range k.vectors {
		visit(v.root)
	}
	return entries
}

// String prints "[..m){a:7} [m..){a:3}".
func (k Knowledge) String() string {
	var parts []string
	for _, r := range k.Ranges() {
		parts = append(parts, "["+quoteKey(r.From)+".."+quoteKey(r.To)+")"+r.Vector.String())
	}
	return strings.Join(parts, " ")
}

func quoteKey(k string) string {
	if k == "" {
		return ""
	}
	q := strconv.Quote(k)
	return q[1 : len(q)-1]
}

// AppendBinary appends the one encoding of the knowledge: the number of
// ranges, then each first key (length, bytes) with its vector.
func (k Knowledge) AppendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(k.starts)))
	for i, s := range k.starts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
		b = k.vectors[i].AppendBinary(b)
	}
	return b
}

// CutKnowledge reads one knowledge from the front of b and returns the rest;
// anything but the one encoding is refused with ErrVector.
func CutKnowledge(b []byte) (Knowledge, []byte, error) {
	n, b, err := cutUvarint(b)
	if err != nil {
		return Knowledge{}, nil, err
	}
	if n > uint64(len(b)/2) {
		return Knowledge{}, nil, fmt.Errorf("%w: %d ranges in %d bytes", ErrVector, n, len(b))
	}
	var k Knowledge
	for i := range n {
		var size uint64
		if size, b, err = cutUvarint(b); err != nil {
			return Knowledge{}, nil, err
		}
		if size > uint64(len(b)) {
			return Knowledge{}, nil, fmt.Errorf("%w: range %d cut off", ErrVector, i)
		}
		from := string(b[:size])
		var v VersionVector
		if v, b, err = CutVector(b[size:]); err != nil {
			return Knowledge{}, nil, fmt.Errorf("range %d: %w", i, err)
		}
		switch {
		case i == 0 && (from != "" || n == 1 && v.Len() == 0), i > 0 && from <= k.starts[i-1]:
			return Knowledge{}, nil, fmt.Errorf("%w: range %d out of order", ErrVector, i)
		case i > 0 && k.vectors[i-1].Equal(v):
			return Knowledge{}, nil, fmt.Errorf("%w: range %d not coalesced", ErrVector, i)
		}
		k.starts, k.vectors = append(k.starts, from), append(k.vectors, v)
	}
	return k, b, nil
}

// ParseKnowledge reads a knowledge that fills b exactly.
func ParseKnowledge(b []byte) (Knowledge, error) {
	k, rest, err := CutKnowledge(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes after the end", ErrVector, len(rest))
	}
	return k, err
}

// Hash is SHA-256 of the encoding: equal hashes mean that two replicas know
// the same, and by Law E hold the same.
func (k Knowledge) Hash() [32]byte { return sha256.Sum256(k.AppendBinary(nil)) }
