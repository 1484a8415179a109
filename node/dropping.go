package node

import (
	"context"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// dropStep is how many documents one step of dropping deletes; between two
// steps others may write.
const dropStep = 256

// leaveStep is how many collections one step of leaving looks at.
const leaveStep = 64

// leftScope is why a node that gave keys up begins a new incarnation.
const leftScope = "a part of the scope was left"

// leaveOutside makes unknown, in steps, the keys that are not in the scope and of
// which there is a record: before a record is deleted, or what is known would
// tell that its document was removed. After a stop in the middle it begins again, and
// may take one more incarnation.
func (n *Node) leaveOutside(ctx context.Context) error {
	for collections := range slices.Chunk(n.docs.Collections(), leaveStep) {
		err := n.writer.step(ctx, func(b *batch) error {
			for _, c := range collections {
				var left []crdt.Range
				for _, r := range n.scope.Load().outside(c) {
					held, err := b.Holds(c, r.From, r.To)
					if err != nil {
						return err
					}
					if held {
						left = append(left, r)
					}
				}
				b.begin()
				if err := b.Leave(c, left); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	n.renewed(leftScope)
	return nil
}

// dropOutside makes unknown what is stored and not in the scope, then deletes
// it, in steps.
func (n *Node) dropOutside(ctx context.Context) error {
	if err := n.leaveOutside(ctx); err != nil {
		return err
	}
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
