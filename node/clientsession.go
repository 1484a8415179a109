package node

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// ClientSession is what one client has seen and written, at this node and, by
// its token, before at others (Terry et al., Session Guarantees for Weakly
// Consistent Replicated Data, 1994). Within a collection it reads its own
// writes, its reads never go back, and its writes come after all that it has
// read and written. A node that has not yet seen all that keeps the client
// waiting until its ctx ends; then the error is ErrSession. Where nothing has to
// be waited for, a ctx that has ended stops neither Get, Await nor Write: what a
// client has begun is done. Its methods may be called by many goroutines.
type ClientSession struct {
	node *Node

	adding sync.Mutex // held while something is added to the token
	mu     sync.Mutex
	token  SessionToken
}

// ClientSession goes on with the session that a token is of; the zero token
// begins a new one.
func (n *Node) ClientSession(t SessionToken) *ClientSession {
	return &ClientSession{node: n, token: t}
}

// Node is the node that the session is at.
func (s *ClientSession) Node() *Node { return s.node }

// Token is what the session has seen until now; any peer of the mesh can go on
// with it.
func (s *ClientSession) Token() SessionToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// Get reads a document; ErrNotFound when there is none. That there is none is
// seen, too.
func (s *ClientSession) Get(ctx context.Context, collection, key string) (*Document, error) {
	c := s.node.Collection(collection)
	if err := c.checkKey(context.WithoutCancel(ctx), key); err != nil {
		return nil, err
	}
	v, err := s.await(ctx, collection, key, key+"\x00")
	if err != nil {
		return nil, err
	}
	defer v.Close()
	rec, err := v.Record(key)
	if err == nil {
		err = lostIn(v, rec)
	}
	if err != nil {
		return nil, s.node.storeError(err)
	}
	seen := headsVector(rec.Heads)
	if len(rec.Heads) == 0 { // that there is nothing rests on all that is known here
		seen = v.Knowledge().At(key)
	}
	if err := s.saw(ctx, collection, seen); err != nil {
		return nil, err
	}
	if !rec.Exists() {
		return nil, notFound(collection, key)
	}
	d, err := newDocument(collection, keep(rec))
	return d.remembered(s.node.recent), s.node.storeError(err)
}

// Await waits until this node has seen all that the session has of the keys with
// a prefix, as All does first. What is there then is seen.
func (s *ClientSession) Await(ctx context.Context, collection, prefix string) error {
	v, err := s.look(ctx, collection, prefix)
	if err == nil {
		err = v.Close()
	}
	return err
}

// All lists documents in the order of their keys, as of one moment. What is not
// in the list is seen, too. Breaking off frees everything. A failure is the last
// thing yielded.
func (s *ClientSession) All(ctx context.Context, collection string, o ListOptions) iter.Seq2[*Document, error] {
	return s.AllWithin(ctx, ctx, collection, o)
}

// AllWithin is All that waits until wait ends, and then lists until ctx does. One
// look is both waited for and listed: a second one would wait for what the first has
// shown, which a node that is catching up may not have of every key.
func (s *ClientSession) AllWithin(ctx, wait context.Context, collection string, o ListOptions) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		v, err := s.look(wait, collection, o.Prefix)
		if err != nil {
			yield(nil, err)
			return
		}
		defer v.Close()
		s.node.Collection(collection).list(ctx, v, o, yield)
	}
}

// look returns a view whose keys with a prefix are seen; it must be closed.
func (s *ClientSession) look(ctx context.Context, collection, prefix string) (*storage.View, error) {
	end := prefixEnd(prefix)
	v, err := s.await(ctx, collection, prefix, end)
	if err != nil {
		return nil, err
	}
	if err := s.saw(ctx, collection, seenOf(s.node.within(collection, v.Knowledge(), prefix, end))); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// Write waits until this node has all that the session knows of the document,
// lets fn write it, and remembers what was written. fn has a context of its
// own: that of Write ends the waiting only.
func (s *ClientSession) Write(ctx context.Context, collection, key string, fn func(*Collection) (Written, error)) (Written, error) {
	c := s.node.Collection(collection)
	if err := c.checkKey(context.WithoutCancel(ctx), key); err != nil {
		return Written{}, err
	}
	v, err := s.await(ctx, collection, key, key+"\x00")
	if err != nil {
		return Written{}, err
	}
	before := v.Knowledge()
	v.Close()
	if err := s.makeRoom(ctx, collection); err != nil {
		return Written{}, err
	}
	w, err := fn(c)
	if w.heads == nil {
		return w, err
	}
	if e := s.wrote(ctx, w, before); err == nil {
		err = e
	}
	return w, err
}

// oneDot is what a dot of this node takes in a token at most: a replica, a
// collection, and three numbers.
const oneDot = 16 + 8 + 12

// makeRoom sees to it that a dot of this node fits into the token, so that
// nothing can fail once it is written.
func (s *ClientSession) makeRoom(ctx context.Context, collection string) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	if s.Token().fits(oneDot) {
		return nil
	}
	return s.condense(ctx, collection, s.Token(), oneDot)
}

// wrote remembers a write of this node. Its dot stands for all that the node
// knew when it took it: what the session had seen of the collection before is
// in it, if the node had all of that.
func (s *ClientSession) wrote(ctx context.Context, w Written, before crdt.Knowledge) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	floor, heads := s.floor(w.collection), headsVector(w.heads)
	v, err := s.node.Collection(w.collection).stable(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	after := v.Knowledge()
	v.Close()
	known := func(k crdt.Knowledge, v crdt.VersionVector) bool { return s.node.covers(w.collection, k, v, "", "") }
	whole := s.node.scope.Load().hasAll(w.collection, "", "") // else there are keys of which it says nothing
	if w.Changed && whole && known(before, floor) && known(after, floor.Merge(heads)) {
		return s.remember(ctx, w.collection, heads)
	}
	return s.remember(ctx, w.collection, floor.Merge(heads))
}

// saw remembers that the session has seen dots of a collection.
func (s *ClientSession) saw(ctx context.Context, collection string, seen crdt.VersionVector) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	floor := s.floor(collection)
	if seen.Len() == 0 || floor.Covers(seen) {
		return nil
	}
	return s.remember(ctx, collection, floor.Merge(seen))
}

// remember makes floor what the session has seen of a collection, in as few
// dots as the token has room for; s.adding is held.
func (s *ClientSession) remember(ctx context.Context, collection string, floor crdt.VersionVector) error {
	t := s.Token()
	if t.home != (crdt.ReplicaID{}) {
		return nil // all that is here is in it
	}
	if t = t.with(idOf(collection), floor); !t.fits(0) {
		return s.condense(ctx, collection, t, 0)
	}
	s.set(t)
	return nil
}

// condense makes a token that is too long the session's, in fewer dots.
func (s *ClientSession) condense(ctx context.Context, collection string, t SessionToken, spare int) error {
	t, err := s.node.condense(ctx, t, collection, spare)
	if err == nil {
		s.set(t)
	}
	return err
}

func (s *ClientSession) set(t SessionToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = t
}

// floor is what must have been seen of a collection.
func (s *ClientSession) floor(collection string) crdt.VersionVector {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token.floors[idOf(collection)]
}

// await returns a view, of what is on disk, that shows all that the session has
// seen of the keys [from, to); it must be closed.
func (s *ClientSession) await(ctx context.Context, collection, from, to string) (*storage.View, error) {
	if home := s.Token().home; home != (crdt.ReplicaID{}) && home != s.node.docs.Replica() {
		return nil, &SessionError{Collection: collection, Home: home}
	}
	return s.node.awaitFloor(ctx, collection, s.floor(collection), from, to)
}

// awaitFloor returns a durable view that covers floor on the keys [from, to). What
// is here is shown though ctx has ended.
func (n *Node) awaitFloor(ctx context.Context, collection string, floor crdt.VersionVector, from, to string) (*storage.View, error) {
	w := n.watchers.add(collection)
	defer n.watchers.remove(w)
	for {
		v, err := n.Collection(collection).stable(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		if n.covers(collection, v.Knowledge(), floor, from, to) {
			return v, nil
		}
		select {
		case <-w.wake:
			v.Close()
		case <-n.closing:
			v.Close()
			return nil, ErrClosed
		case <-ctx.Done():
			err := n.missing(v, collection, floor, from, to, ctx.Err())
			return nil, errors.Join(err, v.Close())
		}
	}
}

// within lists the vectors of k for those keys [from, to) that are in the scope.
func (n *Node) within(collection string, k crdt.Knowledge, from, to string) (all []crdt.VersionVector) {
	for _, wanted := range n.scope.Load().ranges(collection) {
		for _, r := range antientropy.Overlap([]antientropy.KeyRange{wanted}, []crdt.Range{{From: from, To: to}}) {
			for _, known := range k.Ranges() {
				if (r.To == "" || known.From < r.To) && (known.To == "" || r.From < known.To) {
					all = append(all, known.Vector)
				}
			}
		}
	}
	return all
}

// covers reports whether k has seen floor of all keys [from, to) in the scope.
func (n *Node) covers(collection string, k crdt.Knowledge, floor crdt.VersionVector, from, to string) bool {
	return !slices.ContainsFunc(n.within(collection, k, from, to), func(v crdt.VersionVector) bool { return !v.Covers(floor) })
}

// headsVector is the vector of dots.
func headsVector(dots []crdt.Dot) crdt.VersionVector {
	v := crdt.VersionVector{}
	for _, d := range dots {
		v.Raise(d.Replica, d.Counter)
	}
	return v
}

// seenOf is the least vector that covers all of them.
func seenOf(all []crdt.VersionVector) crdt.VersionVector {
	seen := crdt.VersionVector{}
	for _, v := range all {
		for r, n := range v.All() {
			seen.Raise(r, n)
		}
	}
	return seen
}
