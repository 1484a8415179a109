package node

import (
	"context"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// dropStep is how many documents one step of dropping deletes; between two
// steps others may write.
const dropStep = 256

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
