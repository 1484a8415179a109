package merkle_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/tidwall/btree"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// fixture holds the documents and the tree of one collection in memory.
type fixture struct {
	collection string
	documents  btree.Map[string, merkle.Hash]
	nodes      btree.Map[string, merkle.Node] // under the level as one byte, then the boundary
	writes     int
}

func (f *fixture) tree() merkle.Tree {
	return merkle.Tree{Collection: f.collection, Nodes: nodes{f}, Documents: documents{f}}
}

func (f *fixture) walk() merkle.Walk {
	return merkle.Walk{Nodes: nodes{f}, Documents: documents{f}}
}

func (f *fixture) set(key string, n int) {
	f.documents.Set(key, sha256.Sum256(binary.BigEndian.AppendUint64([]byte(key), uint64(n))))
}

type documents struct{ *fixture }

func (d documents) Scan(from, to string) iter.Seq2[merkle.Document, error] {
	return func(yield func(merkle.Document, error) bool) {
		d.documents.Ascend(from, func(key string, digest merkle.Hash) bool {
			return (to == "" || key < to) && yield(merkle.Document{Key: key, Digest: digest}, nil)
		})
	}
}

type nodes struct{ *fixture }

func (n nodes) Scan(level int, from, to string, reverse bool) iter.Seq2[merkle.Child, error] {
	return func(yield func(merkle.Child, error) bool) {
		prefix := string(rune(level))
		show := func(key string, node merkle.Node) bool {
			return yield(merkle.Child{Boundary: key[1:], Node: node}, nil)
		}
		low, high := prefix+from, prefix+to
		if to == "" {
			high = string(rune(level + 1))
		}
		before := n.nodes.Copy() // what the loop changes is not seen
		if reverse {
			before.Descend(high, func(key string, node merkle.Node) bool {
				return key >= low && (key == high || show(key, node))
			})
			return
		}
		before.Ascend(low, func(key string, node merkle.Node) bool { return key < high && show(key, node) })
	}
}

func (n nodes) Top() (int, bool, error) {
	key, _, ok := n.nodes.Max()
	if !ok {
		return 0, false, nil
	}
	return int(key[0]), true, nil
}

func (n nodes) Set(level int, c merkle.Child) error {
	n.writes++
	n.nodes.Set(string(rune(level))+c.Boundary, c.Node)
	return nil
}

func (n nodes) Delete(level int, boundary string) error {
	n.writes++
	if _, ok := n.nodes.Delete(string(rune(level)) + boundary); !ok {
		return fmt.Errorf("level %d has no node %q to delete", level, boundary)
	}
	return nil
}

// records prints the tree of the fixture, a node a line.
func (f *fixture) records() []string {
	var out []string
	f.nodes.Scan(func(key string, n merkle.Node) bool {
		out = append(out, record(int(key[0]), key[1:], n))
		return true
	})
	return out
}

func record(level int, boundary string, n merkle.Node) string {
	return fmt.Sprintf("%d %q %d %x", level, boundary, n.Count, n.Hash[:4])
}

// naive is the specification: the records of a tree, built from nothing, from
// the top down.
func naive(collection string, documents map[string]merkle.Hash) (root merkle.Hash, records []string) {
	keys := slices.Sorted(maps.Keys(documents))
	if len(keys) == 0 {
		return sha256.Sum256(nil), nil
	}
	top := 0
	for slices.ContainsFunc(keys, func(key string) bool { return merkle.Level(collection, key) >= top }) {
		top++
	}
	n := naiveNode(collection, top, "", keys, documents, &records)
	slices.Sort(records)
	return n.Hash, records
}

// split cuts keys before each one that begins a node of the level.
func split(collection string, level int, keys []string) [][]string {
	var runs [][]string
	for i, key := range keys {
		if i == 0 || merkle.Level(collection, key) >= level {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], key)
	}
	return runs
}

func naiveNode(collection string, level int, name string, keys []string,
	documents map[string]merkle.Hash, records *[]string,
) merkle.Node {
	if merkle.Level(collection, keys[0]) >= level {
		name = keys[0]
	}
	var content []byte
	if level == 0 {
		for _, key := range keys {
			content = binary.AppendUvarint(content, uint64(len(key)))
			content = append(content, key...)
			digest := documents[key]
			content = append(content, digest[:]...)
		}
	} else {
		content = []byte{0, byte(level)}
		for i, run := range split(collection, level-1, keys) {
			childName := run[0]
			if i == 0 {
				childName = name
			}
			child := naiveNode(collection, level-1, childName, run, documents, records)
			if i == 0 && merkle.Level(collection, run[0]) >= level-1 {
				childName = run[0]
			}
			content = binary.AppendUvarint(content, uint64(len(childName)))
			content = append(content, childName...)
			content = binary.AppendUvarint(content, child.Count)
			content = append(content, child.Hash[:]...)
		}
	}
	n := merkle.Node{Count: uint64(len(keys)), Hash: sha256.Sum256(content)}
	*records = append(*records, record(level, name, n))
	return n
}
