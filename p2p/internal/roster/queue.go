package roster

import (
	"container/list"
	"sync"

	"github.com/crdtstore/crdtstore/p2p"
)

// Queue is the event stream of a Network: Push never blocks, the reader may be
// slow, and it stays small: a Down takes back the Up that still waits, and an
// event of another kind replaces the one of its kind and peer that waits.
type Queue struct {
	out  chan p2p.Event
	wake chan struct{}
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting list.List // of p2p.Event, oldest first
	newest  map[slot]*list.Element
}

// slot is what an event is about. Of each one event waits, so that whatever
// comes finds in one step what it replaces.
type slot struct {
	kind p2p.Kind
	peer string
}

// NewQueue starts the goroutine that Close ends.
func NewQueue() *Queue {
	q := &Queue{
		out:  make(chan p2p.Event),
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),

		newest: map[slot]*list.Element{},
	}
	go q.run()
	return q
}

// Events is the reader's end.
func (q *Queue) Events() <-chan p2p.Event { return q.out }

// Push appends e. After Close it does nothing.
func (q *Queue) Push(e p2p.Event) {
	q.mu.Lock()
	q.append(e)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *Queue) append(e p2p.Event) {
	switch e.Kind {
	case p2p.Up:
	case p2p.Down:
		if q.take(p2p.Up, e.Peer) {
			return // nobody saw it come, nobody need see it go
		}
	default:
		q.take(e.Kind, e.Peer)
	}
	q.newest[slot{e.Kind, e.Peer}] = q.waiting.PushBack(e)
}

// take removes the waiting event of that kind and peer, and says if there was
// one.
func (q *Queue) take(kind p2p.Kind, peer string) bool {
	at := slot{kind, peer}
	e := q.newest[at]
	if e == nil {
		return false
	}
	delete(q.newest, at)
	q.waiting.Remove(e)
	return true
}

// Close closes the reader's end; what still waits is dropped.
func (q *Queue) Close() {
	close(q.stop)
	<-q.done
}

func (q *Queue) run() {
	defer close(q.done)
	defer close(q.out)
	for {
		e, ok := q.first()
		if !ok {
			select {
			case <-q.wake:
				continue
			case <-q.stop:
				return
			}
		}
		select {
		case q.out <- e:
		case <-q.wake:
			q.putBack(e) // it may have become old news
		case <-q.stop:
			return
		}
	}
}

// putBack makes e the first again, unless what came meanwhile replaces it.
func (q *Queue) putBack(e p2p.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch e.Kind {
	case p2p.Up:
		if q.take(p2p.Down, e.Peer) {
			return
		}
	case p2p.Down:
	default:
		if q.newest[slot{e.Kind, e.Peer}] != nil {
			return
		}
	}
	front := q.waiting.PushFront(e)
	if at := (slot{e.Kind, e.Peer}); q.newest[at] == nil {
		q.newest[at] = front
	}
}

func (q *Queue) first() (p2p.Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	front := q.waiting.Front()
	if front == nil {
		return p2p.Event{}, false
	}
	e := q.waiting.Remove(front).(p2p.Event)
	if at := (slot{e.Kind, e.Peer}); q.newest[at] == front {
		delete(q.newest, at)
	}
	return e, true
}
