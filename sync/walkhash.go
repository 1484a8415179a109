package antientropy

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
)

const (
	nodeHash      = 4  // bytes of a keyed node hash
	documentHash  = 6  // bytes of a keyed document hash
	documentLevel = -1 // the level below leaves
)

func hashSize(level int) int {
	if level == documentLevel {
		return documentHash
	}
	return nodeHash
}

// walkKey keys the short hashes with the salts of both sides, so that nobody
// can choose content whose short hashes are equal.
func (s *Session) walkKey() [32]byte {
	a, b := s.config.Salt, s.peer.Salt
	if !s.config.Initiator {
		a, b = b, a
	}
	return sha256.Sum256(append(a[:], b[:]...))
}

func (w *treewalk) size() int {
	if w.level == documentLevel {
		return len(w.leafs)
	}
	return len(w.nodes)
}

// hashes are the keyed short hashes of what the walk stands at, in order.
func (w *treewalk) hashes() []byte {
	var b []byte
	for _, n := range w.nodes {
		b = append(b, w.short(n.Boundary, n.Hash)[:nodeHash]...)
	}
	if w.level == documentLevel {
		for _, l := range w.leafs {
			b = append(b, w.short(l.Key, l.Digest)[:documentHash]...)
		}
	}
	return b
}

func (w *treewalk) short(key string, hash [32]byte) []byte {
	b := append([]byte(nil), w.key[:]...)
	b = binary.AppendVarint(b, int64(w.level))
	b = append(b, hash[:]...)
	h := sha256.Sum256(append(b, key...))
	return h[:]
}

// keep drops the own nodes or documents whose short hash the peer has too.
func (w *treewalk) keep(theirs map[string]bool) {
	var nodes []Node
	for _, n := range w.nodes {
		if !theirs[string(w.short(n.Boundary, n.Hash)[:nodeHash])] {
			nodes = append(nodes, n)
		}
	}
	w.nodes = nodes
	var leafs []Leaf
	for _, l := range w.leafs {
		if !theirs[string(w.short(l.Key, l.Digest)[:documentHash])] {
			leafs = append(leafs, l)
		}
	}
	w.leafs = leafs
}

// eachHash cuts b into hashes of size bytes.
func eachHash(b []byte, size int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for ; len(b) >= size; b = b[size:] {
			if !yield(string(b[:size])) {
				return
			}
		}
	}
}
