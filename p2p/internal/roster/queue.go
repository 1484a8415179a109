package roster

import (
	"slices"
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
	waiting []p2p.Event
}

// NewQueue starts the goroutine that Close ends.
func NewQueue() *Queue {
	q := &Queue{
		out:  make(chan p2p.Event),
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
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
	q.waiting = append(q.waiting, e)
}

// take removes the waiting event of that kind and peer, and says if there was
// one.
func (q *Queue) take(kind p2p.Kind, peer string) bool {
	i := slices.IndexFunc(q.waiting, func(w p2p.Event) bool { return w.Kind == kind && w.Peer == peer })
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
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
	later := q.waiting
	q.waiting = []p2p.Event{e}
	for _, l := range later {
		q.append(l)
	}
}

func (q *Queue) first() (p2p.Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return p2p.Event{}, false
	}
	e := q.waiting[0]
	q.waiting[0] = p2p.Event{}
	q.waiting = q.waiting[1:]
	return e, true
}
