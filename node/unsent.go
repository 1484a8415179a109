package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// ErrUnsent is returned when a scope that is to be left holds documents that no
// peer is known to have: they would be lost. Nothing has changed. The error is
// an *UnsentError.
var ErrUnsent = errors.New("no peer is known to have")

// UnsentError is the ErrUnsent of a change of scope.
type UnsentError struct {
	Documents Count
	// Collection and Key are the first of them.
	Collection, Key string
}

func (e *UnsentError) Error() string {
	return fmt.Sprintf("documents that are held here and out of the new scope: %s, the first %s/%s: %v them", e.Documents, e.Collection, e.Key, ErrUnsent)
}

// Is reports that an UnsentError is an ErrUnsent.
func (e *UnsentError) Is(target error) bool { return target == ErrUnsent }

// unsent fails with ErrUnsent if documents are outside of wanted which no peer
// is known to have.
func (n *Node) unsent(ctx context.Context, wanted *scope) error {
	e := &UnsentError{}
	for _, c := range n.docs.Collections() {
		for _, r := range wanted.outside(c) {
			if err := n.countUnsent(ctx, e, c, r); err != nil {
				return err
			}
		}
	}
	if e.Documents == (Count{}) {
		return nil
	}
	return e
}

func (n *Node) countUnsent(ctx context.Context, e *UnsentError, collection string, r crdt.Range) error {
	v, err := n.docs.View(collection)
	if err != nil {
		return n.storeError(err)
	}
	defer v.Close()
	held := n.heldByPeers(ctx, collection)
	if err := e.documents(v, held, collection, r); err != nil {
		return n.storeError(err)
	}
	return n.storeError(e.forgotten(v, held, collection, r))
}

// documents counts those of the keys r that no peer is known to have.
func (e *UnsentError) documents(v *storage.View, held crdt.Knowledge, collection string, r crdt.Range) (err error) {
	for from, more := r.From, true; more && !e.Documents.More; {
		var keys []string
		if keys, more, err = v.Candidates(held, from, storage.ForfeitLimit); err != nil {
			return err
		}
		for _, key := range keys {
			if r.To != "" && key >= r.To {
				return nil
			}
			if e.Key == "" {
				e.Collection, e.Key = collection, key
			}
			e.Documents = e.Documents.plus(1, false)
			from = key + "\x00"
		}
	}
	return nil
}

// forgotten counts removals of the keys r that are forgotten here, and that no
// peer is known to have seen: nothing lists them, so it may be any number.
func (e *UnsentError) forgotten(v *storage.View, held crdt.Knowledge, collection string, r crdt.Range) error {
	forgotten, err := v.Forgotten()
	if err != nil {
		return err
	}
	crdt.Overlay(forgotten, held, func(from, to string, f, h crdt.VersionVector) {
		from, to = max(from, r.From), earlier(to, r.To)
		if h.Covers(f) || to != "" && from >= to {
			return
		}
		if e.Key == "" {
			e.Collection, e.Key = collection, from
		}
		e.Documents = e.Documents.plus(1, true)
	})
	return nil
}

// earlier is the end of a range that comes first.
func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// heldByPeers is what peers are known to have of a collection, between them.
func (n *Node) heldByPeers(ctx context.Context, collection string) (held crdt.Knowledge) {
	if n.mesh == nil {
		return held
	}
	for _, p := range n.mesh.all() {
		shown := p.lastShown()
		if s := p.live(); s != nil {
			if now, ok := s.shown(ctx); ok {
				shown = united(shown, now)
			}
		}
		held = held.Merge(shown[collection])
	}
	return held
}

// shown asks the machine of a session what the peer is known to hold; the
// knowledge is never changed.
func (s *session) shown(ctx context.Context) (shown map[string]crdt.Knowledge, ok bool) {
	reply := make(chan map[string]crdt.Knowledge, 1)
	if !s.box.post(func() { reply <- s.machine.Shown() }) {
		return nil, false
	}
	select {
	case shown = <-reply:
		return shown, true
	case <-s.ended:
	case <-ctx.Done():
	}
	return nil, false
}
