package node

import (
	"maps"
	"slices"
	"sync"
)

// dirty are the collections that have changed since a session last looked.
type dirty struct {
	mu          sync.Mutex
	collections map[string]bool
	wake        chan struct{}
}

func newDirty() *dirty { return &dirty{collections: map[string]bool{}, wake: make(chan struct{}, 1)} }

// add notes a change; it never blocks.
func (d *dirty) add(collection string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.collections[collection] = true
	signal(d.wake)
}

// take returns what has changed, in the order of names, and forgets it.
func (d *dirty) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.collections) == 0 {
		return nil
	}
	all := slices.Sorted(maps.Keys(d.collections))
	clear(d.collections)
	return all
}
