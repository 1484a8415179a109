package node

import (
	"context"
	"errors"
	"sync"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// looks are the searches for what a peer and this node hold differently: one at
// a time for each peer and collection, however often the peer says that there is
// something.
type looks struct {
	mu      sync.Mutex
	waiting map[lookAt]*antientropy.Diverged // of those that run: what was said last since it began, or nil
}

// lookAt is where to look.
type lookAt struct{ peer, collection string }

// do looks at d beside everything else, now or when the one before is done.
func (l *looks) do(n *Node, peer string, d antientropy.Diverged, look func(context.Context, antientropy.Diverged) error) {
	at := lookAt{peer, d.Collection}
	l.mu.Lock()
	_, running := l.waiting[at]
	if l.waiting == nil {
		l.waiting = map[lookAt]*antientropy.Diverged{}
	}
	if running {
		l.waiting[at] = &d
	} else {
		l.waiting[at] = nil
	}
	l.mu.Unlock()
	if running {
		return
	}
	n.beside(peer, d.Collection, func(ctx context.Context) (err error) {
		for next := &d; next != nil; next = l.next(at) {
			err = errors.Join(err, look(ctx, *next))
		}
		return err
	})
}

// next is what to look at after one look; with nil it is over.
func (l *looks) next(at lookAt) *antientropy.Diverged {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.waiting[at]
	if d == nil {
		delete(l.waiting, at)
	} else {
		l.waiting[at] = nil
	}
	return d
}
