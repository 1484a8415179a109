package node

import (
	"context"
	"sync"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// enrolAfter is how long a node is open before it reads the dot index: others start up, too.
const enrolAfter = time.Second

// rolls makes sure, once for each opening, that the dot index of each collection has the
// entries that were written. From then on each drain finds what is lost of what it sends, and each write
// whether what it builds on was replaced (Law I). What is damaged is found by a check, and healed.
//
// A session that needs an index before, because the peer lacks changes from before the opening, does not read
// it itself: meanwhile it takes what the peer sends, and answers.
type rolls struct {
	node *Node

	mu      sync.Mutex
	reading map[string]bool  // collections of which it is read now: whether a session waits for that
	failed  map[string]error // why that has failed, which no session was told yet
}

func newRolls(n *Node) *rolls {
	return &rolls{node: n, reading: map[string]bool{}, failed: map[string]error{}}
}

// loop reads what no session has wanted.
func (r *rolls) loop(ctx context.Context) {
	if !wait(ctx, enrolAfter) {
		return
	}
	for _, collection := range r.node.docs.Collections() {
		began := time.Now()
		if r.begin(collection, false) {
			r.read(collection)
		}
		if !wait(ctx, time.Since(began)) {
			return
		}
	}
}

// want reads the index of a collection beside the session that asks, which gets ErrNotYet. All sessions are told that
// the collection has changed when that is done. If it has failed the next one that asks gets the error.
func (r *rolls) want(collection string) error {
	r.mu.Lock()
	err := r.failed[collection]
	delete(r.failed, collection)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if r.begin(collection, true) {
		r.node.spawn(func() { r.read(collection) })
	}
	return antientropy.ErrNotYet
}

// forget drops why the reading of an index has failed: what was lost was given up since.
func (r *rolls) forget(collection string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.failed, collection)
}

// begin reports whether nobody is reading an index; then the caller does, by read.
func (r *rolls) begin(collection string, wanted bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was, is := r.reading[collection]
	r.reading[collection] = was || wanted
	return !is
}

// beside reads the index of a collection for merges that wait for it, unless somebody does.
func (r *rolls) beside(collection string) {
	if r.begin(collection, false) {
		r.node.spawn(func() { r.read(collection) })
	}
}

func (r *rolls) read(collection string) {
	err := r.node.docs.Enrol(collection)
	r.node.saw("", err)
	defer func() { r.node.writer.unread.over(collection, err) }()
	if r.end(collection, err) {
		r.node.mesh.changed(collection)
	}
}

// end reports whether a session waits.
func (r *rolls) end(collection string, err error) (wanted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wanted = r.reading[collection]
	delete(r.reading, collection)
	if wanted && err != nil {
		r.failed[collection] = err
	}
	return wanted
}
