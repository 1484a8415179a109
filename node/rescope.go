package node

import (
	"context"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// ScopeOptions say how a scope is changed.
type ScopeOptions struct {
	// Force drops also what no peer is known to have. It is lost, if none has.
	Force bool
}

// Scope lists the patterns of what this node holds.
func (n *Node) Scope() []string { return n.scope.Load().texts() }

// SetScope changes what this node holds, from the moment in which it returns.
// What is left is neither read nor shown to peers any more, and is deleted in the
// background; no peer is told to delete anything. What is new comes by ordinary drains, and only
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

// leave makes wanted the scope. What is known of the keys that are left stays
// as it is until dropOutside comes to them: there may be more collections than one
// transaction holds.
func (n *Node) leave(wanted *scope) error {
	was := n.scope.Load()
	err := n.writer.do(&task{ctx: context.Background(), size: groupBytes + 1, run: func(b *batch) error { // alone in its group
		b.begin()
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
	}
	return err
}
