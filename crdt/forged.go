package crdt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// One dot names one event. If two sides hold different bytes under one dot, a
// copied disk went on counting, or somebody forged it (Law F); all replicas
// must still agree, so the greater hash wins, wherever in the document the
// two entries are.

// greater returns the entry that wins under one dot at the current path.
func (j *join) greater(a, b *entry) *entry {
	if *a == *b {
		return a
	}
	j.forged++
	if hashEntry(j.path, a) >= hashEntry(j.path, b) {
		return a
	}
	return b
}

// hashEntry is the SHA-256 of everything that an entry says, as a string.
func hashEntry(path []string, e *entry) string {
	var b []byte
	for _, name := range path {
		b = appendText(b, name)
	}
	b = append(b, 0xff, byte(e.Kind))
	b = append(b, e.Dot.Replica[:]...)
	b = binary.BigEndian.AppendUint64(b, e.Dot.Counter)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time))
	b = append(b, e.Value...)
	h := sha256.Sum256(b)
	return string(h[:])
}

// placed is an entry with its path.
type placed struct {
	path  []string
	entry entry
}

// misplaced finds dots that both sides hold at different paths. Path by path
// each side has seen the other's entry removed, so both were dropped; the
// winner is put back.
func (j *join) misplaced(a, b, root *node, same *sides) {
	if len(j.lostLeft) == 0 || len(j.lostRight) == 0 {
		return
	}
	slices.SortFunc(j.lostRight, Dot.Compare)
	both := map[Dot]bool{}
	for _, d := range j.lostLeft {
		if _, ok := slices.BinarySearchFunc(j.lostRight, d, Dot.Compare); ok {
			both[d] = true
		}
	}
	if len(both) == 0 {
		return
	}
	left, right := map[Dot]placed{}, map[Dot]placed{}
	collect(a, nil, both, left)
	collect(b, nil, both, right)
	for d := range both {
		j.forged++
		win, lose := left[d], right[d]
		if hashEntry(win.path, &win.entry) < hashEntry(lose.path, &lose.entry) {
			win = lose
		}
		*root = root.insert(win.path, win.entry)
	}
	raw := appendDocument(nil, root)
	same.left = bytes.Equal(raw, appendDocument(nil, a))
	same.right = bytes.Equal(raw, appendDocument(nil, b))
}

func collect(n *node, path []string, dots map[Dot]bool, into map[Dot]placed) {
	for _, e := range n.entries {
		if dots[e.Dot] {
			into[e.Dot] = placed{slices.Clone(path), e}
		}
	}
	for i := range n.fields {
		collect(&n.fields[i].node, append(path, n.fields[i].name), dots, into)
	}
}

// insert returns a copy of n with one entry more at path.
func (n *node) insert(path []string, e entry) node {
	out := *n
	if len(path) == 0 {
		out.entries = append(slices.Clone(n.entries), e)
		return out.normal()
	}
	i, ok := n.find(path[0])
	child := &noNode
	if ok {
		child = &n.fields[i].node
	}
	return n.with(i, ok, path[0], child.insert(path[1:], e))
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
