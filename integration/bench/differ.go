package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/p2p/memory"
)

// differences counts the round trips of two peers that meet again after few
// scattered changes at one of them.
func (b *bench) differences() error {
	for _, n := range b.large() {
		if err := b.differencesAt(n); err != nil {
			return fmt.Errorf("%d documents: %w", n, err)
		}
	}
	return nil
}

func (b *bench) differencesAt(n int) error {
	ctx := context.Background()
	hub := memory.New(1)
	a, s, err := b.meeting(ctx, n, simulated(hub))
	if err != nil {
		return err
	}
	defer discard(a)
	defer func() { discard(s) }()
	round := 0
	for _, r := range []struct {
		until  string
		took   func(*meter) time.Duration
		target target
	}{{"until they are there", (*meter).tookFrames, atMost(1.5)}, {"to equal roots", (*meter).took, target{}}} {
		trips, told, err := b.roundTrips(hub, func() (time.Duration, error) {
			round++
			if s, err = b.reopen(ctx, s, simulated(hub), func() error { return b.change(ctx, a, n, few, round) }); err != nil {
				return 0, err
			}
			err := converge(ctx, s, a)
			return r.took(s.meter), err
		})
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("%d differences in %d documents: round trips %s", few, n, r.until), trips, "", r.target, told, "")
	}
	return nil
}
