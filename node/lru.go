package node

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// lru keeps what was used last, bounded in entries and in weight: whatever
// was not used for the longest time makes room. It may be used by many
// goroutines.
type lru[K comparable, V any] struct {
	limit  int // of the weights together
	weigh  func(V) int
	mu     sync.Mutex
	weight int
	recent *simplelru.LRU[K, V]
}

func newLRU[K comparable, V any](entries, limit int, weigh func(V) int) *lru[K, V] {
	m := &lru[K, V]{limit: limit, weigh: weigh}
	var err error
	if m.recent, err = simplelru.NewLRU(entries, func(_ K, v V) { m.weight -= weigh(v) }); err != nil {
		panic("node: a memory of " + err.Error()) // cannot happen: entries is a positive constant
	}
	return m
}

// put remembers v; what is heavier than all that may be kept is not.
func (m *lru[K, V]) put(k K, v V) {
	w := m.weigh(v)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recent.Remove(k) // so that its weight is counted once
	if w > m.limit {
		return
	}
	m.recent.Add(k, v)
	for m.weight += w; m.weight > m.limit; {
		m.recent.RemoveOldest()
	}
}

// get finds what is remembered of k.
func (m *lru[K, V]) get(k K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recent.Get(k)
}
