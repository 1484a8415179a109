package merkle_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// fixture holds the documents and the tree of one collection in memory.
type fixture struct {
	collection string
	documents  sorted[merkle.Hash]
	nodes      [32]sorted[merkle.Node] // by level
	writes     int
	run        int // in place of merkle.MaxRun, unless 0
}

func (f *fixture) tree() merkle.Tree {
	return merkle.Tree{Collection: f.collection, Nodes: nodes{f}, Documents: documents{f}}.WithRun(f.run)
}

func (f *fixture) walk() merkle.Walk {
	return merkle.Walk{Collection: f.collection, Nodes: nodes{f}, Documents: documents{f}}.WithRun(f.run)
}

func (f *fixture) set(key string, n int) merkle.Hash {
	digest := merkle.Hash(sha256.Sum256(binary.BigEndian.AppendUint64([]byte(key), uint64(n))))
	f.documents.set(key, digest)
	return digest
}

// sorted is an ordered map. A scan does not notice keys that are added or
// deleted while it runs.
type sorted[V any] struct{ pairs []pair[V] }

type pair[V any] struct {
	key   string
	value V
}

func (s *sorted[V]) find(key string) (int, bool) {
	return slices.BinarySearchFunc(s.pairs, key, func(p pair[V], key string) int {
		return strings.Compare(p.key, key)
	})
}

func (s *sorted[V]) set(key string, value V) {
	i, there := s.find(key)
	switch {
	case there:
		s.pairs[i].value = value
	case i == len(s.pairs):
		s.pairs = append(s.pairs, pair[V]{key, value})
	default:
		s.pairs = slices.Insert(slices.Clone(s.pairs), i, pair[V]{key, value})
	}
}

func (s *sorted[V]) delete(key string) (there bool) {
	i, there := s.find(key)
	if there {
		s.pairs = slices.Delete(slices.Clone(s.pairs), i, i+1)
	}
	return there
}

// between is the pairs from from up to to, or to the last if to is "".
func (s *sorted[V]) between(from, to string) []pair[V] {
	low, _ := s.find(from)
	high, _ := s.find(to)
	if to == "" {
		high = len(s.pairs)
	}
	return s.pairs[low:max(low, high)]
}

type documents struct{ *fixture }

func (d documents) Scan(from, to string) iter.Seq2[merkle.Document, error] {
	return func(yield func(merkle.Document, error) bool) {
		for _, p := range d.documents.between(from, to) {
			if !yield(merkle.Document{Key: p.key, Digest: p.value}, nil) {
				return
			}
		}
	}
}

type nodes struct{ *fixture }

func (n nodes) Scan(level int, from, to string, reverse bool) iter.Seq2[merkle.Child, error] {
	return func(yield func(merkle.Child, error) bool) {
		pairs := n.nodes[level].between(from, to)
		for i := range pairs {
			if reverse {
				i = len(pairs) - 1 - i
			}
			if !yield(merkle.Child{Boundary: pairs[i].key, Node: pairs[i].value}, nil) {
				return
			}
		}
	}
}

func (n nodes) Top() (int, bool, error) {
	for level := len(n.nodes) - 1; level >= 0; level-- {
		if len(n.nodes[level].pairs) > 0 {
			return level, true, nil
		}
	}
	return 0, false, nil
}

func (n nodes) Set(level int, c merkle.Child) error {
	n.writes++
	n.nodes[level].set(c.Boundary, c.Node)
	return nil
}

func (n nodes) Delete(level int, boundary string) error {
	n.writes++
	if !n.nodes[level].delete(boundary) {
		return fmt.Errorf("level %d has no node %q to delete", level, boundary)
	}
	return nil
}

// records prints the tree of the fixture, a node a line.
func (f *fixture) records() []string {
	var out []string
	for level := range f.nodes {
		for _, p := range f.nodes[level].pairs {
			out = append(out, record(level, p.key, p.value))
		}
	}
	slices.Sort(out)
	return out
}

func record(level int, boundary string, n merkle.Node) string {
	return fmt.Sprintf("%d %q %d %x", level, boundary, n.Count, n.Hash[:4])
}

// naive is the specification: the records of a tree, level by level, built
// from nothing.
func naive(f *fixture, documents map[string]merkle.Hash) (root merkle.Hash, records []string) {
	var children []merkle.Child
	for _, key := range slices.Sorted(maps.Keys(documents)) {
		children = append(children, merkle.Child{Boundary: key, Node: merkle.Node{Count: 1, Hash: documents[key]}})
	}
	if len(children) == 0 {
		return sha256.Sum256(nil), nil
	}
	for level := 0; ; level++ {
		var nodes []merkle.Child
		for _, run := range f.split(level, children) {
			name := run[0].Boundary
			if len(nodes) == 0 && merkle.Level(f.collection, name) < level {
				name = ""
			}
			nodes = append(nodes, merkle.Child{Boundary: name, Node: naiveNode(level, run)})
			records = append(records, record(level, name, nodes[len(nodes)-1].Node))
		}
		if len(nodes) == 1 && nodes[0].Boundary == "" {
			slices.Sort(records)
			return nodes[0].Hash, records
		}
		children = nodes
	}
}

// split cuts before each child whose hash begins a node of the level, and after
// f.run children.
func (f *fixture) split(level int, children []merkle.Child) (runs [][]merkle.Child) {
	for i, c := range children {
		last := len(runs) - 1
		if i == 0 || len(runs[last]) == cmp.Or(f.run, 256) || c.Boundary != "" && merkle.Level(f.collection, c.Boundary) >= level {
			runs = append(runs, nil)
			last++
		}
		runs[last] = append(runs[last], c)
	}
	return runs
}

func naiveNode(level int, run []merkle.Child) (n merkle.Node) {
	var content []byte
	if level > 0 {
		content = []byte{0, byte(level)}
	}
	for _, c := range run {
		content = binary.AppendUvarint(content, uint64(len(c.Boundary)))
		content = append(content, c.Boundary...)
		if level > 0 {
			content = binary.AppendUvarint(content, c.Count)
		}
		content = append(content, c.Hash[:]...)
		n.Count += c.Count
	}
	n.Hash = sha256.Sum256(content)
	return n
}
