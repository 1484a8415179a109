package node

import "sync"

// watchers are who wants to know when a collection has changed. A watcher is
// told that there is something to look at, never what: so a slow one costs
// nothing, and nobody waits for it.
type watchers struct {
	mu  sync.Mutex
	all map[*watcher]struct{}
}

// watcher waits on wake, and then looks for itself.
type watcher struct {
	collection string // "" is all
	wake       chan struct{}
}

// add registers a watcher; it must be removed.
func (ws *watchers) add(collection string) *watcher {
	w := &watcher{collection, make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = map[*watcher]struct{}{}
	}
	ws.all[w] = struct{}{}
	return w
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.all, w)
}

// changed wakes who watches a collection.
func (ws *watchers) changed(collection string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all {
		if w.collection == "" || w.collection == collection {
			signal(w.wake)
		}
	}
}
