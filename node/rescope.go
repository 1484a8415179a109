package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
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
	return fmt.Sprintf("%s documents, the first %s/%s, are held here and out of the new scope: %v them", e.Documents, e.Collection, e.Key, ErrUnsent)
}

// Is reports that an UnsentError is an ErrUnsent.
func (e *UnsentError) Is(target error) bool { return target == ErrUnsent }

// ScopeOptions say how a scope is changed.
type ScopeOptions struct {
	// Force drops also what no peer is known to have. It is lost, if none has.
	Force bool
}

// dropStep is how many documents one step of dropping deletes; between two
// steps others may write.
const dropStep = 256

// Scope lists the patterns of what this node holds.
func (n *Node) Scope() []string { return n.scope.Load().texts() }

// SetScope changes what this node holds, from the moment in which it returns.
// What is left is unknown here at once, and is deleted in the background; no peer
// is told to delete anything. What is new comes by ordinary drains, and only
// that: what is held already is not sent again. Sessions begin anew.
//
// It fails with ErrScope for what is no pattern, and with ErrUnsent where a
// document would be dropped that no peer has, as far as peers have told since
// this node was opened; ScopeOptions.Force drops it. While documents that were
// left before are still being deleted, it waits for that.
func (n *Node) SetScope(ctx context.Context, patterns []string, o ScopeOptions) error {
	wanted, err := newScope(patterns)
	if err != nil {
		return err
	}
	if n.closed() {
		return ErrClosed
	}
	n.rescoping.Lock()
	defer n.rescoping.Unlock()
	if err := n.rescope(ctx, wanted, o); err != nil {
		return err
	}
	n.pending.Store(nil) // this replaces what was to come
	return nil
}

// rescope is SetScope; n.rescoping is held.
func (n *Node) rescope(ctx context.Context, wanted *scope, o ScopeOptions) error {
	if err := n.dropOutside(ctx); err != nil { // what comes back must not meet what is going
		return err
	}
	if !o.Force {
		if err := n.unsent(ctx, wanted); err != nil {
			return err
		}
		// Nothing is written there any more, so that it stays like that.
		n.writer.writable.Store(wanted)
		err := n.writer.step(ctx, func(*batch) error { return nil })
		if err == nil {
			err = n.unsent(ctx, wanted)
		}
		if err != nil {
			n.writer.writable.Store(n.scope.Load())
			return err
		}
	}
	if err := n.leave(wanted); err != nil {
		n.writer.writable.Store(n.scope.Load())
		return err
	}
	if n.mesh != nil {
		n.endSessions(antientropy.ReasonScope, "the scope is now "+wanted.String())
	}
	n.watchers.changed("")
	n.spawn(func() {
		n.rescoping.Lock()
		defer n.rescoping.Unlock()
		if err := n.dropOutside(n.life); err != nil && n.life.Err() == nil {
			n.sink.log.Error("what was left", "error", err)
		}
	})
	return nil
}

// leave makes wanted the scope, in one commit with all that this makes unknown.
func (n *Node) leave(wanted *scope) error {
	was := n.scope.Load()
	err := n.writer.do(&task{ctx: context.Background(), size: groupBytes + 1, run: func(b *batch) error { // alone in its group
		b.begin()
		for _, c := range n.docs.Collections() {
			left := overlap(was.ranges(c), wanted.outside(c))
			if len(left) == 0 {
				continue
			}
			if err := b.Leave(c, left); err != nil {
				return err
			}
			b.changed(c, 0)
		}
		if err := b.SetScope([]byte(wanted.String())); err != nil {
			return err
		}
		// From here on the writer loop takes nothing else, see task and merge.
		n.scope.Store(wanted)
		n.writer.writable.Store(wanted)
		return nil
	}})
	if err != nil {
		n.scope.Store(was)
		return err
	}
	n.renewed("a part of the scope was left")
	return nil
}

// overlap are the keys that are both in ranges and in others.
func overlap(ranges []antientropy.KeyRange, others []crdt.Range) (out []crdt.Range) {
	for _, r := range ranges {
		for _, o := range others {
			low, high := max(r.From, o.From), r.To
			if high == "" || o.To != "" && o.To < high {
				high = o.To
			}
			if high == "" || low < high {
				out = append(out, crdt.Range{From: low, To: high})
			}
		}
	}
	return out
}

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
	if e.Key == "" {
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
	for from, more := r.From, true; more && !e.Documents.More; {
		var keys []string
		if keys, more, err = v.Candidates(held, from, storage.ForfeitLimit); err != nil {
			return n.storeError(err)
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

// dropOutside deletes, in steps, what is stored and not in the scope.
func (n *Node) dropOutside(ctx context.Context) error {
	for _, c := range n.docs.Collections() {
		left := n.scope.Load().outside(c)
		any := false
		for _, r := range left {
			for from, dropped := r.From, dropStep; dropped == dropStep; any = any || dropped > 0 {
				err := n.writer.step(ctx, func(b *batch) (err error) {
					b.begin()
					from, dropped, err = b.Drop(c, from, r.To, dropStep)
					return err
				})
				if err != nil {
					return err
				}
			}
		}
		if !any {
			continue
		}
		if err := n.dropStrays(ctx, c, left); err != nil {
			return err
		}
	}
	return nil
}

// dropStrays deletes what damaged records have left behind.
func (n *Node) dropStrays(ctx context.Context, collection string, left []crdt.Range) error {
	for {
		v, err := n.docs.View(collection)
		if err != nil {
			return n.storeError(err)
		}
		strays, err := v.Strays(left, dropStep)
		if err = errors.Join(err, v.Close()); err != nil || len(strays) == 0 {
			return n.storeError(err)
		}
		err = n.writer.step(ctx, func(b *batch) error {
			b.begin()
			return b.DropStrays(collection, strays)
		})
		if err != nil {
			return err
		}
	}
}
