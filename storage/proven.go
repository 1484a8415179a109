package storage

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// maxProven is how many bytes of leaves are remembered, of all collections.
const maxProven = 2 << 20

// provenLeaves remembers what documents the leaves of trees hold, of those that were read
// and found to be what was hashed (Law I). Who is not among them was absent then, and
// is absent until the collection changes, whatever a disk loses meanwhile; who is among them must
// have a record. So it is not remembered that a leaf was intact, which a lost record would
// make untrue, but what it held. The zero value is ready.
type provenLeaves struct {
	mu    sync.RWMutex
	size  int // bytes, about
	colls map[string]*provenIn
}

// provenIn are the leaves of one collection, in order, as of a state. A commit that writes a
// document makes another state (Law G).
type provenIn struct {
	state  *state
	leaves []*provenLeaf
}

// provenLeaf has a hash of each key of [from, to) that is there; to "" is the end of the key
// space. Two keys of one hash only cost another look at the tree.
type provenLeaf struct {
	from, to string
	keys     []uint64
}

var provenSeed = maphash.MakeSeed()

func (l *provenLeaf) size() int { return 128 + len(l.from) + len(l.to) + 8*len(l.keys) }

// after is where the leaves behind a key begin.
func (p *provenIn) after(key string) int {
	i, found := slices.BinarySearchFunc(p.leaves, key, func(l *provenLeaf, key string) int { return strings.Compare(l.from, key) })
	if found {
		i++
	}
	return i
}

// absent reports whether a document is known to be absent in a state.
func (m *provenLeaves) absent(coll string, s *state, key string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	p := m.colls[coll]
	if s == nil || p == nil || p.state != s {
		return false
	}
	i := p.after(key)
	if i == 0 {
		return false
	}
	l := p.leaves[i-1]
	return (l.to == "" || key < l.to) && !slices.Contains(l.keys, maphash.String(provenSeed, key))
}

// add remembers the documents of a leaf, as they were in a state.
func (m *provenLeaves) add(coll string, s *state, keys crdt.Range, documents []merkle.Document) {
	l := &provenLeaf{from: strings.Clone(keys.From), to: strings.Clone(keys.To), keys: make([]uint64, len(documents))}
	for i, d := range documents {
		l.keys[i] = maphash.String(provenSeed, d.Key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.colls == nil || m.size+l.size() > maxProven {
		m.colls, m.size = map[string]*provenIn{}, 0
	}
	p := m.colls[coll]
	if p == nil || p.state != s {
		m.drop(coll)
		p = &provenIn{state: s}
		m.colls[coll] = p
	}
	if i := p.after(l.from); i == 0 || p.leaves[i-1].from != l.from {
		p.leaves = slices.Insert(p.leaves, i, l)
		m.size += l.size()
	}
}

// forget drops what is remembered of a collection, which has changed: it is of no use any more, and
// its state holds on to the roll of then.
func (m *provenLeaves) forget(coll string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(coll)
}

// drop is forget; m.mu is held.
func (m *provenLeaves) drop(coll string) {
	if p := m.colls[coll]; p != nil {
		for _, l := range p.leaves {
			m.size -= l.size()
		}
		delete(m.colls, coll)
	}
}
