package storage

import (
	"bytes"
	"errors"
	"sync"
)

// recentStates are the states that were written last, by collection, so that a
// View need not read a base: what it finds stored is looked up here. A state is
// listed before its commit, and none when one has failed; so what is stored and
// listed is the same. The zero value is ready.
type recentStates struct {
	mu   sync.RWMutex
	last map[string][]*state // newest last
}

// maxRecent is how many states of a collection are listed: as many commits may
// happen between the beginning of a View and its look at the list.
const maxRecent = 4

// expect lists states that are about to be committed.
func (c *recentStates) expect(states map[string]*state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for coll, s := range states {
		c.add(coll, s)
	}
}

func (c *recentStates) add(coll string, s *state) {
	if c.last == nil {
		c.last = map[string][]*state{}
	}
	list := c.last[coll]
	if len(list) == maxRecent {
		copy(list, list[1:])
		list = list[:maxRecent-1]
	}
	c.last[coll] = append(list, s)
}

func (c *recentStates) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = nil
}

// find gives the state that is stored as record.
func (c *recentStates) find(coll string, record []byte) *state {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := c.last[coll]
	for i := len(list) - 1; i >= 0; i-- {
		if bytes.Equal(list[i].record, record) {
			return list[i]
		}
	}
	return nil
}

// load gives the state of a collection as r shows it; one that is not there is
// empty. last is the one that was published last, or nil.
func (c *recentStates) load(r Reader, coll string, last *state, t *replicaTable) (*state, error) {
	key := collectionKey(coll)
	value, err := r.Get(key)
	if errors.Is(err, ErrNotFound) {
		return &state{}, nil
	}
	if err != nil {
		return nil, err
	}
	if record, ok := unseal(key, value); ok {
		if last != nil && bytes.Equal(last.record, record) {
			return last, nil
		}
		if s := c.find(coll, record); s != nil {
			return s, nil
		}
	}
	return stateOf(r, coll, key, value, t.of(r))
}
