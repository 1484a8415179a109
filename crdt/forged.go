package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// One dot names one event. If two sides hold different bytes under one dot, a
// copied disk went on counting, or somebody forged it (Law F); all replicas
// must still agree, so the greater hash wins, wherever in the document the two
// are. A head of a text stands for events that cannot be chosen from: a forged
// one is refused.

// greater returns the entry that wins under one dot at the current path.
func (j *join) greater(a, b *entry) *entry {
	if *a == *b {
		return a
	}
	j.forged = append(j.forged, a.Dot)
	if a.isHead() || b.isHead() {
		j.fail(fmt.Errorf("%w: %s", text.ErrOverlap, a.Dot))
	}
	if j.hashEntry(a) >= j.hashEntry(b) {
		return a
	}
	return b
}

// greaterPlace returns the place that wins under one dot at the current path.
// Both are of one table.
func (j *join) greaterPlace(a, b place) place {
	if a == b {
		return a
	}
	j.forged = append(j.forged, a.Dot)
	if j.hashPlace(a) >= j.hashPlace(b) {
		return a
	}
	return b
}

// hashEntry is the SHA-256 of everything that an entry at the current path
// says, as a string.
func (j *join) hashEntry(e *entry) string {
	b := j.hashed(byte(e.Kind), e.Dot, e.Time)
	h := sha256.Sum256(append(b, e.Value...))
	return string(h[:])
}

// hashPlace is the same for a place.
func (j *join) hashPlace(p place) string {
	b, at := j.hashed(0, p.Dot, p.Time), j.digests.Digest(p.At)
	h := sha256.Sum256(append(b, at[:]...))
	return string(h[:])
}

func (j *join) hashed(kind byte, d Dot, t Timestamp) []byte {
	b := append([]byte(j.hashPath()), kind)
	b = append(b, d.Replica[:]...)
	b = binary.BigEndian.AppendUint64(b, d.Counter)
	return binary.BigEndian.AppendUint64(b, uint64(t))
}

// rootHash stands for the path to the root.
var rootHash = string(make([]byte, sha256.Size))

// hashPath is the SHA-256 of the current path. Each step is hashed once,
// however much is forged below it.
func (j *join) hashPath() string {
	above := rootHash
	for i := range j.steps {
		s := &j.steps[i]
		if s.hash == "" {
			b := []byte(above)
			if s.items == nil {
				b = append(append(b, 0), s.name...)
			} else {
				origin := j.digests.Digest(s.items[s.at].origin)
				b = append(append(b, 1), origin[:]...)
			}
			h := sha256.Sum256(b)
			s.hash = string(h[:])
		}
		above = s.hash
	}
	return above
}

// winner is the side on which a dot stays that both sides have.
type winner uint8

const (
	winnerLeft winner = iota + 1
	winnerRight
)

// findMisplaced finds dots that both sides have at different paths. Path by
// path each side has seen the other's removed, so both were dropped. It reports
// whether there are any; then the join is done again with who wins.
func (j *join) findMisplaced(a, b *node) bool {
	if len(j.lostLeft) == 0 || len(j.lostRight) == 0 {
		return false
	}
	slices.SortFunc(j.lostRight, Dot.Compare)
	both := map[Dot]winner{}
	for _, d := range j.lostLeft {
		if _, ok := slices.BinarySearchFunc(j.lostRight, d, Dot.Compare); ok {
			both[d] = 0
		}
	}
	if len(both) == 0 {
		return false
	}
	left, right := map[Dot]string{}, map[Dot]string{}
	j.hashAll(a, both, left)
	j.hashAll(b, both, right)
	for d := range both {
		both[d] = winnerLeft
		if left[d] < right[d] {
			both[d] = winnerRight
		}
	}
	j.misplaced = both
	return true
}

// hashAll hashes what has one of the dots below n.
func (j *join) hashAll(n *node, dots map[Dot]winner, into map[Dot]string) {
	for i := range n.entries {
		e := &n.entries[i]
		if _, ok := dots[e.Dot]; !ok {
			continue
		}
		if e.isHead() {
			j.fail(fmt.Errorf("%w: %s", text.ErrOverlap, e.Dot))
		}
		into[e.Dot] = j.hashEntry(e)
	}
	for i := range n.fields {
		j.enter(n.fields[i].name)
		j.hashAll(&n.fields[i].node, dots, into)
		j.steps = j.steps[:len(j.steps)-1]
	}
	for i, it := range n.items() {
		j.steps = append(j.steps, step{items: n.seq.items, at: i})
		for _, p := range it.places {
			if _, ok := dots[p.Dot]; ok {
				into[p.Dot] = j.hashPlace(p)
			}
		}
		j.hashAll(&n.seq.items[i].node, dots, into)
		j.steps = j.steps[:len(j.steps)-1]
	}
}

// with returns a copy of n whose field at position i is child; replace says
// whether there is one already. An empty child removes it.
func (n *node) with(i int, replace bool, name string, child node) node {
	out := *n
	switch {
	case replace && child.empty():
		out.fields = slices.Concat(n.fields[:i], n.fields[i+1:])
	case replace:
		out.fields = slices.Clone(n.fields)
		out.fields[i].node = child
	case !child.empty():
		out.fields = make([]field, 0, len(n.fields)+1)
		out.fields = append(out.fields, n.fields[:i]...)
		out.fields = append(append(out.fields, field{name, child}), n.fields[i:]...)
	}
	if len(n.entries) > 1 {
		out.entries = slices.Clone(n.entries)
	}
	return out.normal()
}
