package merkle

import (
	"slices"
	"strings"
)

// ahead is how many nodes are read behind those of a step: the keys that
// changed come in order, and where they lie close together the next ones need
// no scans of their own. To begin a scan costs as much as to read as many.
const ahead = 32

// stretch is the nodes of a level with boundaries from the first on, without a
// gap, as they were when it was read. Steps go upwards and change only nodes
// below where they end, so what lies there stays true.
type stretch struct {
	level int
	nodes []Child
	whole bool // no node of the level comes behind
}

// within is the nodes with boundaries in [from, to); to "" is the end of the
// level.
func (s *stretch) within(from, to string) []Child {
	low, high := s.find(from), len(s.nodes)
	if to != "" {
		high = s.find(to)
	}
	return s.nodes[low:max(low, high)]
}

func (s *stretch) find(boundary string) int {
	i, _ := slices.BinarySearchFunc(s.nodes, boundary, func(c Child, boundary string) int {
		return strings.Compare(c.Boundary, boundary)
	})
	return i
}

// around is the last boundary by hash of a level at or below key, or "", and
// the first one above it, or "" if there is none. b.seen holds what is between.
func (b *builder) around(level int, key string) (start, end string, err error) {
	if start, end, ok := b.known(level, key); ok {
		return start, end, nil
	}
	if start, err = b.before(level, key+"\x00"); err != nil {
		return "", "", err
	}
	if end, err = b.read(level, start, key); err != nil {
		return "", "", err
	}
	return start, end, nil
}

// known is around by what has been seen.
func (b *builder) known(level int, key string) (start, end string, ok bool) {
	if b.seen.level != level {
		return "", "", false
	}
	i := b.seen.find(key + "\x00")
	low := i - 1
	for low >= 0 && !b.begins(level, b.seen.nodes[low].Boundary) {
		low--
	}
	if low < 0 {
		return "", "", false
	}
	for ; i < len(b.seen.nodes); i++ {
		if b.begins(level, b.seen.nodes[i].Boundary) {
			return b.seen.nodes[low].Boundary, b.seen.nodes[i].Boundary, true
		}
	}
	return b.seen.nodes[low].Boundary, "", b.seen.whole
}

// read sees the nodes from start up to the first boundary by hash above key,
// which it returns, and some behind it.
func (b *builder) read(level int, start, key string) (end string, err error) {
	b.seen = stretch{level: level, whole: true}
	left := ahead
	for c, err := range b.tree.Nodes.Scan(level, start, "", false) {
		if err != nil {
			return "", err
		}
		if end != "" {
			if left--; left < 0 {
				b.seen.whole = false
				break
			}
		} else if c.Boundary > key && b.begins(level, c.Boundary) {
			end = c.Boundary
		}
		b.seen.nodes = append(b.seen.nodes, c)
	}
	return end, nil
}

// look sees the nodes in [start, end), and no others.
func (b *builder) look(level int, start, end string) error {
	b.seen = stretch{level: level, whole: end == ""}
	for c, err := range b.tree.Nodes.Scan(level, start, end, false) {
		if err != nil {
			return err
		}
		b.seen.nodes = append(b.seen.nodes, c)
	}
	return nil
}
