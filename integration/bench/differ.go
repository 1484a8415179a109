package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

// differences counts the round trips of two peers that meet again after few
// scattered changes at one of them.
func (b *bench) differences() error {
	ctx := context.Background()
	hub := memory.New(1)
	a, s, err := b.pair(ctx, simulated(hub), node.Fsync)
	if err != nil {
		return err
	}
	defer discard(a)
	defer func() { discard(s) }()
	if err := load(ctx, a.Node, 0, b.docs); err != nil {
		return err
	}
	if err := converge(ctx, s, a); err != nil {
		return err
	}
	round := 0
	for _, r := range []struct {
		until  string
		took   func(*meter) time.Duration
		target target
	}{{"until they are there", (*meter).tookFrames, atMost(1.5)}, {"to equal roots", (*meter).took, target{}}} {
		trips, err := b.roundTrips(hub, func() (time.Duration, error) {
			round++
			if s, err = b.reopen(ctx, s, simulated(hub), func() error { return b.change(ctx, a, b.docs, few, round) }); err != nil {
				return 0, err
			}
			err := converge(ctx, s, a)
			return r.took(s.meter), err
		})
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("%d differences in %d documents: round trips %s", few, b.docs, r.until), trips, "", r.target, "", "")
	}
	return nil
}
