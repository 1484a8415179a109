package node

import (
	"cmp"
	"context"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// witness is a dot of this node that no document has: who counts it has seen
// all that the node knew when it took it.
type witness struct {
	dot   crdt.Dot
	known crdt.Knowledge // of the collection then, the dot included
}

// condense makes a token that is too long fit, without asking for less: all
// that it holds of a collection becomes one dot of this node, which has waited
// until it has seen that. The collection of the request comes first, then those
// that gain most. Where even one dot for each is too much, only this node can go
// on with the session. So many bytes stay to spare.
func (n *Node) condense(ctx context.Context, t SessionToken, collection string, spare int) (SessionToken, error) {
	if t.home != (crdt.ReplicaID{}) {
		return t, nil
	}
	names := slices.DeleteFunc(n.collections(), func(name string) bool { return name == collection || t.floors[idOf(name)].Len() < 2 })
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(t.floors[idOf(b)].Len(), t.floors[idOf(a)].Len())
	})
	for _, name := range slices.Concat([]string{collection}, names) {
		id := idOf(name)
		if t.floors[id].Len() == 0 || !n.scope.Load().hasAll(name, "", "") { // its dots say nothing of keys that it does not hold
			continue
		}
		dot, err := n.witness(ctx, name, t.floors[id])
		if err != nil {
			return t, err
		}
		if t = t.with(id, headsVector([]crdt.Dot{dot})); t.fits(spare) {
			return t, nil
		}
	}
	if err := n.awaitAll(ctx, t, collection); err != nil {
		return t, err
	}
	return SessionToken{home: n.docs.Replica()}, nil
}

// witness is a dot of this node that stands for floor, and for all else that
// the node knows of the collection by now. The last one serves again while
// nothing has changed.
func (n *Node) witness(ctx context.Context, collection string, floor crdt.VersionVector) (crdt.Dot, error) {
	v, err := n.awaitFloor(ctx, collection, floor, "", "")
	if err != nil {
		return crdt.Dot{}, err
	}
	known := v.Knowledge()
	if err := v.Close(); err != nil {
		return crdt.Dot{}, n.storeError(err)
	}
	if last, ok := n.witnesses.Load(collection); ok && last.(witness).known.Equal(known) {
		return last.(witness).dot, nil
	}
	w := witness{}
	// The end of ctx must not leave it open whether the dot was taken.
	err = n.writer.do(&task{ctx: context.WithoutCancel(ctx), size: documentOverhead, run: func(b *batch) (err error) {
		b.begin()
		if w.dot, err = b.Witness(collection, b.clock.next()); err == nil {
			b.changed(collection, 0)
		}
		return err
	}})
	if err != nil {
		return crdt.Dot{}, err
	}
	w.known = known.RaiseOwn(w.dot.Replica, w.dot.Counter)
	n.witnesses.Store(collection, w)
	return w.dot, nil
}

// awaitAll waits until this node has seen all that a token holds, whatever the
// collection; the one of the request is named where that takes too long.
func (n *Node) awaitAll(ctx context.Context, t SessionToken, collection string) error {
	w := n.watchers.add("")
	defer n.watchers.remove(w)
	for {
		found := 0
		for _, name := range n.collections() {
			floor := t.floors[idOf(name)]
			if floor.Len() == 0 {
				continue
			}
			v, err := n.awaitFloor(ctx, name, floor, "", "")
			if err != nil {
				return err
			}
			if err := v.Close(); err != nil {
				return n.storeError(err)
			}
			found++
		}
		if found >= len(t.floors) {
			return nil
		}
		select {
		case <-w.wake:
		case <-n.closing:
			return ErrClosed
		case <-ctx.Done():
			return &SessionError{Collection: collection, err: ctx.Err()}
		}
	}
}
