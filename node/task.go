package node

import (
	"context"
	"sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// task is one piece of work for the writer loop: a local transaction, a frame
// of a peer, a step of hashing.
type task struct {
	ctx  context.Context
	size int // bytes it is likely to write
	// run does the work in b. It may be run several times, because a group that
	// fails is run again in parts: only the last run counts.
	run func(b *batch) error
	// finish is called once by the loop, with the outcome; it must not block.
	finish func(error)
	// durable work is synced before it is finished, even in relaxed mode:
	// what a peer was told is here must not be lost.
	durable bool
	// derived work can be done again from what is stored: it needs no sync.
	derived bool
	// collection is the one of a frame of a peer: those of one collection are committed in order.
	collection string
	unread     error // why the index that it has waited for could not be read

	err error
}

// local reports whether somebody here waits for the task to be written.
func (t *task) local() bool { return !t.durable && !t.derived }

// batch is one storage transaction as a task sees it.
type batch struct {
	*storage.Batch
	clock    *clock
	recent   *recent
	writable *scope   // by local tasks; nil is everything
	writing  bool     // the running task has begun to write
	changes  []change // what the group has changed
}

// begin marks that from here on the task changes the batch: if it fails now,
// its group is run again without it.
func (b *batch) begin() { b.writing = true }

// changed notes what the task has changed; no documents means that only
// knowledge has grown.
func (b *batch) changed(collection string, documents int) {
	b.changes = append(b.changes, change{collection, documents})
}

// change is a part of what a commit has changed.
type change struct {
	collection string
	documents  int
}

// queue holds tasks in order. What peers may put into it is bounded by the
// windows of their sessions, so it needs no bound of its own.
type queue struct {
	mu    sync.Mutex
	tasks []*task
	wake  chan struct{} // has a token when tasks may not be empty
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) push(t *task) {
	q.mu.Lock()
	q.tasks = append(q.tasks, t)
	q.mu.Unlock()
	signal(q.wake)
}

// count is how many tasks there are.
func (q *queue) count() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tasks)
}

// take removes tasks from the front: as many as fit limit bytes and count, at
// least one if there is any.
func (q *queue) take(limit, count int) []*task {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < len(q.tasks) && n < count && (n == 0 || size+q.tasks[n].size <= limit) {
		size += q.tasks[n].size
		n++
	}
	taken := q.tasks[:n:n]
	if q.tasks = q.tasks[n:]; len(q.tasks) > 0 {
		signal(q.wake)
	} else {
		q.tasks = nil
	}
	return taken
}

// back puts tasks before all others.
func (q *queue) back(tasks []*task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = append(tasks, q.tasks...)
}

// signal leaves a token in a channel of capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// replica is the incarnation that the batch writes as.
func (b *batch) replica() crdt.ReplicaID {
	return b.Begin("-", 0).Replica
}
