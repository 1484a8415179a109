package node

import "sync"

// unread holds frames of peers that cannot be merged before the dot index of their collection was read. That is done
// beside the writer loop: local writers, and frames of other collections, go on meanwhile; the sessions wait. Frames of one collection
// that come behind one that is held are held too, so that none is merged before the one that it builds on.
type unread struct {
	remote *queue
	read   func(collection string) // begins to read, which over ends

	held map[string][]*task // in order; whose turn it is may touch it

	mu   sync.Mutex
	done map[string]error // of collections that were read since the last release: whether that has failed
}

func newUnread(remote *queue) *unread {
	return &unread{remote: remote, held: map[string][]*task{}, done: map[string]error{}}
}

// hold keeps a task that has failed because an index was not read, and has it read. It reports whether it did; else the
// task has failed, for what has failed that reading.
func (u *unread) hold(t *task) bool {
	if t.unread != nil {
		t.err = t.unread
		return false
	}
	u.held[t.collection] = nil // behind puts it there
	return true
}

// behind is a group without the tasks that are held.
func (u *unread) behind(group []*task) []*task {
	if len(u.held) == 0 {
		return group
	}
	var rest []*task
	for _, t := range group {
		if waiting, held := u.held[t.collection]; held && t.collection != "" {
			if u.held[t.collection] = append(waiting, t); len(waiting) == 0 {
				u.read(t.collection)
			}
		} else {
			rest = append(rest, t)
		}
	}
	return rest
}

// over says that an index was read, or why it was not.
func (u *unread) over(collection string, err error) {
	u.mu.Lock()
	u.done[collection] = err
	u.mu.Unlock()
	signal(u.remote.wake)
}

// release puts tasks back that have waited for long enough, before all that came later.
func (u *unread) release() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for collection, err := range u.done {
		tasks := u.held[collection]
		for _, t := range tasks {
			t.unread = err
		}
		u.remote.back(tasks)
		delete(u.held, collection)
	}
	clear(u.done)
}
