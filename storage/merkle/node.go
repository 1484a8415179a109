package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"iter"
)

// Hash is a SHA-256.
type Hash = [sha256.Size]byte

// Document is what the tree knows of a document: its key, and the digest of
// its canonical bytes.
type Document struct {
	Key    string
	Digest Hash
}

// Node sums up a run of documents that are neighbours in key order.
type Node struct {
	// Count is the number of documents, at least 1.
	Count uint64
	// Hash is SHA-256, of a leaf (level 0): over the length of the key, the
	// key and the digest of each document; of an inner node: over a zero
	// byte, its level, and the length of the boundary, the boundary, the
	// count and the hash of each child. Lengths and counts are uvarints. No
	// key is empty, so no leaf has the bytes of an inner node.
	Hash Hash
}

// Child is a Node under the name that it has in its level: the first key
// of its run, its boundary. The run ends where the next one of the level
// begins. The first run of a level may also begin with a key that is not
// a boundary; its name is "".
type Child struct {
	Boundary string
	Node
}

// EmptyRoot is the root of a tree without documents: SHA-256 of nothing.
var EmptyRoot = Hash(sha256.Sum256(nil))

// Nodes reads the records of one collection's tree.
type Nodes interface {
	// Scan yields the nodes of a level whose boundary is at least from and,
	// unless to is "", below to, in the order of their boundaries.
	Scan(level int, from, to string, reverse bool) iter.Seq2[Child, error]
	// Top is the highest level that has a node; ok is false if there is none.
	Top() (level int, ok bool, err error)
}

// NodeStore also changes them. A Scan need not see changes that are made
// while it runs.
type NodeStore interface {
	Nodes
	Set(level int, c Child) error
	Delete(level int, boundary string) error
}

// Documents reads the documents of the collection.
type Documents interface {
	// Scan yields the documents whose key is at least from and, unless to is
	// "", below to, in the order of their keys.
	Scan(from, to string) iter.Seq2[Document, error]
}

// summer hashes the run of a node.
type summer struct {
	hash    hash.Hash
	level   int
	scratch []byte
	count   uint64
}

func newSummer(level int) *summer {
	s := &summer{hash: sha256.New(), level: level, scratch: make([]byte, 0, 256)}
	s.reset()
	return s
}

func (s *summer) reset() {
	s.hash.Reset()
	s.count = 0
	if s.level > 0 {
		s.hash.Write([]byte{0, byte(s.level)})
	}
}

// add takes the next child, or for a leaf the next document as a child that
// counts 1.
func (s *summer) add(c Child) {
	b := binary.AppendUvarint(s.scratch[:0], uint64(len(c.Boundary)))
	b = append(b, c.Boundary...)
	if s.level > 0 {
		b = binary.AppendUvarint(b, c.Count)
	}
	b = append(b, c.Hash[:]...)
	s.hash.Write(b)
	s.scratch = b
	s.count += c.Count
}

func (s *summer) node() Node {
	n := Node{Count: s.count}
	s.hash.Sum(n.Hash[:0])
	return n
}
