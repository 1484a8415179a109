package node

import (
	"context"
	"errors"
	"strings"
	"time"
)

// PendingScope is a scope that waits for peers to have what it would drop.
type PendingScope struct {
	Patterns []string
	Unsent   Count // documents that no peer is known to have
}

// retryScope is how often a pending scope is tried.
const retryScope = 2 * time.Second

// openScope takes up the scope that is kept, and goes over to the one that the
// options name. Where that would drop what no peer is known to have, which
// nobody can know yet, this node holds both until they have told.
func (n *Node) openScope(ctx context.Context) error {
	kept, ok, err := n.docs.Scope()
	if err != nil {
		return err
	}
	now := wholeScope
	if ok {
		if now, err = parseScope(strings.Split(string(kept), ",")); err != nil {
			return err
		}
	}
	n.scope.Store(now)
	n.writer.writable.Store(now)
	if len(n.options.Collections) == 0 {
		return nil
	}
	wanted, err := newScope(n.options.Collections)
	if err != nil || wanted.String() == now.String() {
		return err
	}
	n.rescoping.Lock()
	defer n.rescoping.Unlock()
	err = n.rescope(ctx, wanted, ScopeOptions{})
	if errors.Is(err, ErrUnsent) {
		n.pending.Store(wanted)
		err = n.rescope(ctx, now.with(wanted), ScopeOptions{})
	}
	return err
}

// tendScope deletes what a stop in the middle has left, and tries a pending
// scope from time to time, until ctx ends.
func (n *Node) tendScope(ctx context.Context) {
	tick := time.NewTicker(retryScope)
	defer tick.Stop()
	for first := true; ; first = false {
		n.rescoping.Lock()
		wanted := n.pending.Load()
		var err error
		if wanted != nil {
			if err = n.rescope(ctx, wanted, ScopeOptions{}); err == nil {
				n.pending.Store(nil)
			}
		} else if first {
			err = n.dropOutside(ctx)
		}
		n.rescoping.Unlock()
		if err != nil && ctx.Err() == nil && !errors.Is(err, ErrUnsent) {
			n.sink.log.Error("scope", "error", err)
		}
		if wanted == nil || err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// pendingScope is the scope that waits, nil if there is none.
func (n *Node) pendingScope(ctx context.Context) (*PendingScope, error) {
	wanted := n.pending.Load()
	if wanted == nil {
		return nil, nil
	}
	p := &PendingScope{Patterns: wanted.texts()}
	var e *UnsentError
	err := n.unsent(ctx, wanted)
	if errors.As(err, &e) {
		p.Unsent, err = e.Documents, nil
	}
	return p, err
}
