package main

import (
	"context"
	"runtime"

	"github.com/crdtstore/crdtstore/node"
)

const (
	// getRounds is how often both sides are measured at least: one read is so short
	// that what else a machine does shows in it.
	getRounds = 7
	// getPasses is how often all documents are read in a round, besides the first time,
	// which does not count: what was begun when they were loaded is done by then.
	getPasses = 2
)

// get reads documents that were loaded, one reader, in random order. Both sides are
// read from the process that loaded them, and give a copy that can be kept.
func (b *bench) get() error {
	n := b.docs
	defer func(rounds int) { b.rounds = rounds }(b.rounds)
	if b.docs >= first {
		b.rounds = max(b.rounds, getRounds)
	}
	plain := func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		if err := plainLoad(db, n); err != nil {
			return 0, err
		}
		return settled(n, func(i int) error { return plainGet(db, key(i)) })
	}
	ours := func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		if err := load(context.Background(), nd, 0, n); err != nil {
			return 0, err
		}
		c := nd.Collection(collection)
		return settled(n, func(i int) error { return ourGet(c, key(i)) })
	}
	return b.inverse("get and print a document", "× its time", atMost(1.3), plain, ours)
}

// settled does n operations once, which does not count, and then getPasses times, by one worker.
func settled(n int, op func(i int) error) (float64, error) {
	if _, err := spread(1, n, op); err != nil {
		return 0, err
	}
	runtime.GC()
	return spread(1, getPasses*n, func(i int) error { return op(i % n) })
}
